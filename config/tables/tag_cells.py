"""A cell of a table of tags → the value as the plant file would have it. Pure."""

import re

import yaml

from config import dialect
from config.tables.type_names import type_of

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
WORDS = ("role", "table", "byte_order", "word_order", "encoding", "read")
ROUNDED = "a spreadsheet has rounded it: format the column as a number, and write all digits"
# 0=stopped;1=running, as people write it where commas separate the cells.
PAIRS = re.compile(r"\s*(-?\d+)\s*[:=]\s*([^:=;,{}]+?)\s*(?:[;,\n]|$)")
# A number that is a thousand in one country and one in another.
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:[.,]\d{3})+")


class WrongCell(ValueError):
    """It cannot be this column's; the text has the cure."""


def value_of(column: str, cell: str, comma: bool) -> object:
    """The value, or WrongCell. `comma`: a comma stands before the tenths."""
    if column in WHOLE:
        return _whole(cell)
    if column in NUMBERS:
        return _number(cell, comma)
    if column in LISTS:
        return [_number(part, comma=False) for part in re.split(r"[,;]", cell.strip("[]"))]
    if column in MAPPINGS:
        return _mapping(column, cell)
    return _switch(cell) if column in SWITCHES else _word(column, cell)


def _switch(cell: str) -> bool:
    if cell.lower() not in YES_OR_NO:
        raise WrongCell(f"write {' or '.join(YES_OR_NO)}")
    return YES_OR_NO[cell.lower()]


def _word(column: str, cell: str) -> str:
    if column == "type":
        return type_of(cell)
    return cell.lower() if column in WORDS else cell


def _whole(cell: str) -> int:
    if re.fullmatch(r"[-+]?\d+(?:\.0)?", cell):
        return int(cell.removesuffix(".0"))
    if re.fullmatch(r"[-+]?\d+(?:[.,]\d+)?[eE]\+?\d+", cell):
        raise WrongCell(ROUNDED)
    raise WrongCell("write a whole number, without a point or comma")


def _number(cell: str, comma: bool) -> float:
    if THOUSANDS.fullmatch(cell) and ("." if comma else ",") in cell:
        raise WrongCell("may be a thousand or one: write it without the mark, or with more or fewer digits after it")
    plain = cell.replace(",", ".") if re.fullmatch(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?", cell) else cell
    try:
        number = float(plain)
    except ValueError as err:
        raise WrongCell("write a number such as 0.1") from err
    return int(number) if number.is_integer() else number


def _mapping(column: str, cell: str) -> dict[object, object]:
    pairs = PAIRS.findall(cell)
    if pairs and not PAIRS.sub("", cell).strip():
        return {int(code): word for code, word in pairs}
    try:
        found = dialect.load(cell if cell.startswith("{") else f"{{{cell}}}")
    except (yaml.YAMLError, ValueError):
        found = None
    if not isinstance(found, dict) or None in found.values():
        raise WrongCell(f"write such as {MAPPINGS[column]}")
    return found
