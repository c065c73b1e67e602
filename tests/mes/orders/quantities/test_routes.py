"""Quantities by API: counters and people meet once, corrections are rows of their own, every level adds up."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import python_calamine

from contract.sample import from_us
from mes.orders.store_progress import refresh_progress
from tests.mes.erp.plants import client
from tests.mes.house import MINUTE, PLANT, START, keep, know, reading, sample

WINDOW = {"from": from_us(START - 60 * MINUTE).isoformat(), "to": from_us(START + 120 * MINUTE).isoformat()}
BURR = {"kind": "scrap", "name_en": "Burr", "name_zh": "毛刺"}


def made(database: str, minutes: int = 40, epoch: int = 1) -> None:
    """Twenty parts a minute, one of them rejected, read every two seconds."""
    samples = []
    for second in range(0, 60 * minutes + 1, 2):
        counted = (("total", 100.0 + second // 3), ("rejects", float(second // 60)))
        for tag, value in (("state", 1.0), ("product", 1.0), *counted):
            samples.append(sample("press-1", tag, second, value))
    know(database, samples, epoch)


async def running(http: httpx.AsyncClient, minute: int = 0, id_: str = "WO-1", **more: str) -> str:
    """An order that began at a minute; the id of its operation."""
    wish = {"product": "bracket-a", "quantity": "9000", "due_at": "2026-11-24T12:00:00Z", "machine": "press-1"}
    await http.put(f"/api/v1/orders/{id_}", json=wish | more)
    at = from_us(START + minute * MINUTE).isoformat()
    answer = await http.post(f"/api/v1/orders/{id_}/start", json={"at": at})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["operations"][0]["id"])


async def scrapped(http: httpx.AsyncClient, id_: str, quantity: str, minute: int = 20) -> dict[str, Any]:
    body = {
        "operation": id_,
        "kind": "scrap",
        "quantity": quantity,
        "reason": "burr",
        "made_at": from_us(START + minute * MINUTE).isoformat(),
    }
    answer = await http.post("/api/v1/production-quantities", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def sums(http: httpx.AsyncClient, *by: str, **more: str) -> list[dict[str, Any]]:
    answer = await http.get("/api/v1/quantities", params=WINDOW | {"by": ",".join(by)} | more)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_scrap_of_the_counter_is_explained_and_more_is_more(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await scrapped(http, id_, "7")
        keep(database)
        [explained] = await sums(http, "order")
        await scrapped(http, id_, "50.5")
        keep(database)
        [more] = await sums(http, "order")

    # Forty minutes with twenty parts each, one of them rejected.
    assert (explained["good"], explained["scrap"], explained["scrap_by_reason"]) == (
        "760",
        "40",
        {"burr": "7", "unassigned": "33"},
    )
    assert (more["good"], more["scrap"], more["scrap_by_reason"]) == ("742.5", "57.5", {"burr": "57.5"})
    assert (more["order"], more["unit"], more["good_high"]) == ("WO-1", "C62", "742.5")


async def test_a_correction_is_a_row_with_author_and_why_and_the_first_row_stays(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        row = await scrapped(http, id_, "70")
        address, who = f"/api/v1/production-quantities/{row['id']}/correct", {"Shopfloor-Person": "Wang"}
        right = (await http.post(address, json={"quantity": "50", "why": "counted again"}, headers=who)).json()
        again = await http.post(
            f"/api/v1/production-quantities/{right['id']}/correct", json={"quantity": "1", "why": "x"}
        )
        below = await http.post(address, json={"quantity": "-1", "why": "x"})
        keep(database)
        listed = (await http.get("/api/v1/production-quantities", params={"operation": id_})).json()
        [now] = await sums(http, "order")

    assert [(r["quantity"], r["person"], r["comment"], r["corrects"]) for r in listed] == [
        ("-20", "Wang", "counted again", row["id"]),
        ("70", None, "", None),
    ]
    assert (again.status_code, below.status_code) == (409, 422)
    assert now["scrap"] == "50"


async def test_of_many_who_correct_the_same_report_at_once_the_last_is_right(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        row = await scrapped(http, await running(http), "47")
        address = f"/api/v1/production-quantities/{row['id']}/correct"
        bodies = [{"quantity": str(n), "why": "counted again"} for n in range(10, 16)]
        answers = await asyncio.gather(*(http.post(address, json=body) for body in bodies))
        rows = (await http.get("/api/v1/production-quantities", params={"operation": row["operation"]})).json()

    assert {answer.status_code for answer in answers} == {200}
    assert sum(Decimal(one["quantity"]) for one in rows) in range(10, 16)


async def test_every_level_adds_up_to_the_part(database: str) -> None:
    made(database, 100)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        first = await running(http)
        await scrapped(http, first, "60", 10)
        await http.post(
            "/api/v1/orders/WO-1/complete",
            json={"at": from_us(START + 50 * MINUTE).isoformat(), "override": ["quantity"]},
        )
        second = await running(http, 55, "WO-2")
        await scrapped(http, second, "3", 61)
        keep(database)
        levels = [
            await sums(http, *by)
            for by in (("machine",), ("order",), ("hour",), ("shift", "product"), ("day", "machine", "hour"))
        ]

    for kind in ("good", "scrap", "rework"):
        totals = {sum(Decimal(item[kind]) for item in level) for level in levels}
        assert len(totals) == 1, kind
    assert [len(level) for level in levels][:2] == [1, 2]


async def test_parts_that_no_order_has_are_listed_and_a_begin_that_is_told_later_gives_them_one(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await running(http, 30)
        keep(database)
        before = (await http.get("/api/v1/unassigned-parts", params=WINDOW)).json()
        id_ = (await http.get("/api/v1/orders/WO-1")).json()["operations"][0]["id"]
        body = {"seq": 2, "at": from_us(START).isoformat(), "reason": "nobody had pressed start"}
        assert (await http.post(f"/api/v1/operations/{id_}/move", json=body)).status_code == 200
        keep(database)
        after = (await http.get("/api/v1/unassigned-parts", params=WINDOW)).json()
        [whole] = await sums(http, "order")

    assert sum(row["parts"] for row in before if row["counter"] == "total") == (30 * 60 - 2) // 3
    assert sum(row["parts"] for row in after) == 0
    assert Decimal(whole["good"]) + Decimal(whole["scrap"]) == 40 * 20


async def test_what_was_known_then_is_told_again(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        keep(database)
        first = (await http.get("/api/v1/quantities", params=WINDOW)).json()
        await scrapped(http, id_, "500")
        await http.post(f"/api/v1/operations/{id_}/undo", json={"reason": "wrong order"})
        keep(database)
        now = (await http.get("/api/v1/quantities", params=WINDOW)).json()
        again = (await http.get("/api/v1/quantities", params=WINDOW | {"as_of": first["as_of"]})).json()

    assert again["items"] == first["items"] != now["items"]


async def test_tables_hold_what_the_answer_holds(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await running(http)
        keep(database)
        [item] = await sums(http, "order", "shift")
        text = await http.get("/api/v1/quantities", params=WINDOW | {"by": "order,shift", "format": "csv"})
        book = await http.get("/api/v1/quantities", params=WINDOW | {"by": "order,shift", "format": "xlsx"})

    [row] = csv.DictReader(io.StringIO(text.content.decode("utf-8-sig")))
    head, line = (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    )
    assert row == {name: item[name] for name in row}
    assert dict(zip(head, line, strict=True)) == row | {
        name: float(row[name]) for name in row if row[name][0].isdigit()
    }


async def test_a_report_that_cannot_be_true_names_the_place(database: str) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    bodies: list[tuple[dict[str, Any], str]] = [
        ({"kind": "scrap", "quantity": "1"}, "body.reason"),
        ({"kind": "good", "quantity": "1", "reason": "burr"}, "body.reason"),
        ({"kind": "scrap", "quantity": "1", "reason": "rust"}, "body.reason"),
        ({"kind": "good", "quantity": "1", "made_at": later}, "body.made_at"),
        ({"kind": "good", "quantity": 1.5}, "body.quantity"),
        ({"kind": "good", "quantity": "-1"}, "body.quantity"),
    ]
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        answers = [
            await http.post("/api/v1/production-quantities", json=body | {"operation": id_}) for body, _ in bodies
        ]

    assert [(a.status_code, a.json()["errors"][0]["place"]) for a in answers] == [(422, place) for _, place in bodies]


async def test_a_reason_keeps_its_kind_and_is_under_none_of_its_own(database: str) -> None:
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/surface", json=BURR)
        under = await http.put("/api/v1/reasons/burr", json=BURR | {"parent": "surface"})
        circle = await http.put("/api/v1/reasons/surface", json=BURR | {"parent": "burr"})
        other = await http.put("/api/v1/reasons/burr", json=BURR | {"kind": "stop"})
        again = await http.put("/api/v1/reasons/burr", json=BURR | {"parent": "surface"})
        listed = (await http.get("/api/v1/reasons", params={"kind": "scrap"})).json()

    assert (under.status_code, circle.status_code, other.status_code) == (200, 422, 409)
    assert again.json() == under.json()
    assert [reason["id"] for reason in listed] == ["burr", "defect", "surface"]


async def of_wire(http: httpx.AsyncClient, source: str) -> None:
    """An order of wire begins on press-1, where a part is two and a half metres; counted by this source."""
    names = {"en": "Wire", "zh": "线"}
    await http.put("/api/v1/products", json={"number": "bracket-a", "names": names, "base_unit": "MTR"})
    step = {"step": 10, "machines": ["press-1"], "units_per_count": "2.5", "count_source": source}
    body = {"product": "bracket-a", "label": "A", "routing": [step]}
    version = (await http.post("/api/v1/product-versions", json=body)).json()["id"]
    await http.post(f"/api/v1/product-versions/{version}/release")
    wish = {"product": "bracket-a", "quantity": "9000", "due_at": "2026-11-24T12:00:00Z"}
    await http.put("/api/v1/orders/WO-1", json=wish)
    answer = await http.post("/api/v1/orders/WO-1/start", json={"at": from_us(START).isoformat()})
    assert answer.status_code == 200, answer.text


async def test_a_counted_part_stands_for_the_units_of_the_released_step(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http, reading(database) as conn:
        await of_wire(http, "counter")
        keep(database)
        [found] = await sums(http, "order")
        await refresh_progress(conn, PLANT, START + 41 * MINUTE)
        order = (await http.get("/api/v1/orders/WO-1")).json()

    # Forty minutes with twenty parts each, one of them rejected.
    assert (found["good"], found["scrap"], found["unit"]) == ("1900", "100", "MTR")
    assert (order["good"], round(order["rate_per_hour"])) == ("1900", round(1900 * 60 / 41))


async def test_a_step_that_the_operator_counts_takes_nothing_from_the_counter(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http, reading(database) as conn:
        await of_wire(http, "operator")
        keep(database)
        found = await sums(http, "order")
        await refresh_progress(conn, PLANT, START + 41 * MINUTE)
        order = (await http.get("/api/v1/orders/WO-1")).json()

    assert [one["good"] for one in found] in ([], ["0"])
    assert (order["good"], order["rate_per_hour"]) == (None, None)


async def test_more_scrap_than_was_counted_is_told_at_once_and_on_the_page(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        keep(database)
        fine = await scrapped(http, id_, "700")
        none = (await http.get("/orders/WO-1?lang=en")).text
        # Forty minutes with twenty parts each.
        more = await scrapped(http, id_, "200.5")
        page = (await http.get("/orders/WO-1?lang=en")).text
        body = {"quantity": "100", "why": "counted again"}
        right = (await http.post(f"/api/v1/production-quantities/{more['id']}/correct", json=body)).json()
        ending = {"at": from_us(START + 50 * MINUTE).isoformat(), "override": ["quantity"]}
        assert (await http.post(f"/api/v1/operations/{id_}/complete", json=ending)).status_code == 200
        days_later = await scrapped(http, id_, "4", 50 * 60)

    assert [one["not_counted"] for one in (fine, more, right, days_later)] == ["0", "100.5", "0", "4"]
    assert "100.5 more scrap and rework is reported than was counted" in page
    assert "more scrap and rework" not in none
