"""What people have corrected → an overlay on the tapes made of samples. Pure.

Every edit compiles to spans: this state, this reason, this comment from here to there, or a boundary here.
A later edit wins over an earlier one; undoing takes one out, and everything else stands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

Point = tuple[int, int]
T = TypeVar("T")


NO_REASON = ""


class Kind(StrEnum):
    """What a person may do to a tape."""

    SPLIT = "split"
    MERGE = "merge"
    MOVE = "move"
    RECLASSIFY = "reclassify"
    REASON = "reason"
    COMMENT = "comment"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Edit:
    """One correction of a machine's tape in [from_us, to_us), as it was resolved when it was made.

    A split has from_us == to_us. Merge and move carry the state and reason that they spread, so that late data under
    them changes nothing of what the person said; a reason of NO_REASON takes away what reason there was.
    An undo covers the span of the edit that it undoes.
    """

    id: int
    kind: Kind
    from_us: int
    to_us: int
    state: int | None = None
    reason: str | None = None
    comment: str | None = None
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Overlay:
    """Contiguous slices that are corrected: (from, to, value), in order, apart; and boundaries that stay."""

    states: tuple[tuple[int, int, int], ...]
    reasons: tuple[tuple[int, int, str], ...]
    cuts: tuple[int, ...]


def standing(edits: Sequence[Edit]) -> list[Edit]:
    """The edits that hold, in their order; an undo that was undone undoes nothing."""
    holding = in_effect(edits)
    return [edit for edit in edits if edit.id in holding and edit.undoes is None]


def in_effect(edits: Sequence[Edit]) -> set[int]:
    """The ids of the edits and undos that have not been undone; each undo comes after what it undoes."""
    undone: set[int] = set()
    for edit in reversed(edits):
        if edit.undoes is not None and edit.id not in undone:
            undone.add(edit.undoes)
    return {edit.id for edit in edits} - undone


def compile_edits(edits: Sequence[Edit]) -> Overlay:
    """One machine's edits, in the order in which they became known, as an overlay."""
    states: list[tuple[int, int, int]] = []
    reasons: list[tuple[int, int, str]] = []
    cuts: set[int] = set()
    for edit in standing(edits):
        if edit.kind is Kind.SPLIT:
            cuts.add(edit.from_us)
        if edit.state is not None:
            states = _assigned(states, (edit.from_us, edit.to_us, edit.state))
            # A slice that a person has made one has no boundaries inside.
            cuts = {cut for cut in cuts if not edit.from_us < cut < edit.to_us}
        if edit.reason is not None:
            reasons = _assigned(reasons, (edit.from_us, edit.to_us, edit.reason))
    return Overlay(tuple(states), tuple(reasons), tuple(sorted(cuts)))


def overlaid(rows: Sequence[Point], overlay: Overlay) -> list[Point]:
    """A state tape (at, state), contiguous and open at its end, with the overlay on it.

    Neighbours differ again, except where somebody has split an interval. Nothing is said before the first row.
    """
    if not rows:
        return []
    edges = {at for at, _ in rows} | {edge for a, b, _ in overlay.states for edge in (a, b)} | set(overlay.cuts)
    tape: list[Point] = []
    row = span = 0
    for at in sorted(edge for edge in edges if edge >= rows[0][0]):
        while row + 1 < len(rows) and rows[row + 1][0] <= at:
            row += 1
        while span < len(overlay.states) and overlay.states[span][1] <= at:
            span += 1
        corrected = span < len(overlay.states) and overlay.states[span][0] <= at
        state = overlay.states[span][2] if corrected else rows[row][1]
        if not tape or tape[-1][1] != state or at in overlay.cuts:
            tape.append((at, state))
    return tape


def reason_tape(overlay: Overlay, from_us: int, to_us: int) -> list[tuple[int, str | None]]:
    """The tape of reasons in a window; None where nobody gave one."""
    tape: list[tuple[int, str | None]] = [(from_us, None)]
    for start, end, reason in overlay.reasons:
        if end <= from_us or start >= to_us:
            continue
        tape += [(max(start, from_us), reason or None), (end, None)]
    joined: list[tuple[int, str | None]] = []
    for at, reason_here in tape:
        if at >= to_us:
            break
        if joined and joined[-1][0] == at:
            joined.pop()
        if not joined or joined[-1][1] != reason_here:
            joined.append((at, reason_here))
    return joined


def touched(edits: Iterable[Edit]) -> tuple[int, int] | None:
    """The span from the first to the last instant that edits speak of, or None without edits."""
    spans = [(edit.from_us, edit.to_us) for edit in edits]
    return (min(a for a, _ in spans), max(b for _, b in spans)) if spans else None


def _assigned(spans: Sequence[tuple[int, int, T]], new: tuple[int, int, T]) -> list[tuple[int, int, T]]:
    """Slices in order and apart, with a new one over them."""
    start, end, _ = new
    kept = [new]
    for a, b, value in spans:
        kept += [(x, y, value) for x, y in ((a, min(b, start)), (max(a, end), b)) if x < y]
    return sorted(kept, key=lambda span: span[0])
