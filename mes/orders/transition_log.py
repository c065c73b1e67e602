"""The log of an operation → its condition, and the time in which parts count for it. Pure.

Nothing in the log is ever changed: an undo is an entry of its own, and back-dating is an undo and an entry with another
instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mes.orders.operation_states import NEW, Command, Condition


@dataclass(frozen=True, slots=True)
class Entry:
    """A transition at an instant (microseconds UTC), by whom; `undoes` is the `seq` of the entry that an undo takes
    back."""

    seq: int
    command: Command
    to: Condition
    at_us: int
    client: str = ""
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """An entry that a log still lacks; `undoes` for one that takes another back."""

    command: Command
    to: Condition
    at_us: int
    undoes: int | None = None


def effective(log: Sequence[Entry]) -> list[Entry]:
    """The entries that hold, in their order: neither undone nor an undo."""
    undone = {entry.undoes for entry in log}
    return [entry for entry in log if entry.seq not in undone and entry.command is not Command.UNDO]


def condition_of(log: Sequence[Entry]) -> Condition:
    """What the operation is now."""
    holding = effective(log)
    return holding[-1].to if holding else NEW


def runs_of(log: Sequence[Entry]) -> list[tuple[int, int | None]]:
    """The spans in which parts count for the operation; the last may be open, its end None."""
    found: list[tuple[int, int | None]] = []
    since: int | None = None
    for entry in effective(log):
        if entry.to.has_run and since is None:
            since = entry.at_us
        elif not entry.to.has_run and since is not None:
            if entry.at_us > since:
                found.append((since, entry.at_us))
            since = None
    if since is not None:
        found.append((since, None))
    return found


def begun_us(log: Sequence[Entry]) -> int | None:
    """When it began, None while it has not."""
    return next((entry.at_us for entry in effective(log) if entry.command is Command.START), None)


def ended_us(log: Sequence[Entry]) -> int | None:
    """When it was completed or aborted after it had begun, None while it has not."""
    holding = effective(log)
    if begun_us(log) is None or not holding or holding[-1].to.open:
        return None
    return next(entry.at_us for entry in reversed(holding) if entry.command in (Command.COMPLETE, Command.ABORT))


def overlap(runs: Sequence[tuple[int, int | None]], other: tuple[int, int | None]) -> bool:
    """Whether a span has an instant in common with some others; an end None is open."""
    begin, end = other
    return any((end is None or start < end) and (until is None or begin < until) for start, until in runs)


def undone(entries: Sequence[Entry]) -> list[Step]:
    """What takes back some entries, the last first."""
    return [Step(Command.UNDO, entry.to, entry.at_us, entry.seq) for entry in reversed(entries)]


def moved(log: Sequence[Entry], seq: int, at_us: int) -> list[Step] | None:
    """What gives an entry another instant: it and all after it are told again; None where it does not hold."""
    holding = effective(log)
    at = next((n for n, entry in enumerate(holding) if entry.seq == seq), None)
    if at is None:
        return None
    again = [Step(e.command, e.to, at_us if e.seq == seq else e.at_us) for e in holding[at:]]
    return [*undone(holding[at:]), *again]


def in_order(log: Sequence[Entry]) -> bool:
    """Whether what has happened since the start is in the order of time."""
    times = [entry.at_us for entry in effective(log)]
    begun = [entry.command for entry in effective(log)]
    since = begun.index(Command.START) if Command.START in begun else len(times)
    return times[since:] == sorted(times[since:])


def with_steps(log: Sequence[Entry], steps: Sequence[Step], client: str) -> list[Entry]:
    """The log with some entries more."""
    first = log[-1].seq + 1 if log else 1
    new = [Entry(first + n, s.command, s.to, s.at_us, client, s.undoes) for n, s in enumerate(steps)]
    return [*log, *new]
