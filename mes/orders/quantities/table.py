"""Sums of quantities → a table for people: CSV or xlsx. Pure."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Literal

import xlsxwriter

from mes.orders.quantities.models import QuantitySum

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NUMBERS = ("good", "good_high", "scrap", "scrap_high", "rework", "rework_high", "not_counted")


def table(by: Sequence[str], items: Sequence[QuantitySum], format_: Literal["csv", "xlsx"]) -> tuple[bytes, str]:
    """The bytes of a table, a line a sum, and their media type; scrap by reason is in the JSON answer only."""
    names = [*by, *NUMBERS, "unit"]
    rows = [[("" if row[name] is None else row[name]) for name in names] for row in map(_row, items)]
    return (_csv if format_ == "csv" else _xlsx)(names, rows), MEDIA[format_]


def _row(item: QuantitySum) -> dict[str, Any]:
    return item.model_dump(mode="json")


def _csv(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """With a byte order mark: without it Excel reads Chinese names in another encoding."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _xlsx(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Quantities as numbers, everything else as text: no cell is taken for a formula, and "007" stays "007"."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("quantities")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, names, book.add_format({"bold": True}))
        for line, row in enumerate(rows, 1):
            for column, (name, cell) in enumerate(zip(names, row, strict=True)):
                if name in NUMBERS:
                    sheet.write_number(line, column, float(cell))
                else:
                    sheet.write_string(line, column, cell)
        sheet.autofit()
    return out.getvalue()


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "@", "\t") else cell
