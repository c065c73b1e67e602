"""Which reasons a stop may have, the likeliest first; and which of some stops a person is asked about. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from config.plant import Reason
from mes.losses.models_edits import EditAnswer
from mes.losses.stop_list import Stop, giver

REMEMBERED = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """A reason that fits, and how often it was given of the last times."""

    reason: Reason
    given: int
    of: int


def choices_of(stop: Stop, made: Sequence[EditAnswer]) -> list[Choice]:
    """The reasons that fit a stop, the likeliest first; `made` are edits, the newest first."""
    fit = {reason.id for reason in stop.choices}
    given = [
        edit.reason
        for edit in made
        if edit.equipment == stop.machine.id and edit.reason in fit and edit.undone_by is None and edit.kind == "reason"
    ]
    last = Counter(given[:REMEMBERED])
    order = sorted(stop.choices, key=lambda reason: -last[reason.id])
    return [Choice(reason, last[reason.id], min(len(given), REMEMBERED)) for reason in order]


def with_reasons(stops: Sequence[Stop], made: Sequence[EditAnswer], reasons: Sequence[Reason]) -> list[Stop]:
    """The stops with the reasons that were given a moment ago, and are in no fact yet: nobody is asked twice."""
    known = {reason.id: reason for reason in reasons}
    found = []
    for stop in stops:
        edit = None if stop.reason else giver(made, stop.machine.id, stop.from_us)
        reason = known.get(edit.reason or "") if edit else None
        found.append(replace(stop, reason=reason, edit=edit) if reason else stop)
    return found


def open_first(stops: Sequence[Stop]) -> Stop | None:
    """The stop that a person is asked about: the newest without a reason, else the newest."""
    return next((stop for stop in stops if stop.reason is None), stops[0] if stops else None)
