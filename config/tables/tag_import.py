"""A table of tags beside the plant: what is new, what is different, and what cannot be. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from config.complaints import lines
from config.device import Machine, ModbusDevice, Tag
from config.opcua import OpcUaDevice
from config.plant import Plant
from config.plant_text import TagEdit
from config.tables.tag_table import Mistake, Row

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


def compare(rows: Sequence[Row], plant: Plant, written: Written, shared: Mapping[str, str]) -> Difference:
    """What the rows would change; what is wrong with a row holds up no other.

    `written` is each tag as the file has it, by machine and name, and `shared` are machines whose tags cannot be
    changed, with the reason.
    """
    found = Difference()
    machines = {machine.id: machine for machine in plant.machines}
    devices = {device.id: device for device in plant.devices}
    for row in rows:
        machine = machines.get(row.machine)
        if row.device and row.device not in devices:
            known = f"the plant file has {', '.join(devices)}"
            found.mistakes.append(Mistake(row.number, f"device: '{row.device}' is not there: {known}, or add it first"))
        elif machine is None:
            known = ", ".join(machines)
            text = f"machine: '{row.machine}' is not there: the plant file has {known}, or add it first"
            found.mistakes.append(Mistake(row.number, text))
        elif row.device and machine.device != row.device:
            text = f"device: '{row.device}' - machine '{row.machine}' is read from '{machine.device}': write that"
            found.mistakes.append(Mistake(row.number, text))
        else:
            _compare_row(row, devices[machine.device], machine, written, found)
    _leave_out(found, shared)
    found.changes, refused = fitting(plant, found.changes)
    found.mistakes += refused
    touched = {(row.machine, row.name) for row in rows} | {(row.machine, name) for row, name in found.elsewhere}
    found.left_alone = len({(m.id, tag.name) for m in machines.values() for tag in m.tags} - touched)
    return found


def _compare_row(
    row: Row, device: ModbusDevice | OpcUaDevice, machine: Machine, written: Written, found: Difference
) -> None:
    old = next((tag for tag in machine.tags if tag.name == row.name), None)
    before = written.get((row.machine, row.name), {})
    if old is None and "type" not in row.values:
        text = (
            "type: is empty: the device showed neither a number nor a text here: write the type that it has, with "
            "'path' for a member of an array or structure, or remove the row"
        )
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


def _leave_out(found: Difference, shared: Mapping[str, str]) -> None:
    """Changes of tags that machines have in common would change the others too."""
    found.mistakes += [Mistake(c.row.number, shared[c.row.machine]) for c in found.changes if c.row.machine in shared]
    found.changes = [change for change in found.changes if change.row.machine not in shared]


def fitting(plant: Plant, changes: list[Change], before: Sequence[Change] = ()) -> tuple[list[Change], list[Mistake]]:
    """As many of the changes as make a right plant together, and why each other does not; `before` are there already.

    Found by halves: a table of thousands of rows has a few that do not fit.
    """
    try:
        after(plant, [*before, *changes])
    except ValidationError as err:
        if len(changes) == 1:
            return [], [Mistake(changes[0].row.number, text) for text in lines(err, {})]
    else:
        return changes, []
    half = len(changes) // 2
    first, wrong = fitting(plant, changes[:half], before)
    second, more = fitting(plant, changes[half:], [*before, *first])
    return first + second, wrong + more


def after(plant: Plant, changes: Sequence[Change]) -> Plant:
    """The plant as it shall be, or ValidationError."""
    by_machine: dict[str, dict[str, Change]] = {}
    for change in changes:
        by_machine.setdefault(change.row.machine, {})[change.row.name] = change
    lines_ = []
    for line in plant.lines:
        machines = [_changed(machine, by_machine.get(machine.id, {})) for machine in line.machines]
        lines_.append(line.model_copy(update={"machines": tuple(machines)}))
    return Plant.model_validate(_fields(plant) | {"lines": tuple(lines_)})


def _changed(machine: Machine, own: Mapping[str, Change]) -> Machine:
    if not own:
        return machine
    kept = [own[tag.name].tag if tag.name in own else tag for tag in machine.tags]
    return Machine.model_validate(
        _fields(machine) | {"tags": (*kept, *(change.tag for change in own.values() if change.new))}
    )


def _fields(model: Machine | Plant) -> dict[str, object]:
    """What it was made of, under the names of the plant file; its parts are checked already."""
    return {field.alias or name: getattr(model, name) for name, field in type(model).model_fields.items()}


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
