"""Corrections: later wins, undo takes one out and everything else stands, and the tape stays contiguous."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contract.sample import State
from mes.facts.edits import Edit, Kind, compile_edits, overlaid, reason_tape, standing

RUN, DOWN, SETUP = int(State.RUNNING), int(State.DOWN), int(State.SETUP)
TAPE = [(0, RUN), (10, DOWN), (20, RUN)]


def assign(id_: int, start: int, end: int, state: int, kind: Kind = Kind.RECLASSIFY) -> Edit:
    return Edit(id_, kind, start, end, state=state)


def because(id_: int, start: int, end: int, reason: str) -> Edit:
    return Edit(id_, Kind.REASON, start, end, reason=reason)


def undo(id_: int, of: Edit) -> Edit:
    return Edit(id_, Kind.UNDO, of.from_us, of.to_us, undoes=of.id)


def shown(*edits: Edit) -> list[tuple[int, int]]:
    return overlaid(TAPE, compile_edits(edits))


def test_a_stop_becomes_a_setup() -> None:
    assert shown(assign(1, 10, 20, SETUP)) == [(0, RUN), (10, SETUP), (20, RUN)]


def test_a_moved_boundary_lengthens_one_and_shortens_the_other() -> None:
    assert shown(assign(1, 10, 13, RUN, Kind.MOVE)) == [(0, RUN), (13, DOWN), (20, RUN)]
    assert shown(assign(1, 7, 10, DOWN, Kind.MOVE)) == [(0, RUN), (7, DOWN), (20, RUN)]


def test_merged_intervals_are_one() -> None:
    assert shown(assign(1, 0, 20, RUN, Kind.MERGE)) == [(0, RUN)]


def test_a_split_makes_two_intervals_of_one_state_until_they_are_merged() -> None:
    split = Edit(1, Kind.SPLIT, 15, 15)

    assert shown(split) == [(0, RUN), (10, DOWN), (15, DOWN), (20, RUN)]
    assert shown(split, assign(2, 15, 20, SETUP)) == [(0, RUN), (10, DOWN), (15, SETUP), (20, RUN)]
    assert shown(split, assign(2, 10, 20, DOWN, Kind.MERGE)) == TAPE
    assert shown(assign(2, 10, 20, DOWN, Kind.MERGE), split) == [(0, RUN), (10, DOWN), (15, DOWN), (20, RUN)]


def test_later_wins_where_two_overlap() -> None:
    one, other = assign(1, 8, 16, SETUP), assign(2, 12, 18, RUN)

    assert shown(one, other) == [(0, RUN), (8, SETUP), (12, RUN), (18, DOWN), (20, RUN)]
    assert shown(other, one) == [(0, RUN), (8, SETUP), (16, RUN), (18, DOWN), (20, RUN)]


def test_undoing_one_lets_the_others_stand_and_undoing_the_undo_brings_it_back() -> None:
    one, other = assign(1, 8, 16, SETUP), assign(2, 12, 18, RUN)
    without = undo(3, other)

    assert shown(one, other, without) == shown(one)
    assert shown(one, other, without, undo(4, without)) == shown(one, other)


def test_reasons_lie_on_the_tape_without_changing_it() -> None:
    overlay = compile_edits([because(1, 10, 20, "jam"), because(2, 15, 30, "no_material")])

    assert overlaid(TAPE, overlay) == TAPE
    assert reason_tape(overlay, 0, 40) == [(0, None), (10, "jam"), (15, "no_material"), (30, None)]
    assert reason_tape(overlay, 12, 16) == [(12, "jam"), (15, "no_material")]
    assert reason_tape(overlay, 30, 40) == [(30, None)]


@st.composite
def any_edits(draw: st.DrawFn) -> list[Edit]:
    made: list[Edit] = []
    for number in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, 39))
        end = draw(st.integers(start + 1, 40))
        kind = draw(st.sampled_from(list(Kind)))
        if kind is Kind.UNDO and made:
            made.append(undo(number, draw(st.sampled_from(made))))
        elif kind is Kind.SPLIT:
            made.append(Edit(number, kind, start, start))
        elif kind is Kind.REASON:
            made.append(because(number, start, end, draw(st.sampled_from("ab"))))
        elif kind is Kind.COMMENT:
            made.append(Edit(number, kind, start, end, comment="c"))
        else:
            made.append(assign(number, start, end, draw(st.integers(0, 8)), Kind.RECLASSIFY))
    return made


def states_by_second(edits: list[Edit]) -> list[int]:
    """The slow way: paint each second in turn."""
    seconds = [RUN] * 10 + [DOWN] * 10 + [RUN] * 20
    for edit in standing(edits):
        if edit.state is not None:
            seconds[edit.from_us : edit.to_us] = [edit.state] * (edit.to_us - edit.from_us)
    return seconds


@given(any_edits())
def test_the_overlay_paints_exactly_what_was_said(edits: list[Edit]) -> None:
    overlay = compile_edits(edits)
    tape = overlaid(TAPE, overlay)

    found = [state for (at, state), (end, _) in pairwise([*tape, (40, 0)]) for _ in range(at, end)]
    assert found == states_by_second(edits)
    assert [at for at, _ in tape] == sorted({at for at, _ in tape})
    assert all(a[1] != b[1] or b[0] in overlay.cuts for a, b in pairwise(tape))


@given(any_edits(), st.data())
def test_undoing_is_as_if_it_had_never_been(edits: list[Edit], data: st.DataObject) -> None:
    plain = [edit for edit in edits if edit.undoes is None]
    if not plain:
        return
    one = data.draw(st.sampled_from(plain))

    assert compile_edits([*plain, undo(99, one)]) == compile_edits([edit for edit in plain if edit is not one])


@given(any_edits(), st.integers(0, 39), st.integers(1, 40))
def test_reasons_in_a_window_are_those_of_the_whole_tape(edits: list[Edit], start: int, length: int) -> None:
    overlay, end = compile_edits(edits), start + length

    def at(tape: list[tuple[int, str | None]], second: int) -> str | None:
        return [reason for since, reason in tape if since <= second][-1]

    whole, part = reason_tape(overlay, 0, 80), reason_tape(overlay, start, end)
    assert [at(part, second) for second in range(start, end)] == [at(whole, second) for second in range(start, end)]
    assert part[0][0] == start
    assert all(a[1] != b[1] for a, b in pairwise(part))
