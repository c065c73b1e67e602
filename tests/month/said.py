"""What the system says of every window, in exact numbers, over the way that its readers go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contract.sample import State
from mes.calendar.store import read_calendar
from mes.calendar.store_ideal_cycles import read_ideal
from mes.facts.store import read_facts
from mes.facts.tape import durations
from mes.kpi.elements import Elements
from mes.kpi.evaluation import evaluation_of
from mes.kpi.formulas import Exact, exact, formulas
from mes.kpi.policy import BUILT_IN
from mes.kpi.rollup import Counts, counts_of
from mes.kpi.times import elements_of
from runtime.lending import Connection
from tests.month.life import PLANT
from tests.month.windows import Window


@dataclass(frozen=True)
class Said:
    """A machine's window: time in each state, counts, and by each policy the elements and the KPIs."""

    states: Mapping[str, int]
    counts: Counts
    elements: Mapping[str, Elements]
    kpis: Mapping[str, Mapping[str, Exact]]


async def said(conn: Connection, windows: Sequence[Window]) -> dict[tuple[str, str], Said]:
    """By the names of machine and window."""
    machines = {machine.id: machine for machine in PLANT.machines}
    calendar, ideal = await read_calendar(conn, PLANT.site), await read_ideal(conn, PLANT)
    found: dict[tuple[str, str], Said] = {}
    for window in windows:
        facts = await read_facts(conn, PLANT, list(machines), *window.span)
        by = {name: evaluation_of(PLANT, calendar, ideal, *window.span, policy) for name, policy in BUILT_IN.items()}
        for name, machine in machines.items():
            f = facts[name]
            elements = {policy: elements_of(machine, f, evaluation) for policy, evaluation in by.items()}
            kpis = {
                policy: {formula.name: exact(e, formula) for formula in formulas(BUILT_IN[policy])}
                for policy, e in elements.items()
            }
            states = durations(f.state_at, f.state, f.to_us, [window.span])
            words = {State(code).name.lower(): length for code, length in states.items()}
            found[name, window.name] = Said(words, counts_of(machine, f), elements, kpis)
    return found
