"""A table of tags beside the plant: what is new, what is different, and what cannot be. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from config.complaints import lines
from config.device import Machine, ModbusDevice, Tag
from config.opcua import OpcUaDevice
from config.plant import Plant
from config.plant_text import TagEdit
from config.tag_table import Mistake, Row

# The types that `scan` writes: a number without a sign, whatever it may mean.
AS_SCANNED = ("bool", "uint16", "uint32", "uint64")
Written = Mapping[tuple[str, str], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Change:
    """A tag that is new, or keys of one that become different: key → (old, new)."""

    row: Row
    tag: Tag
    keys: dict[str, tuple[object, object]]
    new: bool

    @property
    def edit(self) -> TagEdit:
        """What to write."""
        values = {key: new for key, (_, new) in self.keys.items()}
        return TagEdit(self.row.machine, self.row.name, values, self.new)


@dataclass
class Difference:
    """The table against the plant; `elsewhere`: (row, the name under which its address is there already)."""

    changes: list[Change] = field(default_factory=list)
    same: int = 0
    elsewhere: list[tuple[Row, str]] = field(default_factory=list)
    left_alone: int = 0
    mistakes: list[Mistake] = field(default_factory=list)


def compare(rows: Sequence[Row], plant: Plant, written: Written) -> Difference:
    """What the rows would change; `written` is each tag as the file has it, by machine and name."""
    found = Difference()
    machines = {machine.id: machine for machine in plant.machines}
    devices = {device.id: device for device in plant.devices}
    for row in rows:
        machine = machines.get(row.machine)
        if row.device not in devices:
            known = f"the plant file has {', '.join(devices)}"
            found.mistakes.append(Mistake(row.number, f"device: '{row.device}' is not there: {known}, or add it first"))
        elif machine is None:
            known = ", ".join(machines)
            text = f"machine: '{row.machine}' is not there: the plant file has {known}, or add it first"
            found.mistakes.append(Mistake(row.number, text))
        elif machine.device != row.device:
            text = f"device: '{row.device}' - machine '{row.machine}' is read from '{machine.device}': write that"
            found.mistakes.append(Mistake(row.number, text))
        else:
            _compare_row(row, devices[row.device], machine, written, found)
    touched = {(row.machine, row.name) for row in rows} | {(row.machine, name) for row, name in found.elsewhere}
    found.left_alone = len({(m.id, tag.name) for m in machines.values() for tag in m.tags} - touched)
    return found


def _compare_row(
    row: Row, device: ModbusDevice | OpcUaDevice, machine: Machine, written: Written, found: Difference
) -> None:
    old = next((tag for tag in machine.tags if tag.name == row.name), None)
    before = written.get((row.machine, row.name), {})
    if old is None and "type" not in row.values:
        text = "type: is empty: it is neither a number nor a text; name a member by 'path', or remove the row"
        found.mistakes.append(Mistake(row.number, text))
        return
    try:
        new = Tag.model_validate(wanted := {**before, "name": row.name, **row.values})
    except ValidationError as err:
        found.mistakes += [Mistake(row.number, text) for text in lines(err, wanted)]
        return
    key = "register" if isinstance(device, ModbusDevice) else "node"
    if not new.made and _said(new, key) is None:
        found.mistakes.append(Mistake(row.number, f"{key}: is empty: a tag of device '{device.id}' needs it"))
        return
    if old is None:
        other = next((tag.name for tag in machine.tags if _reads_same(tag, new)), None)
        if other is not None:
            found.elsewhere.append((row, other))
        else:
            found.changes.append(Change(row, new, {key: (None, value) for key, value in row.values.items()}, new=True))
        return
    keys = {key: (before.get(key), value) for key, value in row.values.items() if _said(old, key) != _said(new, key)}
    if keys:
        found.changes.append(Change(row, new, keys, new=False))
    else:
        found.same += 1


def after(plant: Plant, changes: Sequence[Change]) -> Plant:
    """The plant as it shall be."""
    lines = []
    for line in plant.lines:
        machines = []
        for machine in line.machines:
            own = {change.row.name: change for change in changes if change.row.machine == machine.id}
            kept = [own[tag.name].tag if tag.name in own else tag for tag in machine.tags]
            tags = (*kept, *(change.tag for change in own.values() if change.new))
            machines.append(machine.model_copy(update={"tags": tags}))
        lines.append(line.model_copy(update={"machines": tuple(machines)}))
    return plant.model_copy(update={"lines": tuple(lines)})


def _said(tag: Tag, key: str) -> object:
    return getattr(tag, "register_" if key == "register" else key)


def _reads_same(there: Tag, new: Tag) -> bool:
    """True when what the new tag would read is known already; a scan knows addresses, no signs, widths or scales."""
    if new.register_ is None or there.register_ is None:
        return new.node is not None and (new.node, new.path) == (there.node, there.path)
    if (new.table, new.bit) != (there.table, there.bit):
        return False
    inside = there.register_ <= new.register_ < there.register_ + there.width
    return inside and (new.type in AS_SCANNED or (new.register_, new.type) == (there.register_, there.type))
