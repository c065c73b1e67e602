"""Many orders in one request: each row is taken or told why not, and a dry run keeps nothing."""

import json
from typing import Any

import psycopg
import pytest

from tests.mes.erp.plants import client
from tests.mes.orders.products.test_routes import NUMBER, released
from tests.mes.screens.lines import plant

WISH = {"product": "part", "quantity": "200", "due_at": "2027-01-31T14:00:00Z", "line": "line-1"}
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def row(id_: Any, **more: Any) -> dict[str, Any]:
    return {"id": id_} | WISH | more


def kept(database: str) -> list[str]:
    with psycopg.connect(database) as conn:
        return [id_ for (id_,) in conn.execute("SELECT id FROM work_order ORDER BY id").fetchall()]


async def test_a_row_that_is_not_taken_stops_no_other_and_says_why(database: str) -> None:
    rows = [
        row("WO-3"),
        row("WO-1", quantity=2.5),
        row("WO-2", product="gold"),
        row("WO-4", line=None),
        row("WO-3"),
        row(5),
        row("WO-5", product=NUMBER, line=None),
        row("WO-\ud800"),
        "WO-6",
        row("WO-3", quantity="201"),
    ]
    async with client(database, plant()) as http:
        await released(http)
        await http.put("/api/v1/orders/WO-9", json=WISH)
        await http.post("/api/v1/orders/WO-9/start")
        content = json.dumps({"rows": [*rows, row("WO-9", product="slow-part")]})
        answer = await http.post("/api/v1/bulk/orders", content=content, headers={"Content-Type": "application/json"})
    told = answer.json()

    assert answer.status_code == 200
    assert [(one["index"], one["key"], one["status"]) for one in told["rows"]] == [
        (0, "WO-3", 201),
        (1, "WO-1", 422),
        (2, "WO-2", 422),
        (3, "WO-4", 422),
        (4, "WO-3", 200),
        (5, None, 422),
        (6, "WO-5", 201),
        (7, "WO-\\ud800", 422),
        (8, None, 422),
        (9, "WO-3", 422),
        (10, "WO-9", 409),
    ]
    places = [one["problem"] and [mistake["place"] for mistake in one["problem"]["errors"]] for one in told["rows"]]
    assert places == [None, ["quantity"], ["product"], ["machine"], None, ["id"], None, ["id"], ["row"], ["id"], []]
    assert (told["taken"], kept(database)) == (3, ["WO-3", "WO-5", "WO-9"])


async def test_a_dry_run_tells_all_and_keeps_nothing(database: str) -> None:
    body = {"rows": [row("WO-1"), row("WO-2", product="gold")]}
    async with client(database, plant()) as http:
        dry = await http.post("/api/v1/bulk/orders", params={"dry_run": "true"}, json=body)
        nothing = kept(database)
        wet = await http.post("/api/v1/bulk/orders", json=body)
    with psycopg.connect(database) as conn:
        events = conn.execute("SELECT count(*) FROM outbox_event").fetchone()

    assert nothing == []
    assert dry.json() == wet.json() | {"dry_run": True}
    assert (kept(database), events) == (["WO-1"], (1,))


async def test_a_batch_that_is_sent_twice_with_one_key_is_taken_once(database: str) -> None:
    body = {"rows": [row("WO-1")]}
    async with client(database, plant()) as http:
        answers = [await http.post("/api/v1/bulk/orders", json=body, headers=KEY) for _ in range(2)]

    assert [answer.json()["rows"][0]["status"] for answer in answers] == [201, 201]


async def test_a_file_is_taken_like_the_rows_that_it_holds(database: str) -> None:
    table = "订单号,产品,数量,交期,产线\nWO-1,part,200,2027-01-31 14:00,line-1\nWO-2,part,viele,2027-01-31,line-1\n"
    twice = "WO-1,part,300,2027-01-31 14:00,line-1\n"
    async with client(database, plant()) as http:
        address, kind = "/api/v1/bulk/orders/file", {"Content-Type": "text/csv"}
        good = await http.post(address, content=(table + twice).encode("gb18030"), headers=kind)
        order = (await http.get("/api/v1/orders/WO-1")).json()
        bad = await http.post(address, content=b"a,b\n1,2", headers=kind)
        many = await http.post(
            address, content=(table + "WO-3,part,1,2027-01-31,line-1\n" * 999).encode(), headers=kind
        )

    assert [(one["key"], one["status"]) for one in good.json()["rows"]] == [
        ("WO-1", 201),
        ("WO-2", 422),
        ("WO-1", 422),
    ]
    assert "stands in row 0, too" in good.json()["rows"][2]["problem"]["detail"]
    assert order["quantity"] == "200"
    assert order["due_at"] == "2027-01-31T14:00:00Z"
    assert (bad.status_code, many.status_code) == (422, 422)
    assert "no order has" in bad.json()["detail"]


@pytest.mark.parametrize(("rows", "status"), [([], 422), ([row("WO-1")] * 1001, 422), ([row("x" * 1100)] * 960, 413)])
async def test_a_batch_has_1000_rows_and_1_mib_at_most(database: str, rows: list[Any], status: int) -> None:
    async with client(database, plant()) as http:
        answer = await http.post("/api/v1/bulk/orders", json={"rows": rows})

    assert answer.status_code == status
