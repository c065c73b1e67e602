"""A window with its facts → every figure of a report. Pure: each is made by the function that the API answers with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from config.device import Machine
from config.plant import Line, Plant
from contract.sample import State
from mes.calendar.targets import Targets
from mes.facts.model import MachineFacts, Span
from mes.facts.windowing import cut
from mes.kpi.elements import Elements
from mes.kpi.formulas import Kpi, completeness, exacts, named
from mes.kpi.rollup import Counts, equipment_counts, equipment_elements
from mes.kpi.times import elements_of
from mes.losses.answers import pareto_answer
from mes.losses.models import ParetoAnswer
from mes.losses.six_big_losses import Balance, added, balance_of
from mes.losses.stops import Stop, stops_of
from mes.screens.wall.tiles import FACTORS, Pace, pace_of
from mes.web.evaluated import Evaluated
from mes.web.kpi_answers import kpi_answers, result_ids
from mes.web.kpi_models import KpiAnswer
from mes.web.looks import Look, look_of
from mes.web.state_strip import Strip, strip_of

HOUR_US = 3_600_000_000
SHOWN = ("oee", *FACTORS)
MISSED_FROM = Fraction(9, 10)
WAITS = (State.STARVED, State.BLOCKED)


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour, or a day of a longer report: what was made against what was due, and where it was missed, why.

    `future`: nothing is known of it yet.
    """

    from_us: int
    to_us: int
    pace: Pace
    cause: Stop | None
    future: bool

    @property
    def missed(self) -> bool:
        """True when less than nine tenths of what was due were made."""
        pace = self.pace
        return pace.good is not None and pace.due is not None and pace.due > 0 and pace.good < pace.due * MISSED_FROM


@dataclass(frozen=True, slots=True)
class Row:
    """One machine of the report, or one line of a site's: its numbers and its strip."""

    id: str
    kpis: Mapping[str, Kpi]
    completeness: float | None
    counts: Counts
    strip: Strip | None


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What was made of a product: OEE of the time in which it was on the machines."""

    product: str
    kpis: Mapping[str, Kpi]
    completeness: float | None
    planned_us: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All that a report shows of its own window."""

    kpis: Mapping[str, KpiAnswer]
    completeness: float | None
    elements: Elements
    counts: Counts
    pace: Pace
    balance: Balance
    pareto: ParetoAnswer
    slots: tuple[Slot, ...]
    rows: tuple[Row, ...]
    products: tuple[ProductRow, ...]


def figures_of(plant: Plant, asked: Evaluated, targets: Targets, whole: Span, edges: Sequence[int]) -> Figures:
    """The figures of a window that is cut at now, of a period that is `whole`; slots lie between `edges`."""
    elements = equipment_elements(plant, asked.equipment, asked.facts, asked.evaluation)
    numbers = exacts(elements, asked.policy)
    ids = result_ids(numbers, asked.policy, asked.equipment, asked.span, asked.snapshot)
    stops = [
        stop for machine in asked.machines for stop in stops_of(machine, asked.facts[machine.id], asked.evaluation)
    ]
    answers = kpi_answers(elements, asked.policy, numbers, ids)
    return Figures(
        kpis={name: answers[name] for name in SHOWN},
        completeness=completeness(elements),
        elements=elements,
        counts=equipment_counts(plant, asked.equipment, asked.facts),
        pace=_pace(plant, asked, targets, asked.facts),
        balance=added(balance_of(m, asked.facts[m.id], asked.evaluation) for m in asked.machines),
        pareto=pareto_answer(plant, stops),
        slots=tuple(_slots(plant, asked, targets, stops, edges)),
        rows=tuple(_rows(plant, asked, whole)),
        products=tuple(_products(asked)),
    )


def kpis_of(elements: Elements) -> dict[str, Kpi]:
    """OEE, A, E and Q."""
    return {name: named(elements, name) for name in SHOWN}


def outputs_of(plant: Plant, equipment: str) -> list[tuple[Line, str]]:
    """The machines whose counts are the equipment's, each with its line."""
    if equipment == plant.site.id:
        return [(line, line.output_machine) for line in plant.lines]
    for line in plant.lines:
        if line.id == equipment:
            return [(line, line.output_machine)]
    return [(line, equipment) for line in plant.lines if equipment in {machine.id for machine in line.machines}]


