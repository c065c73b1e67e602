"""Facts of a line → what its wall shows at one moment. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from config.calendar import Calendar
from config.device import Machine, Name
from config.plant import Line, Plant, Shift
from config.shifts import ShiftSpan
from contract.sample import State
from mes.calendar.ideal_cycles import IdealCycles
from mes.calendar.targets import Targets
from mes.facts.model import MachineFacts, Span
from mes.facts.windowing import cut
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation, evaluation_of
from mes.kpi.formulas import completeness
from mes.kpi.rollup import elements_by_machine, equipment_counts, measured_machines, together
from mes.maintenance.calls import Call
from mes.screens.wall.tiles import (
    AbsentNode,
    AlarmLine,
    Numbers,
    OrderLine,
    Pace,
    Tile,
    is_slow,
    numbers_of,
    pace_of,
    slow_window_us,
)
from mes.web.looks import CODES, Look, look_of
from mes.web.state_strip import Strip, strip_of

HOUR_US = 3_600_000_000
STRIP_US = 8 * HOUR_US
# A number of which less of the planned time was observed is not shown large.
TELLING_FROM = 0.5
STANDS = {CODES[state]: state for state in (State.SETUP, State.MAINTENANCE, State.STOPPED, State.DOWN, State.IDLE)}


@dataclass(frozen=True, slots=True)
class LineView:
    """The head of a line and its tiles; without a shift `shift` is None and there is nothing to compare with.

    Numbers are of [from_us, now_us]: from the begin of the shift, or, in the first shift of all, from when it was first
    observed (`since_start`), beside the last hour.
    """

    line: Line
    now_us: int
    shift: Shift | None
    shift_from_us: int
    shift_to_us: int
    in_break: bool
    from_us: int
    since_start: bool
    elements: Elements
    numbers: Numbers
    last_hour: Numbers | None
    pace: Pace
    order: OrderLine | None
    alarms: tuple[AlarmLine, ...]
    calls: tuple[Call, ...]
    tiles: tuple[Tile, ...]
    absent: tuple[AbsentNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What was read of a line at one moment; facts begin at or before the shift and the strip, and end now."""

    now_us: int
    shift: ShiftSpan | None
    facts: Mapping[str, MachineFacts]
    data_us: Mapping[str, int | None]
    alarms: Sequence[AlarmLine] = ()
    orders: Sequence[OrderLine] = ()
    calls: Sequence[Call] = ()
    absent: Sequence[AbsentNode] = ()
    names: Mapping[str, Name] | None = None
    targets: Targets = field(default_factory=Targets)


def line_view(plant: Plant, line: Line, calendar: Calendar, ideal: IdealCycles, known: Known) -> LineView:
    """The whole wall of a line."""
    now, shift, facts = known.now_us, known.shift, known.facts
    evaluation = evaluation_of(plant, calendar, ideal, min(f.from_us for f in facts.values()), now)
    start = shift.starts_us if shift else now
    first = _first_observed(facts, start)
    of_each, of_line = _elements(plant, line, facts, evaluation, (start, now))
    since_start = (completeness(of_line) or 0) < TELLING_FROM and first is not None and start < first < now
    if since_start and first is not None:
        start = first
        of_each, of_line = _elements(plant, line, facts, evaluation, (start, now))
    recent = _recent(line.machines, facts, evaluation)
    window = {id_: cut(f, start, now) for id_, f in facts.items()}
    ids = {machine.id for machine in line.machines}
    late = {order.id for order in known.orders if order.place in ids | {line.id}}
    output = line.output_machine
    good = equipment_counts(plant, line.id, window).good
    return LineView(
        line=line,
        now_us=now,
        shift=shift.shift if shift else None,
        shift_from_us=shift.starts_us if shift else now,
        shift_to_us=shift.ends_us if shift else now,
        in_break=shift is not None and any(a <= now < b for a, b in shift.breaks),
        from_us=start,
        since_start=since_start,
        elements=of_line,
        numbers=numbers_of(of_line),
        last_hour=_last_hour(plant, line, facts, evaluation, now) if since_start else None,
        pace=pace_of(good, window[output], evaluation, known.targets.of(line.id)),
        order=next((order for order in known.orders if order.place == line.id), None),
        alarms=tuple(alarm for alarm in known.alarms if alarm.machine in ids or alarm.subject in late),
        calls=tuple(call for call in known.calls if call.machine in ids),
        tiles=tuple(
            tile_of(
                plant,
                line,
                machine,
                known,
                window=window[machine.id],
                elements=of_each[machine.id],
                slow=is_slow(recent[machine.id]),
                evaluation=evaluation,
            )
            for machine in line.machines
        ),
        absent=tuple(known.absent),
    )


