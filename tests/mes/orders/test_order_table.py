import io
import zipfile
from typing import Any

import pytest
import xlsxwriter

from config.tables.table_file import BadTable
from mes.orders.order_table import WrongCell, rows_of
from tests.times import at

ZONE = "Asia/Shanghai"
HEAD = "id,product,quantity,due_at,line\n"
ROW = {"id": "WO-1", "product": "A/1", "quantity": "2.5", "due_at": "2026-12-01T06:00:00Z", "line": "line-1"}


def wrong(content: bytes, zone: str = ZONE) -> WrongCell:
    found = rows_of(content, zone)[0]
    assert isinstance(found, WrongCell)
    return found


@pytest.mark.parametrize(
    "content",
    [
        (HEAD + "WO-1,A/1,2.5,2026-12-01T06:00:00Z,line-1\n").encode(),
        (HEAD + "\n,,,,\nWO-1,A/1,2.5,2026-12-01 14:00,line-1\n").encode("utf-8-sig"),
        "工单号;物料号;数量;交期;产线\nWO-1;A/1;2,5;2026/12/1 14:00;line-1\n".encode("gb18030"),
        "Order Number\tPart number\tQty\tDue Date\tLine\nWO-1\tA/1\t2.5\t2026.12.01 14:00:00\tline-1".encode("utf-16"),
    ],
)
def test_a_table_is_read_however_a_spreadsheet_saved_it_in_both_languages(content: bytes) -> None:
    assert rows_of(content, ZONE) == [ROW]


@pytest.mark.parametrize(("cell", "quantity"), [("0,250", "0.250"), ("1,2000", "1.2000"), ("1200", "1200")])
def test_a_comma_that_can_only_stand_before_decimals_is_a_point(cell: str, quantity: str) -> None:
    found = rows_of((HEAD.replace(",", ";") + f"WO-1;A;{cell};2026-12-01 14:00;").encode(), ZONE)

    assert isinstance(found[0], dict)
    assert found[0]["quantity"] == quantity


def book(*rows: list[Any]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def test_a_workbook_gives_numbers_and_dates_as_people_see_them() -> None:
    head = ["订单号", "产品", "数量", "交期", "产线"]
    content = book(head, [1042, "007", 2.5, at("2026-12-01 14:00").replace(tzinfo=None), "line-1"])

    assert rows_of(content, ZONE) == [ROW | {"id": "1042", "product": "007"}]


def test_a_date_alone_is_the_end_of_that_day_where_the_site_is() -> None:
    found = rows_of((HEAD + "WO-1,A/1,2.5,2026-12-01,line-1").encode(), ZONE)

    assert found == [ROW | {"due_at": "2026-12-01T16:00:00Z"}]


@pytest.mark.parametrize(
    ("row", "zone", "column", "said"),
    [
        ("WO-1;A;1.500;2026-12-01 14:00;", ZONE, "quantity", "thousands"),
        ("WO-1;A;1,200;2026-12-01 14:00;", ZONE, "quantity", "write 1200, or 1,2000"),
        ("WO-1;A;1,200,000;2026-12-01 14:00;", ZONE, "quantity", "two meanings"),
        ("WO-1;A;1;2026-02-30 14:00;", ZONE, "due_at", "2026-12-01 14:00"),
        ("WO-1;A;1;2026-10-25 02:30;", "Europe/Berlin", "due_at", "clocks of Europe/Berlin"),
        ("WO-1;A;1;2026-03-29 02:30;", "Europe/Berlin", "due_at", "clocks of Europe/Berlin"),
        ("WO-1;A;1;2026-12-01 14:00;x;note", ZONE, "column 6", "no heading"),
    ],
)
def test_a_cell_that_would_be_a_guess_is_told_with_its_row(row: str, zone: str, column: str, said: str) -> None:
    found = wrong((HEAD.replace(",", ";") + row).encode(), zone)

    assert (found.column, found.key) == (column, "WO-1")
    assert said in found.cure


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"id,product,due_at\n", "no column 'quantity'"),
        (HEAD.replace("line", "colour").encode(), "a column 'colour'"),
        (HEAD.replace("line", "qty").encode(), "two columns for 'quantity'"),
        (b"PK\x03\x04 no archive", "cannot be read"),
    ],
)
def test_what_is_no_table_of_orders_says_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(BadTable, match=said):
        rows_of(content, ZONE)


def test_a_small_workbook_that_unpacks_to_gigabytes_is_refused_unread() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 64 * 1024 * 1024)
    content = out.getvalue()

    assert len(content) < 100_000
    with pytest.raises(BadTable, match="8 MiB"):
        rows_of(content, ZONE)
    lie = content.replace((64 * 1024 * 1024).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(BadTable, match="cannot be read"):
        rows_of(lie, ZONE)
