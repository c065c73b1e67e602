"""What sums are kept of, and by what they are made. Pure."""

import hashlib

from config.plant import Plant
from contract.sample import MICROSECOND
from mes.calendar.ideal_cycles import IdealCycles
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
    scrap = sorted((product.id, str(product.planned_scrap)) for product in plant.products)
    every = hashlib.sha256(repr((NAMES, ENGINE_VERSION, policy.name, policy.version, policy.hash, scrap)).encode())
    found = {}
    for machine in plant.machines:
        tags = sorted((tag.role.value, tag.name, str(tag.fastest_us)) for tag in machine.tags)
        cycles = ideal.shortest(machine.id), ideal.longest(machine.id)
        digest = every.copy()
        digest.update(repr((cycles, machine.no_data_after // MICROSECOND, tags)).encode())
        found[machine.id] = digest.hexdigest()[:16]
    for id_, names in members_of(plant).items():
        made_of = repr([(name, found[name]) for name in names])
        found[id_] = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    return found
