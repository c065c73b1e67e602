"""A table of orders, as a spreadsheet or an ERP writes it → rows as the API takes them. Pure."""

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.tables.table_file import BLANKS, BadTable, table_of

NEEDED = ("id", "product", "quantity", "due_at")
OTHERS = (
    "unit",
    "machine",
    "line",
    "priority",
    "customer_reference",
    "project",
    "external_system",
    "external_number",
    "confirm_every",
)
COLUMNS = (*NEEDED, *OTHERS)
# What else columns are called, in English and Chinese.
HEADINGS = {
    "order": "id",
    "order id": "id",
    "order number": "id",
    "work order": "id",
    "订单": "id",
    "订单号": "id",
    "工单": "id",
    "工单号": "id",
    "material": "product",
    "material number": "product",
    "part number": "product",
    "产品": "product",
    "产品编号": "product",
    "物料": "product",
    "物料号": "product",
    "物料编码": "product",
    "qty": "quantity",
    "数量": "quantity",
    "uom": "unit",
    "单位": "unit",
    "due": "due_at",
    "due date": "due_at",
    "due time": "due_at",
    "交期": "due_at",
    "交货期": "due_at",
    "到期时间": "due_at",
    "机器": "machine",
    "机台": "machine",
    "设备": "machine",
    "产线": "line",
    "生产线": "line",
    "优先级": "priority",
    "customer": "customer_reference",
    "customer reference": "customer_reference",
    "客户": "customer_reference",
    "客户参考": "customer_reference",
    "客户订单号": "customer_reference",
    "项目": "project",
    "external system": "external_system",
    "外部系统": "external_system",
    "来源系统": "external_system",
    "external number": "external_number",
    "外部单号": "external_number",
    "外部编号": "external_number",
    "confirm every": "confirm_every",
    "报工批量": "confirm_every",
}
# A workbook is an archive: what a small one unpacks to has a bound, too.
MOST_UNPACKED = 8 * 1024 * 1024
LOCAL = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.0+)?)?)?")
# 1,200 is 1200 to some and 1.2 to others; 0,200 and 1,2000 can only be decimals.
GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+")
WRONG_TIME = "Give a time such as 2026-12-01 14:00, or with its zone: 2026-12-01T14:00:00Z."


class WrongCell(ValueError):
    """A cell that cannot be read; the column and the cure, and the id of the order where its row has one."""

    def __init__(self, column: str, cure: str, key: str | None = None) -> None:
        super().__init__(f"{column}: {cure}")
        self.column, self.cure, self.key = column, cure, key


def rows_of(content: bytes, zone: str) -> list[dict[str, Any] | WrongCell]:
    """The rows that are not empty, keyed as the API takes them; BadTable where it is no table of orders.

    Times without a zone are those of the site's `zone`; a date alone is the end of that day.
    """
    _need_small(content)
    table = table_of(content)
    filled = [row for row in table.rows if any(cell.strip(BLANKS) for cell in row)]
    if not filled:
        raise BadTable("is empty: the first row names the columns")
    names = _columns(filled[0])
    return [_row(names, row, ZoneInfo(zone), table.comma) for row in filled[1:]]


def _need_small(content: bytes) -> None:
    """BadTable for a workbook that unpacks to more than any table of orders has."""
    if not content.startswith(b"PK\x03\x04"):
        return
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                with archive.open(member) as unpacked:
                    # To its end, where the length and the checksum that it says are compared with what was there.
                    while block := unpacked.read(min(left + 1, 65_536)):
                        left -= len(block)
                        if left < 0:
                            raise BadTable("unpacks to more than 8 MiB: save only the table of orders")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as err:
        if isinstance(err, BadTable):
            raise
        raise BadTable("is a workbook that cannot be read: open it, take off its password and save it as xlsx") from err


def _columns(cells: Sequence[str]) -> list[str]:
    """The key of each column, "" for one without a heading."""
    given = [" ".join(cell.strip(BLANKS).lower().split()) for cell in cells]
    names = [HEADINGS.get(one, one.replace(" ", "_")) for one in given]
    unknown = [cell for cell, name in zip(cells, names, strict=True) if name and name not in COLUMNS]
    if unknown:
        raise BadTable(f"has a column '{unknown[0]}' that no order has: known are {', '.join(COLUMNS)}")
    twice = [name for name in COLUMNS if names.count(name) > 1]
    if twice:
        raise BadTable(f"has two columns for '{twice[0]}': leave one out")
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise BadTable(f"has no column '{missing[0]}': the first row names the columns, at least {', '.join(NEEDED)}")
    return names


def _row(names: Sequence[str], cells: Sequence[str], zone: ZoneInfo, comma: bool) -> dict[str, Any] | WrongCell:
    found: dict[str, Any] = {}
    try:
        for number, cell in enumerate(cells):
            text = cell.strip(BLANKS)
            if not text:
                continue
            name = names[number] if number < len(names) else ""
            if not name:
                raise WrongCell(f"column {number + 1}", f"'{text[:40]}' stands under no heading: give the column one.")
            found[name] = _value(name, text, zone, comma)
    except WrongCell as wrong:
        id_ = dict(zip(names, cells, strict=False)).get("id", "").strip(BLANKS)
        return WrongCell(wrong.column, wrong.cure, id_ or None)
    return found


def _value(name: str, text: str, zone: ZoneInfo, comma: bool) -> str:
    if name == "quantity" and comma:
        if "." in text:
            raise WrongCell(name, "Write the number without thousands separators.")
        if GROUPED.fullmatch(text):
            plain, exact = text.replace(",", ""), f"{text}0"
            raise WrongCell(name, f"'{text[:40]}' has two meanings: write {plain[:40]}, or {exact[:40]} for decimals.")
        return text.replace(",", ".")
    return instant_of(text, zone) if name == "due_at" else text


def instant_of(text: str, zone: ZoneInfo) -> str:
    """The instant in UTC; what says its zone is left to the API."""
    found = LOCAL.fullmatch(text)
    if found is None:
        return text
    year, month, day, hour, minute, second = (None if part is None else int(part) for part in found.groups())
    try:
        if hour is None:
            ends = date(year or 0, month or 0, day or 0) + timedelta(days=1)
            local = datetime(ends.year, ends.month, ends.day, tzinfo=zone)
        else:
            local = datetime(year or 0, month or 0, day or 0, hour, minute or 0, second or 0, tzinfo=zone)
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            raise WrongCell("due_at", f"On that day the clocks of {zone.key} are changed: give the time with its zone.")
        return local.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError) as err:
        if isinstance(err, WrongCell):
            raise
        raise WrongCell("due_at", WRONG_TIME) from err
