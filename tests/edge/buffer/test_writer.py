"""What was dropped is told exactly once, whatever the disk does meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from contract.frame import decode
from contract.gap import Cause, Gap
from edge.buffer.batch import Batch
from edge.buffer.journal import Journal
from edge.buffer.writer import Writer
from tests.edge.buffer.frames import START, START_US, entry

FRAMES = 100


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A journal that has dropped frames."""
    with closing(Journal(tmp_path / "edge-1.journal", START)) as made:
        made.max_bytes = FRAMES * len(entry(1).pack(made.epoch, 1, 0))
        for second in range(2 * FRAMES):
            made.append([entry(second)])
        yield made


@pytest.fixture
def writer(journal: Journal) -> Iterator[Writer]:
    """The writer of that journal."""
    with ThreadPoolExecutor(1) as disk:
        yield Writer(journal, disk, "edge-1")


def reading(second: int) -> Batch:
    at = np.full(1, START_US + second * 1_000_000)
    return Batch(["press-1/state"], at, at, np.ones(1), np.zeros(1, np.int64))


def told(journal: Journal) -> list[Gap]:
    return [gap for kept in journal.after(0, 10_000) for gap in decode(kept.payload).gaps]


async def test_what_is_told_and_what_is_kept_is_all_that_was_read(writer: Writer, journal: Journal) -> None:
    writer.take(reading(500))
    await writer.write(tell=True)

    [gap] = told(journal)
    kept = sum(len(decode(frame.payload).value) for frame in journal.after(0, 10_000))
    untold = sum(dropped.lost for dropped in journal.dropped())
    assert gap.cause is Cause.JOURNAL_FULL
    assert gap.lost > 0
    assert gap.lost + untold + kept == journal.samples


async def test_a_disk_that_is_full_tells_nothing_and_nothing_twice_when_it_has_room_again(
    writer: Writer, journal: Journal
) -> None:
    lost = sum(dropped.lost for dropped in journal.dropped())
    pages = journal.db.execute("PRAGMA page_count").fetchone()[0]
    journal.max_bytes = 10**9
    journal.db.execute(f"PRAGMA max_page_count = {pages}")
    for second in range(500, 2_500):
        writer.take(reading(second))
    stuck = [await writer.write(tell=True)]
    writer.told_us = 0
    stuck.append(await writer.write(tell=True))
    nothing_yet = told(journal)
    journal.db.execute("PRAGMA max_page_count = 1000000")
    writer.told_us = 0

    await writer.write(tell=True)

    assert stuck == [False, False]
    assert nothing_yet == []
    assert [gap.lost for gap in told(journal)] == [lost]
    assert journal.dropped() == []


async def test_what_was_kept_between_two_outages_of_the_disk_is_in_no_gap(
    writer: Writer, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.buffer.writer.MOST_HELD", 5)
    with journal.db:
        journal.db.execute("DELETE FROM dropped")
    journal.max_bytes, journal.untold, writer.told_us = 10**9, False, 2**62

    async def outage(first: int) -> None:
        journal.db.execute("PRAGMA max_page_count = 1")
        for second in range(first, first + 2_000):
            writer.take(reading(second))
        await writer.write(tell=True)
        journal.db.execute("PRAGMA max_page_count = 1000000")
        await writer.write(tell=True)

    await outage(1_000)
    writer.take(reading(5_000))
    await writer.write(tell=True)
    await outage(10_000)
    writer.told_us = 0
    await writer.write(tell=True)

    begins = [
        ((gap.from_us - START_US) // 1_000_000, ((gap.to_us or 0) - START_US) // 1_000_000) for gap in told(journal)
    ]
    assert begins == [(1_000, 2_994), (10_000, 11_994)]


async def test_a_drop_without_a_readable_name_is_told_too(writer: Writer, journal: Journal) -> None:
    with journal.db:
        journal.db.execute("UPDATE dropped SET series = '[]'")
    lost = sum(dropped.lost for dropped in journal.dropped())
    journal.max_bytes = 10**9
    nobody_to_tell = await writer.write(tell=True)
    writer.told_us = 0
    writer.take(reading(500))
    await writer.write(tell=True)

    assert not nobody_to_tell
    assert [(gap.lost, gap.series) for gap in told(journal)] == [(lost, [])]


async def test_when_the_frame_that_tells_of_drops_has_to_go_as_well_they_are_told_again(
    writer: Writer, journal: Journal
) -> None:
    writer.take(reading(500))
    await writer.write(tell=True)
    first = told(journal)
    for second in range(600, 600 + 3 * FRAMES):
        journal.append([entry(second, kind="vital" if second % 2 else "process")])
    still_there = told(journal)
    journal.max_bytes = 1
    journal.append([entry(2_000)])
    journal.max_bytes = 10**9
    writer.told_us = 0
    writer.take(reading(2_100))
    await writer.write(tell=True)

    kept = sum(len(decode(frame.payload).value) for frame in journal.after(0, 10_000))
    assert still_there == first
    assert journal.dropped() == []
    assert sum(gap.lost for gap in told(journal)) + kept == journal.samples
