"""The plant → the equipment hierarchy of ISA-95. Pure."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from config.device import Machine
from config.plant import Line, Plant
from mes.kpi import rollup
from mes.web.models import Equipment, Names, TagInfo
from mes.web.problems import Problem


def equipment(plant: Plant) -> list[Equipment]:
    """The site, then each line with its machines."""
    return [make() for make in _each(plant).values()]


def equipment_of(plant: Plant, id_: str) -> Equipment:
    """The equipment with this id, or a Problem 404 that says which exist."""
    found = _each(plant)
    if id_ not in found:
        raise Problem(404, f"There is no equipment '{id_}'.", f"Use one of {', '.join(found)}.")
    return found[id_]()


def _each(plant: Plant) -> dict[str, Callable[[], Equipment]]:
    """By id, how each is told; most requests ask for one of hundreds."""
    found: dict[str, Callable[[], Equipment]] = {plant.site.id: partial(_site, plant)}
    for line in plant.lines:
        found[line.id] = partial(_line, plant, line)
        found |= {machine.id: partial(_machine, line, machine) for machine in line.machines}
    return found


def machine_of(plant: Plant, id_: str) -> Machine:
    """The machine with this id, or a Problem: 404 when nothing has it, 422 for a line or the site."""
    node = equipment_of(plant, id_)
    if node.kind != "machine":
        raise Problem(422, f"'{id_}' is a {node.kind}; only machines have states.", f"Use {', '.join(node.children)}.")
    return plant.machine(id_)


def line_of(plant: Plant, id_: str) -> Line:
    """The line with this id, or a Problem: 404 when nothing has it, 422 for a machine or the site."""
    node = equipment_of(plant, id_)
    lines = {line.id: line for line in plant.lines}
    if node.kind != "line":
        raise Problem(422, f"'{id_}' is a {node.kind}; only lines have a flow.", f"Use {', '.join(lines)}.")
    return lines[id_]


def machines_of(plant: Plant, id_: str) -> list[str]:
    """The ids of the machines in a machine, line or site, or a Problem 404."""
    return [machine.id for machine in rollup.machines_of(plant, equipment_of(plant, id_).id)]


def _site(plant: Plant) -> Equipment:
    site = plant.site
    return Equipment(
        id=site.id,
        name=Names(en=site.name.en, zh=site.name.zh),
        kind="site",
        isa95_level="Site",
        parent=None,
        children=[line.id for line in plant.lines],
        zone=site.zone,
    )


def _line(plant: Plant, line: Line) -> Equipment:
    return Equipment(
        id=line.id,
        name=Names(en=line.name.en, zh=line.name.zh),
        kind="line",
        isa95_level="WorkCenter",
        parent=plant.site.id,
        children=[machine.id for machine in line.machines],
        output=line.output_machine,
    )


def _machine(line: Line, machine: Machine) -> Equipment:
    return Equipment(
        id=machine.id,
        name=Names(en=machine.name.en, zh=machine.name.zh),
        kind="machine",
        isa95_level="WorkUnit",
        parent=line.id,
        children=[],
        ideal_cycle_s=machine.ideal_cycle / timedelta(seconds=1),
        tags=[TagInfo(name=tag.name, role=tag.role.value, unit=tag.unit) for tag in machine.tags],
    )
