"""KPIs and orders read the same booked quantities: what people report to be scrap is scrap in both, hour by hour."""

import json
import random
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import psycopg
import pytest

from contract.sample import from_us, to_us
from mes.orders.store_progress import refresh_progress
from runtime.lending import Connection
from tests.mes.erp.plants import client
from tests.mes.house import MINUTE, PLANT, START, keep, know, reading, sample
from tests.mes.orders.quantities.test_routes import BURR, made, running, scrapped
from verify.receipt import verify

HOUR = 60 * MINUTE
# Ten o'clock in Suzhou is a whole hour in UTC as well.
FIRST = START - 30 * MINUTE
STEPS = "SELECT machine, at, parts, bridged FROM count_step WHERE counter = 'reported' ORDER BY machine, at"


def window(begin: int, end: int) -> dict[str, str]:
    return {"from": from_us(begin).isoformat(), "to": from_us(end).isoformat()}


async def kpis(http: httpx.AsyncClient, begin: int, end: int, **more: str) -> dict[str, Any]:
    answer = await http.get("/api/v1/equipment/press-1/kpis", params=window(begin, end) | more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def counts(http: httpx.AsyncClient, begin: int, end: int) -> tuple[int, int]:
    answer = (await http.get("/api/v1/equipment/press-1/counts", params=window(begin, end))).json()
    return answer["good"], answer["scrap"]


async def booked(http: httpx.AsyncClient, begin: int, end: int) -> tuple[Decimal, Decimal]:
    answer = await http.get("/api/v1/quantities", params=window(begin, end) | {"by": "machine"})
    rows = [row for row in answer.json()["items"] if row["machine"] == "press-1"]
    return sum((Decimal(r["good"]) for r in rows), Decimal(0)), sum((Decimal(r["scrap"]) for r in rows), Decimal(0))


async def test_scrap_that_people_report_lowers_quality_and_oee(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        keep(database)
        before = await kpis(http, START, START + 41 * MINUTE)
        # The counter has told 20 by then and 40 in all: 30 are explained by it, the next 30 are more.
        await scrapped(http, id_, "30", 20)
        keep(database)
        explained = await kpis(http, START, START + 41 * MINUTE)
        await scrapped(http, id_, "40", 25)
        keep(database)
        after = await kpis(http, START, START + 41 * MINUTE)
        then = await kpis(http, START, START + 41 * MINUTE, as_of=before["as_of"])

    def told(answer: dict[str, Any]) -> tuple[int, int, float]:
        return answer["elements"]["good"], answer["elements"]["scrap"], answer["quality_ratio"]["value"]

    assert told(before) == told(explained) == told(then)
    assert told(after)[:2] == (before["elements"]["good"] - 30, before["elements"]["scrap"] + 30)
    assert told(after)[2] < told(before)[2]
    assert after["oee"]["value"] < before["oee"]["value"]


async def test_the_progress_of_an_order_is_without_what_people_report_to_be_scrap(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http, reading(database) as conn:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await scrapped(http, id_, "70", 25)
        keep(database)
        await refresh_progress(conn, PLANT, START + 41 * MINUTE)
        order = (await http.get("/api/v1/orders/WO-1")).json()

    assert order["good"] == "730"


async def test_the_good_parts_of_an_order_are_those_of_its_quantities_while_it_runs_and_after_its_end(
    database: str,
) -> None:
    made(database)
    end = START + 41 * MINUTE

    async def good(http: httpx.AsyncClient, conn: Connection) -> tuple[str, str]:
        keep(database)
        await refresh_progress(conn, PLANT, to_us(datetime.now(UTC)))
        asked = window(START, end) | {"by": "order"}
        [row] = (await http.get("/api/v1/quantities", params=asked)).json()["items"]
        return (await http.get("/api/v1/orders/WO-1")).json()["good"], row["good"]

    async with client(database, PLANT) as http, reading(database) as conn:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        rework = {
            "operation": id_,
            "kind": "rework",
            "quantity": "25",
            "made_at": from_us(START + 25 * MINUTE).isoformat(),
        }
        row = (await http.post("/api/v1/production-quantities", json=rework)).json()
        runs = await good(http, conn)
        body = {"at": from_us(START + 40 * MINUTE).isoformat(), "override": ["quantity"]}
        await http.post(f"/api/v1/operations/{id_}/complete", json=body)
        over = await good(http, conn)
        await scrapped(http, id_, "70", 25)
        later = await good(http, conn)
        await http.post(f"/api/v1/production-quantities/{row['id']}/correct", json={"quantity": "5", "why": "a slip"})
        corrected = await good(http, conn)

    assert [runs, over, later, corrected] == [(n, n) for n in ("735", "735", "704", "724")]


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_reported_and_corrected_each_hour_has_one_good_and_one_scrap(
    database: str, seed: int
) -> None:
    dice = random.Random(seed)
    made(database, 100)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        for _ in range(dice.randint(1, 6)):
            row = await scrapped(http, id_, str(dice.randint(1, 60)), dice.randint(0, 100))
            if dice.random() < 0.4:
                body = {"quantity": str(dice.randint(0, 40)), "why": "counted again"}
                await http.post(f"/api/v1/production-quantities/{row['id']}/correct", json=body)
            if dice.random() < 0.5:
                keep(database)
        keep(database)
        cuts = [FIRST + n * 10 * MINUTE for n in range(3, 14)]
        for begin, end in pairwise(cuts):
            assert await counts(http, begin, end) == await booked(http, begin, end), from_us(begin)
            assert min(await counts(http, begin, end)) >= 0
        first = rows(database)
        # Incremental and from scratch give the same rows.
        forget(database)
        keep(database)

    assert rows(database) == first


async def test_a_begin_that_is_moved_takes_reported_scrap_along_and_the_change_is_on_record(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await scrapped(http, id_, "100", 15)
        keep(database)
        was = await counts(http, START, START + 41 * MINUTE)
        body = {"seq": 2, "at": from_us(START + 38 * MINUTE).isoformat(), "reason": "began later"}
        assert (await http.post(f"/api/v1/operations/{id_}/move", json=body)).status_code in (200, 422)
        assert (await http.post(f"/api/v1/operations/{id_}/undo", json={"reason": "wrong order"})).status_code == 200
        keep(database)
        now = await counts(http, START, START + 41 * MINUTE)
        restated = (await http.get("/api/v1/restatements", params=window(START, START + HOUR))).json()["items"]

    assert was == (700, 100)
    assert now == (760, 40)
    assert {one["cause"] for one in restated} >= {"transition", "quantity"}


async def test_late_parts_are_scrap_where_they_were_made_and_a_receipt_of_it_holds(database: str) -> None:
    """A report that came before its parts were known meets them once they are."""
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        know(database, [sample("press-1", "state", 0, 1.0), sample("press-1", "total", 0, 100.0)], epoch=2)
        id_ = await running(http)
        await scrapped(http, id_, "60", 30)
        keep(database)
        empty = await counts(http, START, START + 41 * MINUTE)
        made(database)
        # What counters tell is set against reports every ten seconds, and when the keeper starts.
        keep(database)
        now = await counts(http, START, START + 41 * MINUTE)
        receipt = await http.get("/api/v1/equipment/press-1/kpis", params=window(START, START + 41 * MINUTE))
        leads = (await http.get(f"/api/v1/kpis/{receipt.json()['id']}/explain")).content

    assert empty == (0, 0)
    assert now == (740, 60)
    assert b'"reported"' in leads
    verify(json.loads(leads))


def rows(database: str) -> list[Any]:
    with psycopg.connect(database) as conn:
        return conn.execute(
            "SELECT machine, at, parts, bridged FROM count_step WHERE counter = 'reported' ORDER BY 1, 2"
        ).fetchall()


def forget(database: str) -> None:
    """All facts are made anew, of which reported scrap is one."""
    with psycopg.connect(database) as conn:
        conn.execute("DELETE FROM count_step WHERE counter = 'reported'")
        conn.execute("INSERT INTO reported_span VALUES ('press-1', 0, 7258118400000000)")
