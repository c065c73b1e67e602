"""A window with its facts → the figures of one product: of the time in which it was on each machine. Pure."""

from collections.abc import Mapping, Sequence
from functools import reduce

from config.plant import Plant
from mes.calendar.targets import Targets
from mes.facts.model import MachineFacts, Span
from mes.facts.windowing import cut
from mes.kpi.elements import Elements
from mes.kpi.formulas import Kpi, completeness, exacts
from mes.kpi.rollup import Counts, counts_of, together
from mes.kpi.times import elements_of
from mes.losses.answers import pareto_answer
from mes.losses.six_big_losses import added, balance_of
from mes.losses.stops import stops_of
from mes.screens.report.figures import SHOWN, Figures, Row, kpis_of, outputs_of, slots_of
from mes.screens.wall.tiles import Pace, pace_of
from mes.web.evaluated import Evaluated
from mes.web.kpi_answers import kpi_answers

Stretches = Mapping[str, Sequence[MachineFacts]]


def stretches_of(asked: Evaluated, product: str, within: Span | None = None) -> Stretches:
    """By machine, the facts of each stretch of time in which the product was on it."""
    start, end = within or asked.span
    found: dict[str, list[MachineFacts]] = {}
    for id_, facts in asked.facts.items():
        begins = facts.product_at.tolist()
        spans = zip(begins, [*begins[1:], facts.to_us], facts.product, strict=True)
        inside = [(max(a, start), min(b, end)) for a, b, on in spans if on == product]
        found[id_] = [cut(facts, a, b) for a, b in inside if a < b]
    return found


def product_kpis(asked: Evaluated, product: str) -> tuple[dict[str, Kpi], float | None]:
    """OEE, A, E and Q of a product's time, and how much of that time was observed."""
    elements = _elements(asked, stretches_of(asked, product))
    return kpis_of(elements), completeness(elements)


def product_figures(plant: Plant, asked: Evaluated, targets: Targets, edges: Sequence[int], product: str) -> Figures:
    """As figures_of, of one product alone; its numbers have no id of a result, since the API asks by equipment."""
    stretches = stretches_of(asked, product)
    elements = _elements(asked, stretches)
    numbers = exacts(elements, asked.policy)
    answers = kpi_answers(elements, asked.policy, numbers, dict.fromkeys(numbers, ""))
    of_machines = [(machine, facts) for machine in asked.machines for facts in stretches[machine.id]]
    stops = [stop for machine, facts in of_machines for stop in stops_of(machine, facts, asked.evaluation)]

    def pace(start: int, end: int) -> Pace:
        return _pace(plant, asked, targets, stretches_of(asked, product, (start, end)))

    return Figures(
        kpis={name: answers[name] for name in SHOWN},
        completeness=completeness(elements),
        elements=elements,
        counts=_counts(plant, [id_ for _, id_ in outputs_of(plant, asked.equipment)], stretches),
        pace=_pace(plant, asked, targets, stretches),
        balance=added(balance_of(machine, facts, asked.evaluation) for machine, facts in of_machines),
        pareto=pareto_answer(plant, stops),
        slots=tuple(slots_of(edges, asked.span[1], pace, stops)),
        rows=tuple(_rows(plant, asked, stretches)),
        products=(),
    )


def _elements(asked: Evaluated, stretches: Stretches) -> Elements:
    parts = [elements_of(m, facts, asked.evaluation) for m in asked.machines for facts in stretches[m.id]]
    return together(parts) if parts else Elements()


def _counts(plant: Plant, machines: Sequence[str], stretches: Stretches) -> Counts:
    counted = (counts_of(plant.machine(id_), facts) for id_ in machines for facts in stretches[id_])
    return reduce(Counts.__add__, counted, Counts(0, 0, 0))


def _pace(plant: Plant, asked: Evaluated, targets: Targets, stretches: Stretches) -> Pace:
    """Of the machines whose counts are the equipment's; nothing was asked where the product was on none of them."""
    paces = []
    for line, output in outputs_of(plant, asked.equipment):
        for facts in stretches[output]:
            good = counts_of(plant.machine(output), facts).good
            paces.append(pace_of(good, facts, asked.evaluation, targets.of(line.id)))
    if not paces:
        return Pace(None, None, None)
    columns = ([getattr(one, name) for one in paces] for name in ("good", "ideal", "due"))
    return Pace(*(None if None in column else sum(column) for column in columns))


def _rows(plant: Plant, asked: Evaluated, stretches: Stretches) -> list[Row]:
    rows = []
    for id_, pieces in stretches.items():
        if pieces:
            elements = together([elements_of(plant.machine(id_), facts, asked.evaluation) for facts in pieces])
            counts = _counts(plant, [id_], stretches)
            rows.append(Row(id_, kpis_of(elements), completeness(elements), counts, None))
    return rows
