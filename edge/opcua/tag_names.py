"""The way to an OPC UA variable and its value → names for a plant file, one row for each number or text in it. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields, is_dataclass

LONGEST_NAME = 63
NO_ID, NO_TAG = r"[^a-z0-9_]+", r"[^a-z0-9_\u3400-\u9fff]+"
MOST_ELEMENTS = 64
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One tag as the plant file would have it; `type` is empty where the value is neither number nor text."""

    machine: str
    name: str
    node: str
    path: str
    type: str
    unit: str
    value: str
    quality: str


COLUMNS = ("device", *(field.name for field in fields(Row)))


def columns_of(device: str, row: Row) -> tuple[str, ...]:
    """A line of the table."""
    return (device, *astuple(row))


def rows_of(
    *,
    node: str,
    way: Sequence[str],
    folders: Sequence[bool],
    value: object,
    kind: str,
    quality: str,
    unit: str,
    machines: dict[str, str],
) -> Iterator[Row]:
    """One row for a plain value, and one for each member of an array or a structure.

    The machine is guessed to be the first node on the way that is no folder; `machines` has the ids of those before.
    """
    first = next((i for i, folder in enumerate(folders[:-1]) if not folder), 0)
    machine = machine_id(way[first], machines) if len(way) > 1 else "machine"
    name = "-".join(way[first + 1 :]) if len(way) > 1 else way[0]
    for path, member, type_ in _members(value, kind, "", 0):
        shown = "" if member is None else str(member)[:200]
        yield Row(machine, slug(name + path), node, path, type_, unit, shown, quality)


def slug(name: str) -> str:
    """A name as those of tags are written: lower-case letters, digits, Chinese characters, - and _."""
    return _plain(name, NO_TAG) or "tag"


def machine_id(name: str, taken: dict[str, str]) -> str:
    """The same for the same name: what is left of it in the letters of ids, or machine, machine-2 and so on."""
    if name not in taken:
        plain = _plain(name, NO_ID) or "machine"
        number, found = 1, plain
        while found in taken.values():
            number += 1
            found = f"{plain[: LONGEST_NAME - 6]}-{number}"
        taken[name] = found
    return taken[name]


def _plain(name: str, others: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)
    return re.sub(others, "-", spaced.lower()).strip("-_")[:LONGEST_NAME].rstrip("-_")


def unique(rows: Sequence[Row], taken: set[tuple[str, str]]) -> Iterator[Row]:
    """The rows with names that no earlier one of the same machine has."""
    for row in rows:
        name, number = row.name, 1
        while (row.machine, name) in taken:
            number += 1
            end = f"-{number}"
            name = row.name[: LONGEST_NAME - len(end)] + end
        taken.add((row.machine, name))
        yield Row(row.machine, name, *astuple(row)[2:])


def _members(value: object, kind: str, path: str, depth: int) -> Iterator[tuple[str, object, str]]:
    if value == []:
        # Nothing to read now: how many elements there will be only the PLC knows.
        yield path, "[]", ""
    elif isinstance(value, list) and depth < DEEPEST:
        for i, element in enumerate(value[:MOST_ELEMENTS]):
            yield from _members(element, kind, f"{path}[{i}]", depth + 1)
    elif is_dataclass(value) and not hasattr(value, "TypeId") and not kind and depth < DEEPEST:
        for field in fields(value):
            if field.name != "Encoding":
                inner = getattr(value, field.name)
                yield from _members(inner, _kind(inner), f"{path}.{field.name}", depth + 1)
    else:
        yield path, value, kind


def _kind(value: object) -> str:
    """The type of a member, of which only the value is known."""
    sample = value[0] if isinstance(value, list) and value else value
    for known, name in ((bool, "bool"), (int, "int64"), (float, "float64"), (str, "string")):
        if isinstance(sample, known):
            return name
    return ""
