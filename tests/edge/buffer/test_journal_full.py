"""A full journal gives up the oldest process values first, then the oldest of all, and counts what it gave up."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.buffer.journal import DROP_AT_ONCE, KEEP_US, Dropped, Journal
from tests.edge.buffer.frames import START, entry

FRAMES = 200
DAY_S = 86_400


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edge-1.journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    """A journal that holds some two hundred small frames."""
    with closing(small(path)) as made:
        yield made


def small(path: Path) -> Journal:
    made = Journal(path, START)
    made.max_bytes = FRAMES * len(entry(1).pack(made.epoch, 1, 0))
    return made


def seqs(journal: Journal) -> list[int]:
    return [frame.seq for frame in journal.after(0, 1_000_000)]


def test_a_full_journal_drops_the_oldest_and_counts_them(journal: Journal) -> None:
    for second in range(500):
        journal.append([entry(second, count=1 + second % 2)])

    kept = seqs(journal)
    [dropped] = journal.dropped()
    last = kept[0] - 1
    assert list(range(kept[0], 501)) == kept
    assert FRAMES - 2 * DROP_AT_ONCE < len(kept) <= FRAMES
    assert sum(len(frame.payload) for frame in journal.after(0, 1000)) == journal.bytes <= journal.max_bytes
    assert dropped == Dropped(
        epoch=journal.epoch,
        kind="vital",
        first_seq=1,
        last_seq=last,
        from_us=entry(0).first_us,
        to_us=entry(last - 1).last_us,
        lost=sum(1 + second % 2 for second in range(last)),
        series=("press-1/state",),
    )


def test_process_values_go_before_states_and_counters_however_new_they_are(journal: Journal) -> None:
    for second in range(FRAMES // 2):
        journal.append([entry(second), entry(second, kind="process", tag="temp_c")])
    for second in range(FRAMES // 2, FRAMES * 3 // 4):
        journal.append([entry(second)])

    assert [(dropped.kind, dropped.series) for dropped in journal.dropped()] == [("process", ("press-1/temp_c",))]
    assert {*range(1, FRAMES, 2), *range(FRAMES + 1, FRAMES * 5 // 4 + 1)} <= set(seqs(journal))


def test_what_was_dropped_and_what_is_kept_is_all_that_was_read_also_after_a_restart(path: Path) -> None:
    for _ in range(3):
        with closing(small(path)) as journal:
            for second in range(150):
                journal.append([entry(second, count=3), entry(second, kind="process", tag="temp_c")])

    with closing(small(path)) as again:
        lost = sum(dropped.lost for dropped in again.dropped())
        held = sum(again.db.execute("SELECT sum(samples) FROM frame").fetchone())
        assert again.untold
        assert lost + held == 3 * 150 * 4
        assert len(again.dropped()) > 2


def test_what_is_told_is_forgotten_with_the_frame_that_tells_it(journal: Journal) -> None:
    journal.append([entry() for _ in range(FRAMES)])
    journal.append([entry()])
    told = journal.dropped()

    journal.append([entry()], told=told)

    assert told
    assert journal.dropped() == []
    assert not journal.untold


def test_what_was_dropped_since_it_was_asked_for_is_still_to_be_told(journal: Journal) -> None:
    journal.append([entry() for _ in range(FRAMES)])
    journal.append([entry()])
    told = journal.dropped()
    journal.append([entry() for _ in range(FRAMES)])

    journal.append([entry()], told=told)

    [dropped] = journal.dropped()
    kept = len(journal.after(0, 1_000_000))
    assert dropped.lost > 0
    assert told[0].lost + dropped.lost + kept == journal.samples
    assert journal.untold


def test_a_journal_that_is_not_full_drops_nothing(journal: Journal) -> None:
    journal.append([entry() for _ in range(FRAMES)])

    assert list(range(1, FRAMES + 1)) == seqs(journal)
    assert journal.dropped() == []
    assert not journal.untold


def test_a_frame_larger_than_the_journal_is_kept_all_the_same(journal: Journal) -> None:
    journal.append([entry(), entry()])

    journal.append([entry(count=20_000)])

    assert seqs(journal) == [3]


def test_what_a_full_disk_did_not_let_go_is_neither_forgotten_nor_counted(journal: Journal) -> None:
    journal.append([entry() for _ in range(FRAMES)])
    size = journal.bytes
    [pages] = journal.db.execute("PRAGMA page_count").fetchone()
    journal.db.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(sqlite3.OperationalError, match="full"):
        journal.append([entry(count=20_000)])

    assert list(range(1, FRAMES + 1)) == seqs(journal)
    assert size == journal.bytes
    assert journal.dropped() == []


def test_live_frames_older_than_a_week_are_dropped_and_counted(journal: Journal) -> None:
    journal.append([entry(0), entry(1), entry(DAY_S)])
    week_s = KEEP_US // 1_000_000

    journal.append([entry(week_s)])
    all_kept = seqs(journal)
    journal.append([entry(week_s + 2)])

    assert all_kept == [1, 2, 3, 4]
    assert seqs(journal) == [3, 4, 5]
    assert [(dropped.first_seq, dropped.last_seq, dropped.lost) for dropped in journal.dropped()] == [(1, 2, 2)]


def test_imported_history_is_kept_however_old_it_is(journal: Journal) -> None:
    journal.append([entry(-30 * DAY_S, lane="backlog"), entry(0)])

    journal.append([entry(1)])

    assert seqs(journal) == [1, 2, 3]
    assert journal.dropped() == []


def test_a_kept_frame_that_a_bad_disk_has_changed_is_dropped_and_counted_like_others(journal: Journal) -> None:
    journal.append([entry() for _ in range(FRAMES)])
    with journal.db:
        for seq, payload in ((1, b"\xff{"), (2, b'{"serixs": []}'), (3, b"[]"), (4, b'{"series": 7}')):
            journal.db.execute("UPDATE frame SET payload = ? WHERE seq = ?", (payload, seq))

    journal.append([entry(count=2)])

    assert [dropped.lost for dropped in journal.dropped()] == [DROP_AT_ONCE]
