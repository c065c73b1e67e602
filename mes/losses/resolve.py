"""What a person asks for, and the tape as it stands → an edit, or a mistake with its cure. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.plant import Plant, Reason
from contract.sample import State, from_us, to_us
from mes.facts.edits import NO_REASON, Kind
from mes.facts.model import MachineFacts, Span
from mes.losses.models_edits import CommentBody, EditBody, MergeBody, MoveBody, ReasonBody, ReclassifyBody, SplitBody
from mes.web.problems import mistake

LONGEST_US = 31 * 24 * 3_600_000_000
MOST_INTERVALS = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """A slice of the tape with one state and one reason."""

    from_us: int
    to_us: int
    state: int
    reason: str | None

    def row(self) -> dict[str, Any]:
        """As it is kept beside an edit."""
        span = {"from": from_us(self.from_us).isoformat(), "to": from_us(self.to_us).isoformat()}
        return span | {"state": State(self.state).name.lower(), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Resolved:
    """An edit as it is put down."""

    kind: Kind
    from_us: int
    to_us: int
    before: Sequence[Interval]
    state: int | None = None
    reason: str | None = None
    comment: str | None = None


def span_to_read(body: EditBody, end_us: int) -> Span:
    """The span of the tape that decides about an edit, or a Problem 422 for a span that cannot be edited."""
    if isinstance(body, SplitBody):
        start, end, place = to_us(body.at) - 1, to_us(body.at) + 1, "at"
    elif isinstance(body, MoveBody):
        start, end, place = min(to_us(body.at), to_us(body.to)) - 1, max(to_us(body.at), to_us(body.to)) + 1, "to"
        if body.at == body.to:
            raise mistake("body.to", "Is where the boundary is already.")
    else:
        start, end, place = to_us(body.from_), to_us(body.to), "to"
        if end <= start:
            raise mistake("body.to", "Must be later than 'from'.")
    if end > end_us:
        raise mistake(f"body.{place}", "Lies in the future: only what has happened can be corrected.")
    if end - start > LONGEST_US:
        raise mistake("body.to", "The span is longer than 31 days: correct it in parts.")
    return start, end


def resolve(body: EditBody, facts: MachineFacts, plant: Plant) -> Resolved:
    """The edit, or a Problem 422."""
    there = intervals(facts)
    if len(there) > MOST_INTERVALS:
        raise mistake("body.to", f"The span holds more than {MOST_INTERVALS} intervals: correct it in parts.")
    start, end = facts.from_us, facts.to_us
    match body:
        case SplitBody():
            if len(facts.state_at) > 1:
                raise mistake("body.at", "Is a boundary already: give an instant inside an interval.")
            return Resolved(Kind.SPLIT, start + 1, start + 1, there)
        case MoveBody():
            return _moved(body, facts, there)
        case MergeBody():
            if len(facts.state_at) < 2:
                raise mistake("body.to", "There is one interval only between 'from' and 'to': nothing to merge.")
            return Resolved(Kind.MERGE, start, end, there, there[0].state, there[0].reason or NO_REASON)
        case ReclassifyBody():
            state = int(State[body.state.upper()])
            if body.reason is not None:
                _need_reason(plant, body.reason, {state})
            return Resolved(Kind.RECLASSIFY, start, end, there, state, body.reason)
        case ReasonBody():
            _need_reason(plant, body.reason, {interval.state for interval in there})
            return Resolved(Kind.REASON, start, end, there, reason=body.reason)
        case CommentBody():
            return Resolved(Kind.COMMENT, start, end, there, comment=body.comment)


def intervals(facts: MachineFacts) -> list[Interval]:
    """The tape of a window as slices of one state and one reason."""
    edges = sorted({*facts.state_at.tolist(), *facts.reason_at.tolist()})
    ends = [*edges[1:], facts.to_us]
    found = []
    for start, end in zip(edges, ends, strict=True):
        state = facts.state[facts.state_at.searchsorted(start, side="right") - 1]
        reason = facts.reason[int(facts.reason_at.searchsorted(start, side="right")) - 1]
        found.append(Interval(start, end, int(state), reason))
    return found


def _moved(body: MoveBody, facts: MachineFacts, there: Sequence[Interval]) -> Resolved:
    boundaries = facts.state_at.tolist()[1:]
    at, to = to_us(body.at), to_us(body.to)
    if at not in boundaries:
        near = ", ".join(from_us(b).isoformat() for b in boundaries[:3]) or "none in the span"
        raise mistake("body.at", f"There is no boundary at this instant; boundaries are {near}.")
    if len(boundaries) > 1:
        raise mistake("body.to", "Lies beyond a neighbouring boundary: merge the intervals instead.")
    spreads = there[0] if to > at else there[-1]
    return Resolved(Kind.MOVE, min(at, to), max(at, to), there, spreads.state, spreads.reason or NO_REASON)


def _need_reason(plant: Plant, id_: str, states: set[int]) -> Reason:
    reasons = {reason.id: reason for reason in plant.reasons}
    if id_ not in reasons:
        known = ", ".join(reasons) or "none: list them under 'reasons' in the plant file"
        raise mistake("body.reason", f"'{id_}' is no reason of this plant; known are {known}.")
    words = {State(state).name.lower() for state in states}
    if not words & set(reasons[id_].states):
        explained = ", ".join(reasons[id_].states)
        raise mistake("body.reason", f"'{id_}' explains {explained}; in this span there is only {', '.join(words)}.")
    return reasons[id_]
