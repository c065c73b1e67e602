"""A view of trends → CSV or a workbook: a line for each sample, point of a bucket, run and gap. Pure."""

import io
from collections.abc import Sequence

import xlsxwriter

from mes.values.models import TagValues
from mes.values.table import NAMES, Line, as_csv, rows

Told = Sequence[tuple[str, TagValues]]
COLUMNS = ("machine", *NAMES)


def csv_of(tags: Told) -> bytes:
    """As a text that Excel opens with its Chinese whole."""
    return as_csv(COLUMNS, _lines(tags))


def xlsx_of(tags: Told) -> bytes:
    """As a workbook: values are numbers, no cell is taken for a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("trends")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        for number, line in enumerate(_lines(tags), 1):
            for column, cell in enumerate(line):
                if isinstance(cell, float):
                    sheet.write_number(number, column, cell)
                elif cell is not None:
                    sheet.write_string(number, column, str(cell))
        sheet.autofit()
    return out.getvalue()


def _lines(tags: Told) -> list[Line]:
    return [(machine, *line) for machine, told in tags for line in rows(told)]
