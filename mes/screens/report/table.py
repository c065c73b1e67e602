"""A report → its figures as a table: one line a figure, for CSV and xlsx. Pure."""

import csv
import io
from collections.abc import Iterator, Mapping

import xlsxwriter

from contract.sample import from_us
from mes.losses.six_big_losses import Where
from mes.screens.report.figures import SHOWN
from mes.screens.report.render import title_of
from mes.screens.report.report import Report
from mes.web.words import Language, words

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
HEAD = ("section", "name", "figure", "value", "low", "high", "unit", "result_id")
Words = Mapping[str, str]
Cell = str | float | None
Line = tuple[str, str, str, Cell, Cell, Cell, str, str]


def lines_of(report: Report, language: Language) -> list[Line]:
    """Every figure of a report; ratios from 0 to 1, times in minutes."""
    return list(_lines(report, language))


def csv_of(report: Report, language: Language) -> bytes:
    """With a byte order mark: without it Excel reads Chinese names in another encoding."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEAD)
    writer.writerows([_plain(cell) for cell in line] for line in lines_of(report, language))
    return out.getvalue().encode("utf-8-sig")


def xlsx_of(report: Report, language: Language) -> bytes:
    """One sheet; numbers as numbers, everything else as text: no cell is taken for a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("report")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, HEAD, book.add_format({"bold": True}))
        for number, line in enumerate(lines_of(report, language), 1):
            for column, cell in enumerate(line):
                if isinstance(cell, float):
                    sheet.write_number(number, column, cell)
                elif cell is not None:
                    sheet.write_string(number, column, cell)
        sheet.autofit()
    return out.getvalue()


def file_name(report: Report, kind: str) -> str:
    """'report-stamping-shift-2026-11-25-late.pdf'."""
    period = report.period
    shift = f"-{period.shift.id}" if period.shift else ""
    shift += "-product" if report.product else ""
    return f"report-{report.asked.equipment}-{period.kind}-{period.day.isoformat()}{shift}.{kind}"


def _lines(report: Report, language: Language) -> Iterator[Line]:
    for part in (_head, _kpis, _losses, _hours, _rows, _orders):
        yield from part(report, words(language), language)


def _line(section: str, name: str, figure: str, value: Cell, unit: str) -> Line:
    return section, name, figure, value, None, None, unit, ""


def _head(report: Report, _: Words, language: Language) -> Iterator[Line]:
    asked = report.asked
    told = asked.head()
    for figure, value in (
        ("equipment", asked.equipment),
        ("product", report.product or ""),
        ("period", title_of(report.period, language)),
        ("from", told["from_"].isoformat()),
        ("to", told["to"].isoformat()),
        ("as_of", told["as_of"].isoformat()),
        ("provisional", str(told["provisional"]).lower()),
        ("policy", f"{asked.policy.name} v{asked.policy.version}"),
    ):
        yield _line("report", "", figure, value, "")


def _kpis(report: Report, _: Words, __: Language) -> Iterator[Line]:
    figures, equipment = report.figures, report.asked.equipment
    for name in SHOWN:
        kpi = figures.kpis[name]
        yield "kpi", equipment, name, kpi.value, kpi.low, kpi.high, "1", kpi.id
    yield _line("kpi", equipment, "completeness", figures.completeness, "1")
    for figure in ("good", "ideal", "due"):
        yield _line("parts", equipment, figure, _number(getattr(figures.pace, figure)), "part")


def _losses(report: Report, w: Words, _: Language) -> Iterator[Line]:
    for where in Where:
        lost, name = report.figures.balance[where], w[f"loss.{where.value}"]
        yield _line("balance", name, "time", lost.us / 6e7, "min")
        yield _line("balance", name, "parts", float(lost.parts), "part")
    for cost in report.figures.pareto.by_reason:
        yield _line("stops", cost.key or w["report.no_reason"], "time", cost.us / 6e7, "min")
        yield _line("stops", cost.key or w["report.no_reason"], "count", float(cost.stops), "stop")


def _hours(report: Report, _: Words, __: Language) -> Iterator[Line]:
    for slot in report.figures.slots:
        for figure in ("good", "due") if not slot.future else ():
            value = _number(getattr(slot.pace, figure))
            yield _line("hours", from_us(slot.from_us).isoformat(), figure, value, "part")


def _rows(report: Report, _: Words, language: Language) -> Iterator[Line]:
    for row in report.figures.rows:
        for name in SHOWN:
            kpi = row.kpis[name]
            yield "machines", row.id, name, kpi.value, kpi.low, kpi.high, "1", ""
    for one in report.compared:
        oee = one.kpis["oee"]
        yield "compared", title_of(one.period, language), "oee", oee.value, oee.low, oee.high, "1", ""


def _orders(report: Report, _: Words, __: Language) -> Iterator[Line]:
    for order in report.orders:
        for figure in ("good", "scrap", "rework"):
            low, high = float(order[figure]), float(order[f"{figure}_high"])
            yield "orders", order["order"], figure, low, low, high, order["unit"], ""
    for reason, scrapped in report.scrap:
        yield _line("scrap", reason, "scrap", float(scrapped), "part")
    for note in report.notes:
        yield _line("notes", note.equipment, note.at.isoformat(), f"{note.note} ({note.person or note.client})", "")


def _number(count: int | None) -> float | None:
    return None if count is None else float(count)


def _plain(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell
