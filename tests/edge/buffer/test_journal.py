"""A frame that was kept is kept: in order, numbered without a hole, through restarts and full disks."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.frame import decode
from edge.buffer.journal import Entry, Journal, Numbered
from tests.edge.buffer.frames import START, entry
from tests.times import at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edge" / "edge-1.journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    """A new journal of this test's own."""
    with closing(Journal(path, START)) as made:
        yield made


def seqs(journal: Journal) -> list[tuple[int, int]]:
    """(epoch, seq) of everything that is kept, in order."""
    return [(frame.epoch, frame.seq) for frame in journal.after(0, 1_000_000)]


def test_frames_are_numbered_without_a_hole_and_come_back_in_order(journal: Journal) -> None:
    told = [journal.append([entry(second, count=second + 1) for second in range(size)]) for size in (1, 3, 0, 2)]

    kept = journal.after(0, 100)
    assert [frame for frames in told for frame in frames] == kept
    assert [(journal.epoch, seq) for seq in range(1, 7)] == [(frame.epoch, frame.seq) for frame in kept]
    assert sorted({frame.id for frame in kept}) == [frame.id for frame in kept]


def test_each_frame_carries_its_number_and_how_many_samples_went_before(journal: Journal) -> None:
    journal.append([entry(count=5), entry(count=2)])
    journal.append([entry(count=1)])

    frames = [decode(kept.payload) for kept in journal.after(0, 100)]

    assert [(frame.seq, frame.before) for frame in frames] == [(1, 0), (2, 5), (3, 7)]
    assert {journal.epoch} == {frame.epoch for frame in frames}


def test_frames_are_asked_for_by_place_number_and_lane(journal: Journal) -> None:
    kept = journal.append([entry(lane="backlog" if i % 3 == 0 else "live") for i in range(9)])
    ids = [frame.id for frame in kept]

    assert kept[4:7] == journal.after(ids[3], 3)
    assert kept[2:5] == journal.after(ids[1], 100, up_to=ids[4])
    assert kept[0::3] == journal.after(0, 100, lane="backlog")
    assert [kept[4], kept[5]] == journal.after(ids[3], 2, lane="live")
    assert journal.after(ids[-1], 100) == []


def test_what_the_database_holds_is_forgotten_and_nothing_else(journal: Journal) -> None:
    kept = journal.append([entry() for _ in range(8)])
    epoch = journal.epoch

    gone, others = journal.acknowledge(
        [(epoch, 2, 4), (epoch, 6, 6), (epoch - 1, 1, 8), (epoch, 100, 200), (epoch, 3, 2)]
    )
    again, _ = journal.acknowledge([(epoch, 2, 4)])

    assert [kept[i].id for i in (1, 2, 3, 5)] == gone
    assert (again, others) == ([], False)
    assert [(epoch, seq) for seq in (1, 5, 7, 8)] == seqs(journal)
    assert sum(len(frame.payload) for frame in journal.after(0, 100)) == journal.bytes


def test_what_was_never_sent_is_not_forgotten_whatever_an_acknowledgement_says(journal: Journal) -> None:
    kept = journal.append([entry() for _ in range(8)])
    everything = [(journal.epoch, 0, 2**53)]

    none, more = journal.acknowledge(everything, ())
    sent, others = journal.acknowledge(everything, {kept[1].id, kept[2].id})
    rest, no_others = journal.acknowledge(everything, {frame.id for frame in kept})

    assert (none, more) == ([], True)
    assert (sent, others) == ([kept[1].id, kept[2].id], True)
    assert (len(rest), no_others) == (6, False)


def test_a_frame_is_flushed_to_disk_after_others_were_forgotten_too(journal: Journal) -> None:
    journal.append([entry(), entry()])
    asked: list[str] = []
    journal.db.set_trace_callback(asked.append)

    journal.acknowledge([(journal.epoch, 1, 1)])
    journal.append([entry()])

    policy = [text.rpartition(" ")[2] for text in asked if text.startswith("PRAGMA synchronous")]
    assert policy == ["NORMAL", "FULL"]
    assert journal.db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_reopened_journal_has_its_frames_a_higher_epoch_and_counts_from_one(path: Path) -> None:
    with closing(Journal(path, START)) as before:
        before.append([entry(1), entry(2)])
        held, epoch, size = before.after(0, 100), before.epoch, before.bytes

    with closing(Journal(path, START)) as after:
        again = after.after(0, 100)
        [new] = after.append([entry(3)])
        after.acknowledge([(epoch, 1, 2)])

        assert held == again
        assert (after.epoch, 1) == (new.epoch, new.seq)
        assert after.epoch > epoch
        assert new.id > held[-1].id
        assert seqs(after) == [(new.epoch, 1)]
        assert len(new.payload) == after.bytes
    assert size == sum(len(frame.payload) for frame in held)


def test_the_epoch_grows_however_the_clock_is_set(path: Path) -> None:
    epochs = []
    for now in ("2026-11-23 08:00", "2026-11-22 08:00", "2019-12-31 08:00", "1970-01-01 00:00", "2026-11-23 08:01"):
        with closing(Journal(path, at(now))) as journal:
            epochs.append(journal.epoch)

    assert sorted(set(epochs)) == epochs
    assert epochs[0] >= 1


def test_a_clock_that_was_once_far_ahead_leaves_epochs_that_the_contract_allows(path: Path) -> None:
    for now in (at("2199-01-01 00:00"), START):
        with closing(Journal(path, now)) as journal:
            [kept] = journal.append([entry()])

        assert decode(kept.payload).epoch == journal.epoch


def test_marks_are_kept_with_their_frames(path: Path) -> None:
    with closing(Journal(path, START)) as journal:
        journal.append([entry(7)], [("file:a.csv", 100), ("file:b.csv", 5)])
        journal.append([], [("file:a.csv", 200)])

    with closing(Journal(path, START)) as again:
        marks = [again.mark(f"file:{name}.csv") for name in "abc"]
        assert marks == [200, 5, 0]
        assert again.alive_before_us == entry(7).last_us


def no_frame(epoch: int, seq: int, before: int) -> bytes:
    raise ValueError(f"{epoch} {seq} {before} cannot be packed")


def test_a_frame_that_cannot_be_packed_leaves_no_frame_no_mark_and_no_hole(journal: Journal) -> None:
    good = entry()
    bad = Entry("live", "vital", 1, good.first_us, good.last_us, no_frame)
    journal.append([good], [("file:a.csv", 1)])

    with pytest.raises(ValueError, match="cannot be packed"):
        journal.append([good, bad], [("file:a.csv", 2)])

    assert journal.mark("file:a.csv") == 1
    assert [seq for _, seq in seqs(journal)] == [1]
    assert [frame.seq for frame in journal.append([good])] == [2]


def test_a_full_disk_leaves_no_frame_no_mark_and_no_hole(journal: Journal) -> None:
    [first] = journal.append([entry()], [("file:a.csv", 1)])
    [pages] = journal.db.execute("PRAGMA page_count").fetchone()
    journal.db.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(sqlite3.OperationalError, match="full"):
        journal.append([entry(second, count=500) for second in range(20)], [("file:a.csv", 2)])

    assert journal.after(0, 100) == [first]
    assert (journal.mark("file:a.csv"), journal.bytes) == (1, len(first.payload))
    journal.db.execute("PRAGMA max_page_count = 1000000")
    assert [frame.seq for frame in journal.append([entry(), entry()])] == [2, 3]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 4) | st.tuples(st.integers(0, 12), st.integers(0, 12)) | st.just("restart"), max_size=20)
)
def test_kept_is_what_was_appended_and_is_not_acknowledged(
    tmp_path_factory: pytest.TempPathFactory, story: list[int | tuple[int, int] | str]
) -> None:
    path = tmp_path_factory.mktemp("story") / "edge-1.journal"
    journal = Journal(path, START)
    expected: list[tuple[int, int]] = []
    for step in story:
        if isinstance(step, int):
            expected += [(kept.epoch, kept.seq) for kept in journal.append([entry()] * step)]
        elif isinstance(step, tuple):
            journal.acknowledge([(journal.epoch, *step)])
            expected = [(e, s) for e, s in expected if e != journal.epoch or not step[0] <= s <= step[1]]
        else:
            journal.close()
            journal = Journal(path, START)

    with closing(journal):
        assert expected == seqs(journal)


def steps_of_an_append(journal: Journal, second: int) -> int:
    """How much SQLite works for one append, in thousands of its instructions."""
    steps = []
    journal.db.set_progress_handler(lambda: steps.append(1), 1000)
    journal.append([entry(second)])
    journal.db.set_progress_handler(None, 0)
    return len(steps)


def test_an_append_costs_the_same_however_much_is_kept(journal: Journal) -> None:
    few = steps_of_an_append(journal, 0)
    for _ in range(10):
        journal.append([entry(1)] * 500)

    assert steps_of_an_append(journal, 2) <= few + 1


def test_a_later_life_knows_how_far_the_last_one_that_kept_anything_had_numbered(path: Path) -> None:
    with closing(Journal(path, START)) as first:
        kept = first.append([entry(1, count=3), entry(2, count=4)])
        first.append([entry(3, count=1)])
        first.acknowledge([(first.epoch, 1, 3)])
        assert first.earlier == Numbered(0, 0, 0)
    with closing(Journal(path, START)) as nothing_kept:
        nothing_kept.append([])

    with closing(Journal(path, START)) as third:
        assert third.earlier == Numbered(kept[0].epoch, 3, 8)
