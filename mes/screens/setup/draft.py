"""What somebody has chosen in the set-up → the text of the plant file as it would be. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.device import ModbusDevice, Role
from config.load import parse_plant
from config.plant import Plant
from config.plant_text import TagEdit, with_device, with_machine, with_new_machine, with_site, with_tags

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WORKDAYS = WEEK[:5]
# id, begin and end of each shift, and its days.
PATTERNS: dict[str, tuple[tuple[tuple[str, str, str], ...], list[str]]] = {
    "around": ((("day", "00:00", "00:00"),), WEEK),
    "one": ((("day", "08:00", "17:00"),), WORKDAYS),
    "two": ((("early", "06:00", "14:00"), ("late", "14:00", "22:00")), WORKDAYS),
    "three": ((("early", "06:00", "14:00"), ("late", "14:00", "22:00"), ("night", "22:00", "06:00")), WORKDAYS),
}
NAMES = {
    "day": {"en": "Day", "zh": "白班"},
    "early": {"en": "Early", "zh": "早班"},
    "late": {"en": "Late", "zh": "中班"},
    "night": {"en": "Night", "zh": "夜班"},
}
PAIR = re.compile(r"^\s*(-?\d+)\s*[=:]\s*([a-z_]+)\s*$")
STATES = "1=running, 0=stopped"
CYCLE = "10s"


class CannotBeUsed(ValueError):
    """What was chosen is incomplete; the text has the cure."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One row of what was found, with what somebody has said of it."""

    name: str
    role: str
    type: str
    unit: str
    scale: str
    states: str
    row: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Machine:
    """Which machine it is: one that is there, or a new one on a line (`line`); without a cycle it keeps its own."""

    id: str
    en: str
    zh: str
    ideal_cycle: str
    line: str | None


def site_text(text: str, en: str, zh: str, zone: str, pattern: str) -> str:
    """The plant with its names, its zone and its shifts; the shifts stay where no pattern is chosen."""
    values: dict[str, object] = {"name": {"en": en, "zh": zh}, "zone": zone}
    if pattern in PATTERNS:
        shifts, days = PATTERNS[pattern]
        values["shifts"] = [
            {"id": id_, "name": NAMES[id_], "days": days, "starts": starts, "ends": ends}
            for id_, starts, ends in shifts
        ]
    return with_site(text, values)


def machine_text(
    text: str, device: Mapping[str, object], protocol: str, edge: str, machine: Machine, tags: Sequence[Chosen]
) -> str:
    """The plant with a device, a machine that is read from it, and the tags."""
    if not tags:
        raise CannotBeUsed("choose a tag at least")
    plant = parse_plant(text)
    id_ = _device_of(plant, device, edge, protocol)
    if id_ is None:
        id_ = _free_id(plant)
        text = with_device(text, {"id": id_, "edge": edge, "protocol": protocol, **device})
    values = [_values(one, protocol) for one in tags]
    keys: dict[str, object] = {"name": {"en": machine.en, "zh": machine.zh}, "device": id_}
    if machine.ideal_cycle or machine.line is not None:
        keys["ideal_cycle"] = machine.ideal_cycle or CYCLE
    if machine.line is not None:
        own = [{"name": one.name, **value} for one, value in zip(tags, values, strict=True)]
        return with_new_machine(text, machine.line, {"id": machine.id, **keys, "tags": own})
    text = with_machine(text, machine.id, keys)
    there = {tag.name for tag in plant.machine(machine.id).tags}
    edits = [
        TagEdit(machine.id, one.name, value, new=one.name not in there) for one, value in zip(tags, values, strict=True)
    ]
    return with_tags(text, edits)


def _values(one: Chosen, protocol: str) -> dict[str, object]:
    """The keys of a tag beside its name."""
    made: dict[str, object] = {}
    if one.role and one.role != Role.PROCESS_VALUE:
        made["role"] = one.role
    if protocol == "modbus":
        if one.row["table"] != "holding":
            made["table"] = one.row["table"]
        made["register"] = int(one.row["register"])
    else:
        made["node"] = one.row["node"]
        if one.row.get("path"):
            made["path"] = one.row["path"]
    if one.type:
        made["type"] = one.type
    if one.unit:
        made["unit"] = one.unit
    if one.scale and one.scale != "1":
        made["scale"] = _number(one)
    if one.role == Role.STATE:
        made["states"] = states_of(one.states or STATES)
    return made


def states_of(text: str) -> dict[int, str]:
    """'1=running, 2=down' → codes and words; CannotBeUsed for anything else."""
    found = {}
    for part in filter(str.strip, text.replace(";", ",").split(",")):
        pair = PAIR.match(part)
        if pair is None:
            raise CannotBeUsed(f"states: '{part.strip()}' - write codes and words such as {STATES}, 2=down")
        found[int(pair[1])] = pair[2]
    return found


def _number(one: Chosen) -> float:
    try:
        return float(one.scale)
    except ValueError as err:
        raise CannotBeUsed(f"scale of {one.name}: '{one.scale}' is no number: write such as 0.1") from err


def _device_of(plant: Plant, device: Mapping[str, object], edge: str, protocol: str) -> str | None:
    """The id of the same device where the plant has it."""
    for one in plant.devices:
        if one.edge != edge or one.protocol != protocol or one.id == "none":
            continue
        if isinstance(one, ModbusDevice):
            same = (one.host, one.port, one.unit) == (
                device.get("host"),
                device.get("port", 502),
                device.get("unit", 1),
            )
        else:
            same = one.url == device.get("url")
        if same:
            return one.id
    return None


def _free_id(plant: Plant) -> str:
    taken, number = {device.id for device in plant.devices}, 1
    while f"plc-{number}" in taken:
        number += 1
    return f"plc-{number}"
