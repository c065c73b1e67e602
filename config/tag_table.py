"""A table of tags, as `browse` writes it and a spreadsheet keeps it → rows, and what is wrong with others. Pure."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from config import dialect

PLACE = ("device", "machine", "name")
TEXTS = (
    "role",
    "table",
    "byte_order",
    "word_order",
    "encoding",
    "poll",
    "type",
    "node",
    "path",
    "read",
    "unit",
    "hold",
)
WHOLE = ("register", "bit", "length", "wraps_at", "parts_per_count")
NUMBERS = ("scale", "offset", "deadband", "deadband_percent", "max_rate", "min", "max")
YES_OR_NO = {"true": True, "false": False}
SWITCHES = ("resets",)
MAPPINGS = {
    "states": "0: stopped, 1: running",
    "products": "1: bolt-m8, 2: bolt-m10",
    "alarms": "0: {en: Door open, zh: 门开}",
}
LISTS = {"invalid": "65535, 65534"}
# What the device said when it was asked; the plant file has no place for it.
SEEN = ("value", "quality")
COLUMNS = (*PLACE, *TEXTS, *WHOLE, *NUMBERS, *SWITCHES, *MAPPINGS, *LISTS, *SEEN)


class BadTable(ValueError):
    """The file cannot be read as a table of tags; the text has the cure."""


@dataclass(frozen=True, slots=True)
class Row:
    """One tag: the row in the spreadsheet, the first being that of the names, and the cells that are not empty."""

    number: int
    device: str
    machine: str
    name: str
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a row, and the cure."""

    number: int
    text: str


def read_table(content: bytes) -> tuple[list[Row], list[Mistake]]:
    """The rows that can be read, and the mistakes in others; BadTable when nothing can be read at all."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise BadTable("is not UTF-8: save it as 'CSV UTF-8'") from err
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as err:
        raise BadTable(f"is not a table ({err}): save it as 'CSV UTF-8'") from err
    names = [name.strip() for name in lines[0]] if lines else []
    for name in PLACE:
        if name not in names:
            raise BadTable(
                f"has no column '{name}': the first row names the columns, as 'shopfloor browse' writes them"
            )
    for name in names:
        if name not in COLUMNS:
            raise BadTable(
                f"column '{name}' is not known: remove it or correct its name; known are {', '.join(COLUMNS)}"
            )
        if names.count(name) > 1:
            raise BadTable(f"column '{name}' is there twice: remove one")
    rows: list[Row] = []
    mistakes: list[Mistake] = []
    seen: dict[tuple[str, str], int] = {}
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        found = _row(number, names, cells, seen)
        if isinstance(found, Row):
            rows.append(found)
        else:
            mistakes += [Mistake(number, wrong) for wrong in found]
    return rows, mistakes


def _row(number: int, names: list[str], cells: list[str], seen: dict[tuple[str, str], int]) -> Row | list[str]:
    if len(cells) != len(names):
        return [f"has {len(cells)} cells, but there are {len(names)} columns: put a cell with a comma in quotes"]
    given = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if cell.strip()}
    wrong = [f"{name}: is empty: write it" for name in PLACE if name not in given]
    if wrong:
        return wrong
    key = given["machine"], given["name"]
    first = seen.setdefault(key, number)
    if first != number:
        return [f"{'/'.join(key)} is in row {first} already: rename one or remove one"]
    values: dict[str, object] = {}
    for name, cell in given.items():
        if name in (*PLACE, *SEEN):
            continue
        try:
            values[name] = _value(name, cell)
        except (KeyError, ValueError, yaml.YAMLError):
            wrong.append(f"{name}: {cell!r} - {_cure(name)}")
    return wrong or Row(number, given["device"], given["machine"], given["name"], values)


def _value(name: str, cell: str) -> object:
    """A cell as the plant file would have it; KeyError or ValueError when it cannot be."""
    if name in WHOLE:
        return int(cell)
    if name in NUMBERS:
        return _number(cell)
    if name in LISTS:
        return [_number(part) for part in cell.strip("[]").split(",")]
    if name in SWITCHES:
        return YES_OR_NO[cell.lower()]
    if name in MAPPINGS:
        found = dialect.load(cell if cell.startswith("{") else f"{{{cell}}}")
        if not isinstance(found, dict) or None in found.values():
            raise ValueError(cell)
        return found
    return cell


def _number(cell: str) -> float:
    number = float(cell)
    return int(number) if number.is_integer() else number


def _cure(name: str) -> str:
    if name in MAPPINGS:
        return f"write such as {MAPPINGS[name]}"
    if name in LISTS:
        return f"write such as {LISTS[name]}"
    if name in SWITCHES:
        return f"write {' or '.join(YES_OR_NO)}"
    return "write a whole number" if name in WHOLE else "write a number such as 0.1, with a point"


def gathered(mistakes: list[Mistake]) -> Iterator[str]:
    """One line for each kind of mistake, with the numbers of all its rows."""
    numbers: dict[str, list[int]] = {}
    for mistake in sorted(mistakes, key=lambda mistake: mistake.number):
        numbers.setdefault(mistake.text, []).append(mistake.number)
    for text, found in numbers.items():
        yield f"row{'s' if len(found) > 1 else ''} {_spans(found)}: {text}"


def _spans(numbers: list[int]) -> str:
    """2, 4 to 9, 12."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in spans)
