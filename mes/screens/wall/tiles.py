"""What a wall says of one machine, and of orders, alarms, calls and edge agents; when a machine is slow. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from config.device import Machine, Name
from contract.sample import MICROSECOND
from mes.calendar.targets import LineTarget
from mes.facts.model import MachineFacts
from mes.kpi.columns import cycle_tape
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.formulas import Kpi, completeness, named
from mes.nodes.state import NodeState
from mes.web.looks import Look
from mes.web.state_strip import Strip

SLOW_WINDOW_US = 120_000_000
SLOW_BELOW = 0.8
ON_PACE_FROM = Fraction(98, 100)
FACTORS = ("availability", "effectiveness", "quality_ratio")


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
    binding: str | None = None

    @property
    def verdict(self) -> str:
        """The key of the word for how it stands: on time, late or unknown."""
        if self.late is None:
            return "order.unknown"
        return "order.late" if self.late else "order.on_time"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The KPIs of a window: OEE, its three factors, and the share of planned time that was observed."""

    oee: Kpi
    factors: tuple[Kpi, ...]
    completeness: float | None


@dataclass(frozen=True, slots=True)
class Pace:
    """Good parts, those that planned time yields at the ideal cycle, and of these what the target asks for by now.

    None: not counted, nothing was planned, or no target is set.
    """

    good: int | None
    ideal: int | None
    due: int | None

    @property
    def ahead(self) -> int | None:
        """Parts more than are due, below 0 less; None where it cannot be said."""
        return None if self.good is None or self.due is None else self.good - self.due

    @property
    def behind(self) -> bool:
        """True when more than 2 % of what is due are missing: less is not worth a colour."""
        return self.good is not None and self.due is not None and self.good < self.due * ON_PACE_FROM


@dataclass(frozen=True, slots=True)
class Tile:
    """One machine on the wall; `data_us` is when its newest state sample was taken, None when there never was one.

    `since_us` is the begin of its state, None when it is SLOW or began before the facts. `stood_us` is the planned time
    in which it did not run, as far as it was observed, and `stood_most` the code that most of it has.
    """

    machine: Machine
    look: Look
    since_us: int | None
    data_us: int | None
    numbers: Numbers
    pace: Pace
    stood_us: int | None
    stood_most: Look | None
    product: Name | None
    strip: Strip
    order: OrderLine | None
    alarms: tuple[AlarmLine, ...]


def numbers_of(elements: Elements) -> Numbers:
    """OEE, A, E and Q of a window."""
    return Numbers(named(elements, "oee"), tuple(named(elements, name) for name in FACTORS), completeness(elements))


def pace_of(good: int | None, facts: MachineFacts, evaluation: Evaluation, target: LineTarget) -> Pace:
    """Good parts against the ideal number, and against what is due of it.

    The ideal number is what planned time inside the facts' window yields at the ideal cycle of the product then in
    force; due is the share of it that is asked for. None when no time was planned: then nothing was asked of the
    machine; due is None too where some of that time has no target.
    """
    if not facts.product:
        return Pace(good, None, None)
    begins, cycles, _ = cycle_tape(facts, evaluation)
    ends = [*begins.tolist()[1:], facts.to_us]
    ideal, due, planned = Fraction(0), Fraction(0), 0
    asked = True
    for at, end, cycle in zip(begins.tolist(), ends, cycles.tolist(), strict=True):
        for start, until, share in target.within(at, end):
            time = sum(max(0, min(until, b) - max(start, a)) for a, b in evaluation.planned)
            planned += time
            ideal += Fraction(time, cycle)
            due += Fraction(time, cycle) * (share or 0)
            asked = asked and (share is not None or not time)
    return Pace(good, int(ideal), int(due) if asked else None) if planned else Pace(good, None, None)


def is_slow(recent: Elements) -> bool:
    """Running at less than 80 % of the ideal rate; no judgement on less than half a window of running."""
    return recent.running * 2 >= recent.planned > 0 and recent.ideal < SLOW_BELOW * recent.running


def slow_window_us(machine: Machine) -> int:
    """The last two minutes, or ten ideal cycles where a cycle is long."""
    return max(SLOW_WINDOW_US, 10 * (machine.ideal_cycle // MICROSECOND))
