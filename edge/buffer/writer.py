"""Batches → the journal, one commit for all that came since; a disk that is full is outlived in memory for a while.

What neither disk nor memory can hold is dropped, oldest process values first, counted, and told as a gap.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np
import structlog

from contract.gap import Cause
from contract.sample import Quality
from edge import metrics
from edge.buffer.batch import Batch, Unread, pack, portions
from edge.buffer.journal import Dropped, Entry, Journal, Kind, Lane
from edge.clock import now_us

log = structlog.get_logger()
Answer = TypeVar("Answer")
MOST_HELD = 500_000
# A gap that grows is told again and again: not more often than this.
TELL_EVERY_US = 5_000_000
# A source whose clock runs ahead does not move the agent's own time.
AHEAD_US = 1_000_000


class Writer:
    """Holds what was read until it is on disk; the journal is touched only in `disk`, its one thread."""

    def __init__(self, journal: Journal, disk: Executor, node: str) -> None:
        self.journal, self.disk, self.node = journal, disk, node
        self.held: list[Batch] = []
        self.readings = 0
        # By outage and whether it is vital: what was kept between two outages is in no gap.
        self.lost: dict[tuple[int, bool], Dropped] = {}
        self.outages = 0
        self.told_us = 0
        self.stuck = False

    def take(self, batch: Batch) -> None:
        """A batch that was just read."""
        self.held.append(batch)
        self.readings += len(batch.series)

    async def write(self, tell: bool) -> bool:
        """Put what is held on disk, with what is to be told of dropped samples; True when there is something new."""
        told: list[Dropped] = []
        if tell and (self.journal.untold or self.lost) and now_us() - self.told_us > TELL_EVERY_US:
            self.told_us = now_us()
            told = await self._on_disk(self.journal.dropped)
            self.held += [gap_of(dropped, self.told_us) for dropped in self.lost.values()]
            self.lost.clear()
        batches, self.held = self.held, []
        # What the journal has dropped is told in the same commit in which the journal forgets it, or not at all.
        telling = with_gaps(batches, told, self.told_us)
        if not telling:
            return False
        try:
            kept = [
                *entries("live", (batch for batch in telling if not batch.late), self.node),
                *entries("backlog", (batch for batch in telling if batch.late), self.node),
            ]
            await self._on_disk(partial(self.journal.append, kept, (), told))
        except sqlite3.OperationalError as err:
            self.held = batches + self.held
            self._bound()
            if not self.stuck:
                log.error("journal_stuck", reason=str(err), path=str(self.journal.path), cure="make room on its disk")
            self.stuck = True
            return False
        if self.stuck:
            self.outages += 1
            log.info("journal_writes_again", held=len(batches))
        self.stuck = False
        self.readings = sum(len(batch.series) for batch in self.held)
        return True

    def _bound(self) -> None:
        """Memory holds so much; beyond it process values go first, the oldest of them."""
        self.readings = sum(len(batch.series) for batch in self.held)
        for vital in (False, True):
            kept = []
            for batch in self.held:
                if batch.vital is vital and self.readings > MOST_HELD and not batch.gaps:
                    self.readings -= len(batch.series)
                    metrics.NO_DISK.inc(len(batch.series))
                    which = (self.outages, vital)
                    self.lost[which] = _with(self.lost.get(which), batch)
                else:
                    kept.append(batch)
            self.held = kept

    async def _on_disk(self, work: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self.disk, work)


def entries(lane: Lane, batches: Iterable[Batch], node: str) -> list[Entry]:
    """Frames to keep: vital readings and process values never share one, so that a full journal can choose."""
    found = []
    every = list(batches)
    for vital in (True, False):
        for portion in portions(batch for batch in every if batch.vital is vital):
            first = min(int(batch.source_us.min()) for batch in portion)
            last = max(int(np.minimum(batch.source_us, batch.edge_us + AHEAD_US).max()) for batch in portion)
            samples = sum(len(batch.series) for batch in portion)
            made = partial(pack, portion, node)
            kind: Kind = "telling" if any(batch.gaps for batch in portion) else "vital" if vital else "process"
            found.append(Entry(lane, kind, samples, min(first, last), last, made))
    return found


def with_gaps(batches: list[Batch], told: Iterable[Dropped], edge_us: int) -> list[Batch]:
    """The batches, and what tells of dropped samples; where a bad disk has left no name, the first batch tells it."""
    every = list(batches)
    nameless = []
    for dropped in told:
        if dropped.series:
            every.append(gap_of(dropped, edge_us))
        else:
            nameless.append(_unread(dropped))
    if every and nameless:
        every[0] = replace(every[0], gaps=(*every[0].gaps, *nameless))
    return every


def gap_of(dropped: Dropped, edge_us: int) -> Batch:
    """What tells of dropped samples: the gap, and a BAD sample of each series where it begins."""
    count = len(dropped.series)
    at = np.full(count, dropped.from_us, np.int64)
    bad = np.full(count, int(Quality.BAD), np.int64)
    return Batch(
        dropped.series,
        np.full(count, edge_us, np.int64),
        at,
        np.full(count, np.nan),
        bad,
        vital=True,
        gaps=(_unread(dropped),),
    )


def _unread(dropped: Dropped) -> Unread:
    return Unread(
        Cause.JOURNAL_FULL,
        "",
        dropped.from_us,
        dropped.to_us,
        dropped.series,
        dropped.lost,
        dropped.epoch,
        dropped.first_seq,
        dropped.last_seq,
    )


def _with(lost: Dropped | None, batch: Batch) -> Dropped:
    kind: Kind = "vital" if batch.vital else "process"
    first, last = int(batch.source_us.min()), int(batch.source_us.max())
    if lost is None:
        return Dropped(0, kind, 0, 0, first, last, len(batch.series), tuple(sorted(set(batch.series))))
    series = tuple(sorted({*lost.series, *batch.series}))
    first, last = min(lost.from_us, first), max(lost.to_us, last)
    return Dropped(0, kind, 0, 0, first, last, lost.lost + len(batch.series), series)
