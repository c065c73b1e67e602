"""The loss certificate: each sample is in exactly one part, or the certificate says that it does not add up."""

from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.evidence.loss_certificate import Account, Hole, Life, account_of, total_of

# Ten frames of ten samples each, all stored, of an agent that goes on.
WHOLE = Life("edge-1", 7, 0, 10, 0, 100, 10, 10, 100, 0, True)


def without(first: int, last: int, **more: object) -> Life:
    """WHOLE without these frames."""
    gone = 10 * (last - first + 1)
    life = replace(WHOLE, frames=10 - gone // 10, stored=100 - gone, holes=[Hole(first, last, gone)])
    return replace(life, **more)  # type: ignore[arg-type]  # a test's own fields


def shown(account: Account) -> dict[str, int]:
    names = ("produced", "stored", "refused", "dropped", "missing", "awaited", "unaccounted", "regained")
    return {name: getattr(account, name) for name in names if getattr(account, name)}


CASES = [
    ("nothing is missing", WHOLE, {"produced": 100, "stored": 100}),
    ("skipped frames are missing", without(4, 6), {"produced": 100, "stored": 70, "missing": 30}),
    ("refused frames are on record", without(4, 4, refused={4: 10}), {"produced": 100, "stored": 90, "refused": 10}),
    (
        "a refused frame that cannot be read is known by its neighbours",
        without(4, 4, refused={4: None}),
        {"produced": 100, "stored": 90, "refused": 10},
    ),
    (
        "a refused frame beside a missing one",
        without(4, 6, refused={5: 10}),
        {"produced": 100, "stored": 70, "refused": 10, "missing": 20},
    ),
    ("dropped frames", without(1, 5, drops=[(1, 5, 50)]), {"produced": 100, "stored": 50, "dropped": 50}),
    (
        "two kinds of frames that were dropped in turn",
        without(1, 5, drops=[(1, 5, 30), (2, 4, 20)]),
        {"produced": 100, "stored": 50, "dropped": 50},
    ),
    (
        "process values were dropped, states between them are stored",
        replace(WHOLE, frames=8, stored=80, holes=[Hole(2, 2, 10), Hole(4, 4, 10)], drops=[(2, 4, 20)]),
        {"produced": 100, "stored": 80, "dropped": 20},
    ),
    (
        "a frame that is missing beside dropped ones",
        without(1, 5, drops=[(1, 4, 40)]),
        {"produced": 100, "stored": 50, "dropped": 40, "missing": 10},
    ),
    (
        "some of a hole dropped, some not, and another hole dropped",
        replace(WHOLE, frames=6, stored=60, holes=[Hole(1, 3, 30), Hole(5, 5, 10)], drops=[(2, 5, 30)]),
        {"produced": 100, "stored": 60, "dropped": 30, "missing": 10},
    ),
    (
        "a refused frame among dropped ones",
        without(1, 5, drops=[(1, 5, 40)], refused={3: 10}),
        {"produced": 100, "stored": 50, "refused": 10, "dropped": 40},
    ),
    (
        "a drop that began before the window is known by its numbers",
        replace(without(3, 5, drops=[(1, 5, 50)]), after=2, start=20, stored=50, frames=5),
        {"produced": 80, "stored": 50, "dropped": 30},
    ),
    (
        "an ended life whose last frames have not come",
        replace(WHOLE, latest=False, ended=(13, 130)),
        {"produced": 130, "stored": 100, "awaited": 30},
    ),
    (
        "an ended life whose last frames were dropped",
        replace(WHOLE, latest=False, ended=(13, 130), drops=[(11, 13, 30)]),
        {"produced": 130, "stored": 100, "dropped": 30},
    ),
    (
        "an ended life of which nothing came",
        Life("edge-1", 7, 0, 0, 0, 0, 0, 0, 0, 0, False, ended=(3, 30), drops=[(1, 2, 20)]),
        {"produced": 30, "dropped": 20, "awaited": 10},
    ),
    (
        "the end of a life belongs to the window of the last frame that came",
        replace(WHOLE, up_to=8, end=80, stored=80, frames=8, ended=(13, 130)),
        {"produced": 80, "stored": 80},
    ),
    (
        "dropped frames at the end of a life whose journal was damaged",
        replace(WHOLE, latest=False, drops=[(11, 12, 20)]),
        {"produced": 120, "stored": 100, "dropped": 20},
    ),
    (
        "a frame is missing among dropped ones: nobody told of it",
        without(1, 5, drops=[(1, 5, 40)]),
        {"produced": 100, "stored": 50, "dropped": 40, "unaccounted": 10},
    ),
    (
        "an agent tells of more than was numbered",
        without(1, 5, drops=[(1, 5, 60)]),
        {"produced": 100, "stored": 50, "dropped": 60, "unaccounted": -10},
    ),
    (
        "an agent gave up frames that had come: their acknowledgement had not reached it",
        replace(WHOLE, drops=[(3, 4, 20)]),
        {"produced": 100, "stored": 100, "regained": 20},
    ),
    (
        "an agent gave up frames of which some had come",
        without(4, 6, drops=[(3, 6, 40)]),
        {"produced": 100, "stored": 70, "dropped": 30, "regained": 10},
    ),
    (
        "two frames that do not count on from each other",
        replace(WHOLE, stored=97, holes=[Hole(5, 4, 3)]),
        {"produced": 100, "stored": 97, "unaccounted": 3},
    ),
    (
        "a stored frame holds more than was counted",
        replace(WHOLE, stored=104, holes=[Hole(5, 4, -4)]),
        {"produced": 100, "stored": 104, "unaccounted": -4},
    ),
]


@pytest.mark.parametrize(("life", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_where_the_samples_are(life: Life, expected: dict[str, int]) -> None:
    account = account_of(life)

    assert shown(account) == expected
    assert account.adds_up == ("unaccounted" not in expected)


@pytest.mark.parametrize(
    ("life", "known"),
    [
        (WHOLE, "so_far"),
        (replace(WHOLE, highest=12), "whole"),
        (replace(WHOLE, latest=False, ended=(10, 100)), "whole"),
        (replace(WHOLE, latest=False), "at_least"),
    ],
)
def test_how_far_it_is_known(life: Life, known: str) -> None:
    assert account_of(life).known == known


@pytest.mark.parametrize(("counted", "adds_up"), [(None, True), (95, True), (96, False), (94, False), (100, False)])
def test_table_sample_must_hold_what_the_ledger_says_but_for_what_is_held_out(
    counted: int | None, adds_up: bool
) -> None:
    assert account_of(replace(WHOLE, held_out=5, counted=counted)).adds_up == adds_up


def test_samples_that_never_had_a_number_were_produced_and_dropped() -> None:
    total = total_of([account_of(WHOLE), account_of(without(4, 6))], never_numbered=9)

    assert shown(total) == {"produced": 209, "stored": 170, "dropped": 9, "missing": 30}
    assert total.known == "so_far"


@dataclass(frozen=True)
class Made:
    """A frame that an agent numbered, and what became of it."""

    seq: int
    before: int
    samples: int
    fate: str


FATES = st.sampled_from(["stored", "stored", "stored", "refused", "missing"])
SIZES = st.integers(1, 9)


@st.composite
def histories(draw: st.DrawFn) -> list[Made]:
    """An epoch as it can happen: the oldest frames given up (all of them, or every other), then what the way did."""
    sizes = draw(st.lists(st.tuples(SIZES, FATES), min_size=1, max_size=25))
    given_up, every_other = draw(st.integers(0, 12)), draw(st.booleans())
    tail = draw(st.integers(0, 3))
    made, before = [], 0
    for seq, (samples, fate) in enumerate(sizes, start=1):
        if seq <= given_up:
            fate = "stored" if every_other and seq % 2 else "dropped"  # noqa: PLW2901  - that is its fate
        elif seq > len(sizes) - tail:
            fate = "awaited"  # noqa: PLW2901
        made.append(Made(seq, before, samples, fate))
        before += samples
    return made


def life_of(made: list[Made], after: int, up_to: int) -> Life:
    """What the ledger knows of a history, in a window of its numbers; `after` and `up_to` are stored, or 0."""
    stored = [frame for frame in made if frame.fate == "stored"]
    inside = [frame for frame in stored if after < frame.seq <= up_to]
    ends = {0: 0} | {frame.seq: frame.before + frame.samples for frame in stored}
    edges = [(after, ends[after])] + [(f.seq, ends[f.seq]) for f in inside]
    holes = [
        Hole(a + 1, b.seq - 1, b.before - end) for (a, end), b in zip(edges, inside, strict=False) if b.seq > a + 1
    ]
    dropped = [frame for frame in made if frame.fate == "dropped"]
    drops = [(dropped[0].seq, dropped[-1].seq, sum(f.samples for f in dropped))] if dropped else []
    return Life(
        node="edge-1",
        epoch=1,
        after=after,
        up_to=up_to,
        start=ends[after],
        end=ends[up_to],
        highest=stored[-1].seq if stored else 0,
        frames=len(inside),
        stored=sum(frame.samples for frame in inside),
        held_out=0,
        latest=False,
        ended=(made[-1].seq, made[-1].before + made[-1].samples),
        holes=holes,
        drops=drops,
        refused={frame.seq: frame.samples for frame in made if frame.fate == "refused" and frame.seq > after},
    )


@given(histories())
def test_of_any_history_each_part_is_exactly_what_happened(made: list[Made]) -> None:
    highest = max((frame.seq for frame in made if frame.fate == "stored"), default=0)

    account = account_of(life_of(made, 0, highest))

    truth = {fate: sum(f.samples for f in made if f.fate == fate) for fate in ("stored", "refused", "dropped")}
    lost = sum(frame.samples for frame in made if frame.fate in ("missing", "awaited"))
    assert account.produced == sum(frame.samples for frame in made)
    assert {fate: getattr(account, fate) for fate in truth} == truth
    assert account.missing + account.awaited == lost
    assert account.missing >= sum(f.samples for f in made if f.fate == "missing" and f.seq < highest)
    assert account.adds_up


@given(histories(), st.lists(st.integers(0, 25), max_size=4))
def test_windows_that_touch_add_up_to_the_whole(made: list[Made], cuts: list[int]) -> None:
    stored = [frame.seq for frame in made if frame.fate == "stored"]
    highest = max(stored, default=0)
    edges = sorted({0, highest} | {max((s for s in stored if s <= cut), default=0) for cut in cuts})
    whole = account_of(life_of(made, 0, highest))

    windows = [account_of(life_of(made, after, up_to)) for after, up_to in pairwise(edges)]

    assert all(window.adds_up for window in windows)
    if windows:
        total = total_of(windows)
        assert total.dropped + total.missing == whole.dropped + whole.missing
        dropped = [frame.seq for frame in made if frame.fate == "dropped"] or [0]
        # A drop that is told as one lies in two windows: in each, what else is missing of its hole is told with it.
        if not any(dropped[0] <= edge < dropped[-1] for edge in edges):
            assert shown(total) == shown(whole)


@given(histories(), st.integers(0, 24))
def test_a_stored_frame_that_is_not_there_any_more_is_noticed(made: list[Made], which: int) -> None:
    stored = [frame for frame in made if frame.fate == "stored"]
    if not stored:
        return
    life = life_of(made, 0, stored[-1].seq)
    gone = stored[which % len(stored)]

    account = account_of(replace(life, stored=life.stored - gone.samples))

    assert account.unaccounted == gone.samples
