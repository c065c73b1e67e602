"""A table of tags, as `browse` writes it and a spreadsheet keeps it → rows, and what is wrong with others. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.tables.table_file import BLANKS, BadTable, table_of
from config.tables.tag_cells import LISTS, MAPPINGS, NUMBERS, SWITCHES, WHOLE, WrongCell, value_of

PLACE = ("device", "machine", "name")
NEEDED = ("machine", "name")
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
# What the device said when it was asked; the plant file has no place for it.
SEEN = ("value", "quality")
COLUMNS = (*PLACE, *TEXTS, *WHOLE, *NUMBERS, *SWITCHES, *MAPPINGS, *LISTS, *SEEN)
# What else columns are called, by Kepware, TIA Portal and people who write Chinese.
HEADINGS = {
    "tag": "name",
    "tag name": "name",
    "data type": "type",
    "datatype": "type",
    "address": "register",
    "node id": "node",
    "nodeid": "node",
    "eng units": "unit",
    "设备": "device",
    "机器": "machine",
    "机台": "machine",
    "名称": "name",
    "标签": "name",
    "变量": "name",
    "变量名": "name",
    "地址": "register",
    "寄存器": "register",
    "节点": "node",
    "类型": "type",
    "数据类型": "type",
    "单位": "unit",
    "比例": "scale",
    "偏移": "offset",
    "用途": "role",
}
# What such tables say beside, and the plant file does not need.
PASSED_OVER = (
    *SEEN,
    "respect data type",
    "client access",
    "scan rate",
    "description",
    "comment",
    "描述",
    "注释",
    "备注",
)


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


def read_table(content: bytes, machine: str = "") -> tuple[list[Row], list[Mistake]]:
    """The rows that can be read, and the mistakes in others; BadTable when nothing can be read at all.

    `machine` is whose tags these are, where the table does not say it.
    """
    table = table_of(content)
    header, *lines = table.rows or [[]]
    names = [_column(cell) for cell in header]
    lines = [_trimmed(names, cells) for cells in lines]
    _check(names, header, lines, machine)
    rows: list[Row] = []
    mistakes: list[Mistake] = []
    seen: dict[tuple[str, str], int] = {}
    for number, cells in enumerate(lines, 2):
        if not any(cells):
            continue
        found = _row(number, names, cells, seen, machine, table.comma)
        if isinstance(found, Row):
            rows.append(found)
        else:
            mistakes += [Mistake(number, wrong) for wrong in found]
    return rows, mistakes


def _column(cell: str) -> str:
    """The column's name, however it is spelled: 'Word Order' is word_order."""
    words = " ".join(cell.strip(BLANKS).lower().replace("_", " ").split())
    name = HEADINGS.get(words, words.replace(" ", "_"))
    return words if words in PASSED_OVER else name


def _trimmed(names: Sequence[str], cells: Sequence[str]) -> list[str]:
    """The cells without blanks around them; but a node's name may end with one, and another node's without."""
    trimmed = [cell.strip(BLANKS) for cell in cells]
    nodes = [place for place, name in enumerate(names) if name == "node" and any(trimmed[place : place + 1])]
    return [cells[n].lstrip(BLANKS) if n in nodes else cell for n, cell in enumerate(trimmed)]


def _check(names: Sequence[str], header: Sequence[str], lines: Sequence[Sequence[str]], machine: str) -> None:
    """BadTable where a column is missing, twice there, not known, or has cells and no name."""
    if not any(names):
        raise BadTable("is empty: the first row names the columns, as 'shopfloor browse' writes them")
    for name in NEEDED:
        if name not in names and not (name == "machine" and machine):
            more = ", or say whose tags these are by --machine" if name == "machine" else ""
            raise BadTable(
                f"has no column '{name}': its first row has {', '.join(filter(None, header))}; add the column, "
                f"as 'shopfloor browse' writes it{more}"
            )
    for place, name in enumerate(names):
        if name and name not in (*COLUMNS, *PASSED_OVER):
            raise BadTable(
                f"column '{header[place]}' is not known: remove it or correct its name; known are {', '.join(COLUMNS)}"
            )
        if name and name not in PASSED_OVER and names.count(name) > 1:
            raise BadTable(f"column '{name}' is there twice: remove one")
        filled = next((n for n, cells in enumerate(lines, 2) if not name and any(cells[place : place + 1])), None)
        if filled is not None:
            raise BadTable(f"column {place + 1} has no name, and row {filled} has something in it: name or empty it")


def _row(
    number: int, names: Sequence[str], cells: Sequence[str], seen: dict[tuple[str, str], int], machine: str, comma: bool
) -> Row | list[str]:
    if len(cells) < len(names) or any(cells[len(names) :]):
        return [f"has {len(cells)} cells, but there are {len(names)} columns: put a cell with a comma in quotes"]
    given = {name: cell for name, cell in zip(names, cells, strict=False) if name and cell}
    given.setdefault("machine", machine)
    wrong = [f"{name}: is empty: write it" for name in NEEDED if not given.get(name)]
    if wrong:
        return wrong
    key = given["machine"], given["name"]
    first = seen.setdefault(key, number)
    if first != number:
        return [f"{'/'.join(key)} is in row {first} already: rename one or remove one"]
    values: dict[str, object] = {}
    for name, cell in given.items():
        if name in (*PLACE, *PASSED_OVER):
            continue
        try:
            values[name] = value_of(name, cell, comma)
        except WrongCell as err:
            wrong.append(f"{name}: {cell!r} - {err}")
    return wrong or Row(number, given.get("device", ""), given["machine"], given["name"], values)


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
