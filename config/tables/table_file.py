"""A file with a table, as a spreadsheet or a PLC tool saved it → its cells as texts. Pure."""

import csv
import io
from dataclasses import dataclass

from python_calamine import CalamineError, CalamineWorkbook

from config.tables.encodings import UnknownEncoding, text_of
from config.tables.separators import said_separator, separator_of

# How the files of Excel and LibreOffice begin: xlsx and ods are archives, xls is older.
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Blanks of any kind, also those that nobody sees.
BLANKS = " \t\r\n\v\f\u00a0\u3000\u200b\u2060\ufeff"


class BadTable(ValueError):
    """The file cannot be read as a table; the text has the cure."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; `comma`: 0,5 is a half, as where Excel separates cells by ';'."""

    rows: list[list[str]]
    comma: bool = False


def table_of(content: bytes) -> Table:
    """The cells, whatever the file's encoding and separator; BadTable when it is no table."""
    if content.startswith(WORKBOOKS):
        return Table(_of_workbook(content))
    try:
        text = text_of(content)
    except UnknownEncoding as err:
        raise BadTable(str(err)) from err
    head, _, rest = text.lstrip("\r\n").partition("\n")
    said = said_separator(head)
    text = rest if said else text
    separator = said or separator_of(head)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as err:
        raise BadTable(f"is not a table ({err}): save it as 'CSV UTF-8'") from err
    return Table(rows, separator == ";")


def _of_workbook(content: bytes) -> list[list[str]]:
    """The first sheet that has something in it."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if rows:
                return [[_text(cell) for cell in row] for row in rows]
    except (CalamineError, OSError, ValueError) as err:
        raise BadTable("is a workbook that cannot be read: open it, take off its password and save it as xlsx") from err
    raise BadTable("is a workbook without a filled sheet: the first row names the columns")


def _text(cell: object) -> str:
    """A whole number without a point: a spreadsheet knows no other numbers than those with one."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell)
