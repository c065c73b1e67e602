"""What sums are kept of, and by what they are made. Pure."""

import hashlib
from functools import lru_cache

from config.plant import Plant
from contract.sample import MICROSECOND
from mes.calendar.ideal_cycles import IdealCycle, IdealCycles
from mes.kpi.elements import NAMES
from mes.kpi.engine import ENGINE_VERSION
from mes.kpi.policy import Policy
from mes.kpi.rollup import measured_machines


def members_of(plant: Plant) -> dict[str, tuple[str, ...]]:
    """The machines whose elements add up to those of each line and of the site."""
    equipment = (*(line.id for line in plant.lines), plant.site.id)
    return {id_: tuple(machine.id for machine in measured_machines(plant, id_)) for id_ in equipment}


def hashes_of(plant: Plant, policy: Policy, ideal: IdealCycles) -> dict[str, str]:
    """Sixteen hexadecimal digits for each machine, line and the site: of what its sums are made by.

    Beside facts, calendar, corrections and orders: whoever changes those corrects the sums.
    """
    return _hashes(_Same(plant), policy, ideal.entries)


class _Same:
    """One plant: it never changes, and comparing all of it takes longer than what is remembered of it."""

    __slots__ = ("plant",)

    def __init__(self, plant: Plant) -> None:
        self.plant = plant

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.plant is other.plant

    def __hash__(self) -> int:
        return id(self.plant)


@lru_cache(maxsize=4)
def _hashes(of: _Same, policy: Policy, cycles: tuple[IdealCycle, ...]) -> dict[str, str]:
    plant, ideal = of.plant, IdealCycles(cycles)
    scrap = sorted((product.id, str(product.planned_scrap)) for product in plant.products)
    every = hashlib.sha256(repr((NAMES, ENGINE_VERSION, policy.name, policy.version, policy.hash, scrap)).encode())
    found = {}
    for machine in plant.machines:
        tags = sorted((tag.role.value, tag.name, str(tag.fastest_us)) for tag in machine.tags)
        bounds = ideal.shortest(machine.id), ideal.longest(machine.id)
        digest = every.copy()
        digest.update(repr((bounds, machine.no_data_after // MICROSECOND, tags)).encode())
        found[machine.id] = digest.hexdigest()[:16]
    for id_, names in members_of(plant).items():
        made_of = repr([(name, found[name]) for name in names])
        found[id_] = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    return found