def look_of_stop(stop: Stop) -> Look:
    """How a stop looks."""
    return look_of(stop.state, planned=True)


def _pace(plant: Plant, asked: Evaluated, targets: Targets, facts: Mapping[str, MachineFacts]) -> Pace:
    """Good parts against target, lines added; None where one of them is not known."""
    paces = []
    for line, output in outputs_of(plant, asked.equipment):
        good = equipment_counts(plant, output, facts).good
        paces.append(pace_of(good, facts[output], asked.evaluation, targets.of(line.id)))
    columns = ([getattr(one, name) for one in paces] for name in ("good", "ideal", "due"))
    return Pace(*(None if None in column else sum(column) for column in columns))


def _slots(plant: Plant, asked: Evaluated, targets: Targets, stops: Sequence[Stop], edges: Sequence[int]) -> list[Slot]:
    def pace(start: int, end: int) -> Pace:
        return _pace(plant, asked, targets, {id_: cut(facts, start, end) for id_, facts in asked.facts.items()})

    return slots_of(edges, asked.span[1], pace, stops)


def slots_of(
    edges: Sequence[int], known_to_us: int, pace: Callable[[int, int], Pace], stops: Sequence[Stop]
) -> list[Slot]:
    """The slots between edges; `pace` says of a span what was made and what was due."""
    found = []
    for start, end in pairwise(edges):
        until = min(end, known_to_us)
        if until <= start:
            found.append(Slot(start, end, Pace(None, None, None), None, future=True))
            continue
        slot = Slot(start, end, pace(start, until), None, future=False)
        found.append(replace(slot, cause=_cause(stops, start, until)) if slot.missed else slot)
    return found


def _cause(stops: Sequence[Stop], start: int, end: int) -> Stop | None:
    """The longest stop in a slot that is no waiting for another machine; a wait where there is nothing else."""

    def inside(stop: Stop) -> int:
        return max(0, min(stop.end_us, end) - max(stop.begin_us, start))

    there = [stop for stop in stops if inside(stop) > 0]
    own = [stop for stop in there if stop.state not in WAITS]
    return max(own or there, key=inside, default=None)


def _rows(plant: Plant, asked: Evaluated, whole: Span) -> list[Row]:
    if asked.equipment == plant.site.id:
        return [_row(plant, asked, line.id, None) for line in plant.lines]
    return [_row(plant, asked, machine.id, _strip(asked, machine, whole)) for machine in _machines(plant, asked)]


def _row(plant: Plant, asked: Evaluated, id_: str, strip: Strip | None) -> Row:
    elements = equipment_elements(plant, id_, asked.facts, asked.evaluation)
    counts = equipment_counts(plant, id_, asked.facts)
    return Row(id_, kpis_of(elements), completeness(elements), counts, strip)


def _machines(plant: Plant, asked: Evaluated) -> list[Machine]:
    return [plant.machine(id_) for id_ in asked.facts]


def _strip(asked: Evaluated, machine: Machine, whole: Span) -> Strip:
    facts = asked.facts[machine.id]
    tape = facts.state_at.tolist(), facts.state.tolist()
    return strip_of(*tape, facts.to_us, whole, asked.evaluation.planned)


def products_on(asked: Evaluated) -> set[str]:
    """The products that were on the machines."""
    return {product for facts in asked.facts.values() for product in facts.product if product is not None}


def _products(asked: Evaluated) -> list[ProductRow]:
    """By the product that was on each machine; time of which no product is known is left out."""
    found: dict[str, Elements] = {}
    for machine in asked.machines:
        facts = asked.facts[machine.id]
        begins = facts.product_at.tolist()
        for start, end, product in zip(begins, [*begins[1:], facts.to_us], facts.product, strict=True):
            if product is not None and end > start:
                part = elements_of(machine, cut(facts, start, end), asked.evaluation)
                found[product] = found.get(product, Elements()) + part
    return [ProductRow(p, kpis_of(e), completeness(e), e.planned) for p, e in sorted(found.items())]
