"""The state tape of a shift → where its slices stand, in per cent of a strip. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.sample import State
from mes.facts.model import MachineFacts, Span
from mes.web.looks import Look

HOUR_US = 3_600_000_000
# A state by the class of its colour, and how high it stands: what asks for work is high.
CLASSES = {
    State.NO_DATA: ("nodata", 100),
    State.RUNNING: ("running", 42),
    State.IDLE: ("idle", 10),
    State.STARVED: ("waiting", 70),
    State.BLOCKED: ("waiting", 70),
    State.DOWN: ("down", 100),
    State.SETUP: ("setup", 70),
    State.STOPPED: ("stopped", 100),
    State.MAINTENANCE: ("maintenance", 70),
}


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of the strip: from where and how wide in per cent, the class of its colour, its height in per cent."""

    x: float
    width: float
    kind: str
    height: int


def badge_of(look: Look) -> str:
    """The class of the colour behind a state's word."""
    name = look.word.removeprefix("state.")
    return "slow" if name == "slow" else CLASSES[State[name.upper()]][0]


def slices_of(facts: MachineFacts, span: Span) -> list[Slice]:
    """The states of a machine in a span; nothing where it lies in the future."""
    at, states = facts.state_at.tolist(), facts.state.tolist()
    ends = [*at[1:], facts.to_us]
    whole = span[1] - span[0]
    found = []
    for start, end, state in zip(at, ends, states, strict=True):
        a, b = max(start, span[0]), min(end, span[1])
        if b > a:
            kind, height = CLASSES[State(state)]
            found.append(Slice(100 * (a - span[0]) / whole, 100 * (b - a) / whole, kind, height))
    return found


def marks_of(span: Span) -> Sequence[tuple[float, int]]:
    """Where whole even hours stand, and their instants."""
    first = -(-span[0] // (2 * HOUR_US)) * 2 * HOUR_US
    return [(100 * (at - span[0]) / (span[1] - span[0]), at) for at in range(first, span[1] + 1, 2 * HOUR_US)]
