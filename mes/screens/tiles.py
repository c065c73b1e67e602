"""Facts of a shift → what the wall says of each machine. Pure.

Grey is normal, colour means "do something": red for a machine that is down,
amber for one that is slow, or that waits or stands still in planned time, a hatch where nothing is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from config.device import Machine, Name
from contract.sample import MICROSECOND, State
from mes.facts.model import MachineFacts, Span
from mes.kpi.columns import cycle_tape
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.formulas import Kpi
from mes.nodes.state import NodeState
from mes.web.looks import Colour, Look, colour_of

SLOW_WINDOW_US = 120_000_000
SLOW_BELOW = 0.8


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One open alarm in both languages; priority is low, medium or high, subject a machine or an order."""

    id: int
    machine: str | None
    subject: str
    priority: str
    text_en: str
    text_zh: str


@dataclass(frozen=True, slots=True)
class AbsentNode:
    """An edge agent that is offline, or that nothing is known of, since an instant."""

    id: str
    state: NodeState
    since_us: int


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A running order; `place` is the machine or line, times in microseconds, None where there is no forecast yet."""

    id: str
    place: str
    product: Name
    quantity: Decimal
    good: Decimal | None
    expected_end_us: int | None
    late_by_us: int | None
    late: bool | None

    @property
    def verdict(self) -> str:
        """The key of the word for how it stands: on time, late or unknown."""
        if self.late is None:
            return "order.unknown"
        return "order.late" if self.late else "order.on_time"


@dataclass(frozen=True, slots=True)
class Bar:
    """The state tape of the last hours, ready to draw: from, to and one span for each slice of one colour."""

    from_us: int
    to_us: int
    spans: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """One machine on the wall; `data_us` is when its newest state sample was taken, None when there never was one.

    `since_us` is the begin of its state, None when it is SLOW or began before the bar.
    """

    machine: Machine
    look: Look
    since_us: int | None
    data_us: int | None
    oee: Kpi
    completeness: float | None
    good: int | None
    target: int | None
    product: Name | None
    bar: Bar
    order: OrderLine | None
    alarms: tuple[AlarmLine, ...]


def target_by(facts: MachineFacts, evaluation: Evaluation) -> int | None:
    """Parts that planned time inside the facts' window yields at the ideal cycle of the product then in force.

    None when none of it was planned: then nothing was asked of the machine.
    """
    if not facts.product:
        return None
    begins, cycles, _ = cycle_tape(facts, evaluation)
    ends = [*begins.tolist()[1:], facts.to_us]
    parts, any_planned = Fraction(0), 0
    for at, end, cycle in zip(begins.tolist(), ends, cycles.tolist(), strict=True):
        time = sum(max(0, min(end, b) - max(at, a)) for a, b in evaluation.planned)
        any_planned += time
        parts += Fraction(time, cycle)
    return int(parts) if any_planned else None


def is_slow(recent: Elements) -> bool:
    """Running at less than 80 % of the ideal rate; no judgement on less than half a window of running."""
    return recent.running * 2 >= recent.planned > 0 and recent.ideal < SLOW_BELOW * recent.running


def slow_window_us(machine: Machine) -> int:
    """The last two minutes, or ten ideal cycles where a cycle is long."""
    return max(SLOW_WINDOW_US, 10 * (machine.ideal_cycle // MICROSECOND))


def bar_of(at: Sequence[int], states: Sequence[int], from_us: int, to_us: int, planned: Sequence[Span]) -> Bar:
    """The tape as slices of one look: running, other (grey), act, act-now, no-data; empty ones are left out."""
    ends = [*at[1:], to_us]
    spans: list[tuple[int, int, str]] = []
    for start, end, code in zip(at, ends, states, strict=True):
        for a, b, inside in _cut(int(start), int(end), planned):
            kind = _kind(State(int(code)), inside)
            if spans and spans[-1][2] == kind and spans[-1][1] == a:
                spans[-1] = (spans[-1][0], b, kind)
            elif b > a:
                spans.append((a, b, kind))
    return Bar(from_us, to_us, tuple(spans))


def _kind(state: State, planned: bool) -> str:
    if state is State.RUNNING:
        return "running"
    colour = colour_of(state, planned)
    return "other" if colour is Colour.NORMAL else colour.value


def _cut(start: int, end: int, planned: Sequence[Span]) -> list[tuple[int, int, bool]]:
    """A slice of time in pieces that lie inside or outside planned time."""
    pieces: list[tuple[int, int, bool]] = []
    place = start
    for a, b in planned:
        if b <= place or a >= end:
            continue
        if a > place:
            pieces.append((place, a, False))
        pieces.append((max(a, place), min(b, end), True))
        place = min(b, end)
    if place < end:
        pieces.append((place, end, False))
    return pieces
