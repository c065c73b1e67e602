"""Facts of machines in a window → Elements and counts of a machine, line or site. Pure: adds, never averages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from config.device import Machine, Role
from config.plant import Line, Plant
from mes.facts.model import MachineFacts
from mes.facts.source_tags import REPORTED
from mes.kpi.elements import VALUES, Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.quantities import completed, counts_parts, tells_of
from mes.kpi.times import elements_of_all, elements_of_each


@dataclass(frozen=True, slots=True)
class Counts:
    """Parts in a window, in planned time or not; None where they are not counted."""

    total: int | None
    good: int | None
    scrap: int | None

    def __add__(self, other: "Counts") -> "Counts":
        """Both together; what one of them does not count is not known of the sum."""
        mine, others = (self.total, self.good, self.scrap), (other.total, other.good, other.scrap)
        pairs = zip(mine, others, strict=True)
        return Counts(*(None if one is None or two is None else one + two for one, two in pairs))


def machines_of(plant: Plant, equipment: str) -> tuple[Machine, ...]:
    """The machines of a site, line or machine id, or KeyError."""
    if equipment == plant.site.id:
        return plant.machines
    for line in plant.lines:
        if line.id == equipment:
            return line.machines
    return (plant.machine(equipment),)


def measured_machines(plant: Plant, equipment: str) -> tuple[Machine, ...]:
    """Those whose Elements are added: machines that tell no state or no count take no part, unless none tells both."""
    machines = machines_of(plant, equipment)
    return tuple(m for m in machines if m.tag_of(Role.STATE) and counts_parts(m)) or machines


def equipment_elements(
    plant: Plant, equipment: str, facts: Mapping[str, MachineFacts], evaluation: Evaluation
) -> Elements:
    """The sum over the machines of a site, line or machine."""
    machines = measured_machines(plant, equipment)
    return elements_of_all(machines, [facts[machine.id] for machine in machines], evaluation)


def elements_by_machine(
    machines: Sequence[Machine], facts: Mapping[str, MachineFacts], evaluation: Evaluation
) -> dict[str, Elements]:
    """What each of some machines is made of."""
    each = elements_of_each(machines, [facts[machine.id] for machine in machines], evaluation)
    return {machine.id: elements for machine, elements in zip(machines, each, strict=True)}


def together(parts: Iterable[Elements]) -> Elements:
    """Machines or slices of time as one: numerators and denominators are added, and then divided."""
    return Elements(*map(sum, zip(*map(VALUES, parts), strict=True)))


def equipment_counts(plant: Plant, equipment: str, facts: Mapping[str, MachineFacts]) -> Counts:
    """Parts of a machine; of a line, those of its output machine; of a site, the sum over its lines."""
    lines: tuple[Line, ...] = plant.lines if equipment == plant.site.id else ()
    lines = lines or tuple(line for line in plant.lines if line.id == equipment)
    counted = [line.output_machine for line in lines] or [equipment]
    return reduce(Counts.__add__, (counts_of(plant.machine(name), facts[name]) for name in counted), Counts(0, 0, 0))


def counts_of(machine: Machine, facts: MachineFacts) -> Counts:
    """All parts of a machine in the window."""
    told = {name: int(getattr(facts, name).parts.sum()) for name in ("total", "good", "scrap", REPORTED)}
    counted = completed(tells_of((machine,)), {name: np.array([parts], object) for name, parts in told.items()})
    total, good, scrap = (counted[name].item() for name in ("total", "good", "scrap"))
    if counts_parts(machine):
        return Counts(total, good, scrap)
    return Counts(None, None, scrap if machine.tag_of(Role.SCRAP_COUNT) else None)
