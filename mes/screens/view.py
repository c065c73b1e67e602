"""Facts of a line → what its wall shows at one moment. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from config.calendar import Calendar
from config.device import Machine, Name
from config.plant import Line, Plant, Shift
from config.shifts import ShiftSpan
from contract.sample import State
from mes.calendar.ideal_cycles import IdealCycles
from mes.facts.model import MachineFacts, Span
from mes.facts.windowing import cut
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation, evaluation_of
from mes.kpi.formulas import Kpi, completeness, named
from mes.kpi.rollup import elements_by_machine, equipment_counts, measured_machines, together
from mes.screens.tiles import AbsentNode, AlarmLine, OrderLine, Tile, bar_of, is_slow, slow_window_us, target_by
from mes.web.looks import look_of

BAR_US = 8 * 3_600_000_000


@dataclass(frozen=True, slots=True)
class LineView:
    """The head of a line and its tiles; without a shift `shift` is None and there is nothing to compare with."""

    line: Line
    now_us: int
    shift: Shift | None
    shift_from_us: int
    shift_to_us: int
    in_break: bool
    oee: Kpi
    completeness: float | None
    good: int | None
    target: int | None
    order: OrderLine | None
    alarms: tuple[AlarmLine, ...]
    tiles: tuple[Tile, ...]
    absent: tuple[AbsentNode, ...] = ()


def line_view(
    plant: Plant,
    line: Line,
    *,
    calendar: Calendar,
    ideal: IdealCycles,
    now_us: int,
    shift: ShiftSpan | None,
    facts: Mapping[str, MachineFacts],
    data_us: Mapping[str, int | None],
    alarms: Sequence[AlarmLine],
    orders: Sequence[OrderLine],
    absent: Sequence[AbsentNode],
    names: Mapping[str, Name],
) -> LineView:
    """The whole wall of a line; facts begin at or before the shift and the bar, and end now. `names` of products."""
    start = shift.starts_us if shift else now_us
    in_shift = {id_: cut(f, start, now_us) for id_, f in facts.items()}
    evaluation = evaluation_of(plant, calendar, ideal, min(f.from_us for f in facts.values()), now_us)
    of_each = elements_by_machine(line.machines, in_shift, evaluation)
    of_line = together(of_each[machine.id] for machine in measured_machines(plant, line.id))
    recent = _recent(line.machines, facts, evaluation)
    output = plant.machine(line.output_machine)
    ids = {machine.id for machine in line.machines}
    late = {order.id for order in orders if order.place in ids | {line.id}}
    return LineView(
        line=line,
        now_us=now_us,
        shift=shift.shift if shift else None,
        shift_from_us=start,
        shift_to_us=shift.ends_us if shift else now_us,
        in_break=shift is not None and any(a <= now_us < b for a, b in shift.breaks),
        oee=named(of_line, "oee"),
        completeness=completeness(of_line),
        good=equipment_counts(plant, line.id, in_shift).good,
        target=target_by(in_shift[output.id], evaluation),
        order=next((order for order in orders if order.place == line.id), None),
        alarms=tuple(alarm for alarm in alarms if alarm.machine in ids or alarm.subject in late),
        tiles=tuple(
            tile_of(
                plant,
                machine,
                facts[machine.id],
                in_shift=in_shift[machine.id],
                elements=of_each[machine.id],
                slow=is_slow(recent[machine.id]),
                evaluation=evaluation,
                data_us=data_us[machine.id],
                alarms=alarms,
                orders=orders,
                product=_product(facts[machine.id], names),
            )
            for machine in line.machines
        ),
        absent=tuple(absent),
    )


def tile_of(
    plant: Plant,
    machine: Machine,
    facts: MachineFacts,
    *,
    in_shift: MachineFacts,
    elements: Elements,
    slow: bool,
    evaluation: Evaluation,
    data_us: int | None,
    alarms: Sequence[AlarmLine],
    orders: Sequence[OrderLine],
    product: Name | None,
) -> Tile:
    """One machine's tile: its facts end now, those `in_shift` and their Elements begin with the shift."""
    now_us = facts.to_us
    state = State(int(facts.state[-1])) if len(facts.state) else State.NO_DATA
    look = look_of(state, _planned_now(evaluation.planned, now_us), slow)
    begun = int(facts.state_at[-1]) if len(facts.state) else facts.from_us
    return Tile(
        machine=machine,
        look=look,
        since_us=begun if begun > facts.from_us and look.word != "state.slow" else None,
        data_us=data_us,
        oee=named(elements, "oee"),
        completeness=completeness(elements),
        good=equipment_counts(plant, machine.id, {machine.id: in_shift}).good,
        target=target_by(in_shift, evaluation),
        product=product,
        bar=bar_of(*_tape(facts, now_us - BAR_US), now_us - BAR_US, now_us, evaluation.planned),
        order=next((order for order in orders if order.place == machine.id), None),
        alarms=tuple(alarm for alarm in alarms if alarm.machine == machine.id),
    )


def _recent(
    machines: Sequence[Machine], facts: Mapping[str, MachineFacts], evaluation: Evaluation
) -> dict[str, Elements]:
    """What tells whether a machine is slow, as of its newest facts; all is planned, so it is judged at any time."""
    groups: dict[Span, list[Machine]] = {}
    for machine in machines:
        known = facts[machine.id]
        span = max(known.from_us, known.to_us - slow_window_us(machine)), known.to_us
        groups.setdefault(span, []).append(machine)
    found: dict[str, Elements] = {}
    for span, group in groups.items():
        newest = {machine.id: cut(facts[machine.id], *span) for machine in group}
        found |= elements_by_machine(group, newest, replace(evaluation, planned=[span]))
    return found


def _tape(facts: MachineFacts, from_us: int) -> tuple[list[int], list[int]]:
    shown = cut(facts, from_us, facts.to_us)
    return shown.state_at.tolist(), shown.state.tolist()


def _planned_now(planned: Sequence[Span], now_us: int) -> bool:
    """True when planned time reaches up to now."""
    return any(a < now_us <= b for a, b in planned)


def _product(facts: MachineFacts, names: Mapping[str, Name]) -> Name | None:
    return names.get(facts.product[-1] or "") if facts.product else None
