"""What an order tag shows → the transitions of the operation that it shows. Pure.

The tag says what a person need not: showing the order begins or resumes it, leaving it gives the machine back. What a
person has said stays: the tag decides only what comes after it.
"""

from collections.abc import Sequence

from config.shifts import subtract
from mes.facts.model import Span
from mes.orders.operation_states import ALLOWED, NEW, RUNNING, SUSPENDED, Command, Condition
from mes.orders.transition_log import Entry, Step, condition_of, effective, undone

# The client that is written down where a tag has begun or ended something.
BY_TAG = "plc"
FOREVER_US = 2**62


def follow(log: Sequence[Entry], shown: Sequence[tuple[int, int | None]]) -> list[Step]:
    """The entries that bring a log to what the tag shows; none where it is that already.

    `shown` are the spans in which the tag shows the order, apart and in the order of time.
    """
    person = max((entry.seq for entry in log if entry.client != BY_TAG), default=0)
    said = [entry for entry in log if entry.seq <= person]
    by_tag = [entry for entry in effective(log) if entry.seq > person]
    wanted = _wanted(said, shown)
    there = [(entry.command, entry.at_us, entry.to) for entry in by_tag]
    same = 0
    while same < min(len(wanted), len(there)) and wanted[same] == there[same]:
        same += 1
    return [*undone(by_tag[same:]), *(Step(command, to, at_us) for command, at_us, to in wanted[same:])]


def without(shown: Sequence[tuple[int, int | None]], others: Sequence[Span]) -> list[tuple[int, int | None]]:
    """What is shown outside some spans of time."""
    left = subtract([(start, FOREVER_US if end is None else end) for start, end in shown], others)
    return [(start, None if end == FOREVER_US else end) for start, end in left]


def _wanted(said: Sequence[Entry], shown: Sequence[tuple[int, int | None]]) -> list[tuple[Command, int, Condition]]:
    now = condition_of(said)
    if not now.open:
        return []
    # Up to this instant a person has decided; a release is a permission, and decides nothing.
    since_us = said[-1].at_us if said and (now.started or said[-1].command is Command.UNDO) else None
    found: list[tuple[Command, int, Condition]] = []
    for start, end in shown:
        if since_us is None or start > since_us:
            found += [(Command.RELEASE, start, ALLOWED)] if now == NEW else []
            if now != RUNNING:
                found.append((Command.RESUME if now.started else Command.START, start, RUNNING))
                now = RUNNING
        if end is not None and (since_us is None or end > since_us) and now.has_run:
            found.append((Command.PAUSE, end, SUSPENDED))
            now = SUSPENDED
    return found
