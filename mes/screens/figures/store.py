"""Operation figures: what was counted is written, and read again with the data errors and the faulty entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mes.screens.figures.counts import Key, Use
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.screens.figures")
WITHIN_1_S = 3


@dataclass(frozen=True, slots=True)
class Feature:
    """An address: how often it was asked for on how many days, how quickly it answered, what went wrong."""

    method: str
    address: str
    answers: int
    days: int
    within: tuple[int, ...]
    slowest_ms: int
    refused: int
    failed: int

    @property
    def within_1_s(self) -> float:
        """The share of answers that took no longer than a second."""
        return sum(self.within[:WITHIN_1_S]) / self.answers


@dataclass(frozen=True, slots=True)
class Day:
    """One day's answers."""

    day: date
    answers: int
    within: tuple[int, ...]
    slowest_ms: int
    failed: int

    @property
    def within_1_s(self) -> float:
        """The share of answers that took no longer than a second."""
        return sum(self.within[:WITHIN_1_S]) / self.answers


@dataclass(frozen=True, slots=True)
class DataDay:
    """One day's samples and what was wrong with them."""

    day: date
    samples: int
    held_out: int
    rejected_messages: int
    lost: int
    missing_frames: int

    @property
    def error_rate(self) -> float | None:
        """The share of samples that cannot be used; None where none came."""
        every = self.samples + self.lost
        return (self.held_out + self.lost) / every if every else None


@dataclass(frozen=True, slots=True)
class EntryDay:
    """One day's entries of people, and those that were wrong."""

    day: date
    entries: int
    corrected: int
    conflicts: int

    @property
    def faulty(self) -> float | None:
        """The share that was taken back, corrected or refused as a conflict; None where there was no entry."""
        return (self.corrected + self.conflicts) / self.entries if self.entries else None


async def write_counts(conn: Connection, uses: Mapping[Key, Use]) -> None:
    """Add what was counted to what is known; in the order of the keys, so that two processes do not wait in a ring."""
    async with conn.transaction():
        for day, method, address in sorted(uses):
            use = uses[day, method, address]
            row = {"day": day, "method": method, "address": address, "answers": sum(use.within), "within": use.within}
            row |= {"slowest_ms": use.slowest_ms, "refused": use.refused, "failed": use.failed}
            await conn.execute(SQL["count_use"].encode(), row)


async def features(conn: Connection, since: date) -> list[Feature]:
    """All addresses that were asked for."""
    rows = await (await conn.execute(SQL["uses"].encode(), {"since": since})).fetchall()
    return [Feature(*row) for row in rows]


async def days(conn: Connection, since: date) -> list[Day]:
    """The newest first."""
    rows = await (await conn.execute(SQL["use_by_day"].encode(), {"since": since})).fetchall()
    return [Day(*row) for row in rows]


async def data_days(conn: Connection, since: date) -> list[DataDay]:
    """The newest first."""
    rows = await (await conn.execute(SQL["data_by_day"].encode(), {"since": since})).fetchall()
    return [DataDay(*row) for row in rows]


async def entry_days(conn: Connection, since: date) -> list[EntryDay]:
    """The newest first."""
    rows = await (await conn.execute(SQL["entries_by_day"].encode(), {"since": since})).fetchall()
    return [EntryDay(*row) for row in rows]
