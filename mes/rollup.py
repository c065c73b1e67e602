"""Facts of machines in a window → Elements and counts of a machine, line or site. Pure: adds, never averages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from config.device import Machine, Role
from config.plant import Line, Plant
from contract.sample import MICROSECOND, State
from mes.facts import MachineFacts, Span, Steps
from mes.oee import ISO, Elements, Policy
from mes.tape import durations


@dataclass(frozen=True, slots=True)
class Counts:
    """Parts in a window, in planned time or not."""

    total: int
    good: int
    reject: int

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.total + other.total, self.good + other.good, self.reject + other.reject)


def machines_of(plant: Plant, equipment: str) -> tuple[Machine, ...]:
    """The machines of a site, line or machine id, or KeyError."""
    if equipment == plant.site.id:
        return plant.machines
    for line in plant.lines:
        if line.id == equipment:
            return line.machines
    return (plant.machine(equipment),)


def equipment_elements(
    plant: Plant, equipment: str, facts: Mapping[str, MachineFacts], planned: Sequence[Span], policy: Policy = ISO
) -> Elements:
    """The sum over the machines of a site, line or machine.

    Machines that tell no state or no count take no part in the KPIs of their line, unless none tells both.
    """
    machines = machines_of(plant, equipment)
    measured = [machine for machine in machines if machine.tag_of(Role.STATE) and counts_parts(machine)]
    parts = (elements_of(plant, machine, facts[machine.id], planned, policy) for machine in measured or machines)
    return reduce(Elements.__add__, parts, Elements())


def counts_parts(machine: Machine) -> bool:
    """True when the machine tells how many parts it makes."""
    return machine.tag_of(Role.TOTAL_COUNT) is not None or machine.tag_of(Role.GOOD_COUNT) is not None


def equipment_counts(plant: Plant, equipment: str, facts: Mapping[str, MachineFacts]) -> Counts:
    """Parts of a machine; of a line, those of its output machine; of a site, the sum over its lines."""
    lines: tuple[Line, ...] = plant.lines if equipment == plant.site.id else ()
    lines = lines or tuple(line for line in plant.lines if line.id == equipment)
    counted = [line.output_machine for line in lines] or [equipment]
    return reduce(Counts.__add__, (counts_of(plant.machine(name), facts[name]) for name in counted), Counts(0, 0, 0))


def counts_of(machine: Machine, facts: MachineFacts) -> Counts:
    """All parts of a machine in the window."""
    return _counts(machine, {name: int(getattr(facts, name).parts.sum()) for name in ("total", "good", "reject")})


def elements_of(
    plant: Plant, machine: Machine, facts: MachineFacts, planned: Sequence[Span], policy: Policy = ISO
) -> Elements:
    """Time elements and parts of a machine within planned spans and within the window of its facts.

    Times close exactly: planned is the sum of the other five. Parts that became known outside planned time, in a break
    or after the shift, are in `Counts`, but not in here: OEE compares what was made in planned time with that time.
    """
    planned = [
        (max(a, facts.from_us), min(b, facts.to_us)) for a, b in planned if a < facts.to_us and b > facts.from_us
    ]
    planned_us = sum(end - start for start, end in planned)
    by_state = durations(facts.state_at, facts.state, facts.to_us, planned)

    def time_in(states: frozenset[State]) -> int:
        return sum(by_state.get(int(state), 0) for state in states)

    inside = {name: _inside(getattr(facts, name), planned) for name in ("total", "good", "reject")}
    counts = _counts(machine, {name: int(found.parts.sum()) for name, found in inside.items()})
    ideal = {name: _ideal_us(plant, machine, facts, found) for name, found in inside.items()}
    ideal_total, ideal_good = _ideal_totals(machine, ideal)
    return Elements(
        planned=planned_us,
        producing=time_in(policy.producing),
        setup=time_in(policy.setup),
        delay=time_in(policy.delay),
        down=time_in(policy.down),
        no_data=by_state.get(int(State.NO_DATA), 0),
        total=counts.total,
        good=counts.good,
        reject=counts.reject,
        ideal=ideal_total,
        ideal_good=ideal_good,
        uncounted=0 if counts_parts(machine) else planned_us,
    )


def ideal_cycle_us(plant: Plant, machine: Machine, product: str | None) -> int:
    """PRI of a product on a machine, microseconds a part; the machine's own where the product has none."""
    cycle = next((p.ideal_cycle.get(machine.id) for p in plant.products if p.id == product), None)
    return (cycle or machine.ideal_cycle) // MICROSECOND


def _counts(machine: Machine, parts: Mapping[str, int]) -> Counts:
    """The third count from the two that the machine has; without a reject counter all parts are good."""
    total, good, reject = parts["total"], parts["good"], parts["reject"]
    if machine.tag_of(Role.GOOD_COUNT) is None:
        good = total - reject
    elif machine.tag_of(Role.TOTAL_COUNT) is None:
        total = good + reject
    if machine.tag_of(Role.REJECT_COUNT) is None:
        reject = total - good
    return Counts(total, good, reject)


def _ideal_totals(machine: Machine, ideal: Mapping[str, int]) -> tuple[int, int]:
    total, good, reject = ideal["total"], ideal["good"], ideal["reject"]
    if machine.tag_of(Role.GOOD_COUNT) is None:
        good = total - reject
    elif machine.tag_of(Role.TOTAL_COUNT) is None:
        total = good + reject
    return total, good


def _inside(steps: Steps, planned: Sequence[Span]) -> Steps:
    chosen = np.zeros(steps.at.size, np.bool_)
    for start, end in planned:
        chosen |= (steps.at >= start) & (steps.at < end)
    return Steps(*(getattr(steps, name)[chosen] for name in Steps.__slots__))


def _ideal_us(plant: Plant, machine: Machine, facts: MachineFacts, steps: Steps) -> int:
    """Sum of PRI x parts over the steps whose making was seen; a part belongs to the product in force when it is known.

    Products are few, so the factors are Python's integers: no counter can make this sum overflow.
    """
    in_force = np.maximum(np.searchsorted(facts.product_at, steps.at, side="right") - 1, 0)
    made: dict[str | None, int] = {}
    for number in np.unique(in_force).tolist():
        parts = int(steps.parts[(in_force == number) & ~steps.unseen].sum())
        made[facts.product[number]] = made.get(facts.product[number], 0) + parts
    return sum(ideal_cycle_us(plant, machine, product) * parts for product, parts in made.items())