def tile_of(
    plant: Plant,
    line: Line,
    machine: Machine,
    known: Known,
    *,
    window: MachineFacts,
    elements: Elements,
    slow: bool,
    evaluation: Evaluation,
) -> Tile:
    """One machine's tile: its facts end now, those of the `window` and their Elements begin with the shift."""
    facts, now = known.facts[machine.id], known.now_us
    state = State(int(facts.state[-1])) if len(facts.state) else State.NO_DATA
    look = look_of(state, _planned_now(evaluation.planned, now), slow)
    begun = int(facts.state_at[-1]) if len(facts.state) else facts.from_us
    good = equipment_counts(plant, machine.id, {machine.id: window}).good
    strip = _strip(facts, known, evaluation.planned)
    return Tile(
        machine=machine,
        look=look,
        since_us=begun if begun > facts.from_us and look.word != "state.slow" else None,
        data_us=known.data_us[machine.id],
        numbers=numbers_of(elements),
        pace=pace_of(good, window, evaluation, known.targets.of(line.id)),
        stood_us=_stood(elements),
        stood_most=_most(strip, window.from_us, elements),
        product=(known.names or {}).get(facts.product[-1] or "") if facts.product else None,
        strip=strip,
        order=next((order for order in known.orders if order.place == machine.id), None),
        alarms=tuple(alarm for alarm in known.alarms if alarm.machine == machine.id),
    )


def _elements(
    plant: Plant, line: Line, facts: Mapping[str, MachineFacts], evaluation: Evaluation, window: Span
) -> tuple[dict[str, Elements], Elements]:
    """Those of each machine and of the line in a window."""
    of_each = elements_by_machine(line.machines, {id_: cut(f, *window) for id_, f in facts.items()}, evaluation)
    return of_each, together(of_each[machine.id] for machine in measured_machines(plant, line.id))


def _last_hour(
    plant: Plant, line: Line, facts: Mapping[str, MachineFacts], evaluation: Evaluation, now_us: int
) -> Numbers:
    return numbers_of(_elements(plant, line, facts, evaluation, (now_us - HOUR_US, now_us))[1])


def _first_observed(facts: Mapping[str, MachineFacts], from_us: int) -> int | None:
    """When the first state of any machine was observed, at or after an instant; None where none ever was."""
    firsts = []
    for known in facts.values():
        tape = zip(
            known.state_at.tolist(), [*known.state_at.tolist()[1:], known.to_us], known.state.tolist(), strict=True
        )
        firsts += [max(a, from_us) for a, b, state in tape if state != State.NO_DATA and b > from_us][:1]
    return min(firsts, default=None)


def _stood(elements: Elements) -> int | None:
    """Planned time in which it was observed not to run; None where nothing of it was observed."""
    if elements.planned == elements.no_data:
        return None
    return elements.planned - elements.no_data - elements.running


def _most(strip: Strip, from_us: int, elements: Elements) -> Look | None:
    """The state that most of the standing time has; None where there was none."""
    sums: dict[str, int] = {}
    for start, end, code in strip.slices:
        if end > from_us and (code in STANDS or code == "waiting"):
            sums[code] = sums.get(code, 0) + end - max(start, from_us)
    if not sums:
        return None
    code = max(sums, key=lambda one: sums[one])
    waiting = State.STARVED if elements.starved >= elements.blocked else State.BLOCKED
    return look_of(STANDS.get(code, waiting), planned=True)


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


def _strip(facts: MachineFacts, known: Known, planned: Sequence[Span]) -> Strip:
    """The shift, its future empty; without a shift the last hours."""
    now = known.now_us
    of = (known.shift.starts_us, known.shift.ends_us) if known.shift else (now - STRIP_US, now)
    shown = cut(facts, of[0], now)
    return strip_of(shown.state_at.tolist(), shown.state.tolist(), now, of, planned)


def _planned_now(planned: Sequence[Span], now_us: int) -> bool:
    """True when planned time reaches up to now."""
    return any(a < now_us <= b for a, b in planned)
