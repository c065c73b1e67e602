"""Production events by API: what machines and people spent on operations, and what of it is confirmed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg

from contract.sample import from_us
from tests.mes.erp.plants import client
from tests.mes.house import MINUTE, PLANT, START, keep
from tests.mes.orders.confirmations.test_routes import confirmed, ended
from tests.mes.orders.quantities.test_routes import WINDOW, made, running

LI = {"Shopfloor-Person": "Li%20Wei"}
ADDRESS = "/api/v1/production-events"


def minute(number: float) -> str:
    return from_us(START + round(number * MINUTE)).isoformat().replace("+00:00", "Z")


async def labour(http: httpx.AsyncClient, id_: str, start: float, end: float | None = None, **more: str) -> Any:
    body = {"operation": id_, "from": minute(start)} | ({} if end is None else {"to": minute(end)}) | more
    return await http.post(ADDRESS, json=body, headers=LI)


async def listed(http: httpx.AsyncClient, **more: str) -> list[dict[str, Any]]:
    answer = await http.get(ADDRESS, params=WINDOW | more)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def test_setup_machine_time_and_labour_of_an_operation_are_listed(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        id_ = await running(http)
        await ended(http, id_)
        keep(database)
        entry = await labour(http, id_, 5, 20, comment="tool change")
        found = await listed(http, order="WO-1")
        of_kind = await listed(http, kind="run", machine="press-1")
        of_person = await listed(http, worker="Li Wei")
        of_others = [await listed(http, **one) for one in ({"worker": "Wang"}, {"machine": "press-2"})]

    # The first part came three seconds after the begin, read every other second.
    times = [(one["kind"], one["from"], one["to"], one["source"]) for one in found]
    first = from_us(START + 4_000_000).isoformat().replace("+00:00", "Z")
    assert times == [
        ("setup", minute(0), first, "transitions"),
        ("run", first, minute(45), "transitions"),
        ("labour", minute(5), minute(20), "entry"),
    ]
    assert entry.status_code == 201
    assert [one["kind"] for one in of_kind] == ["run"]
    assert [(one["id"], one["worker"], one["comment"]) for one in of_person] == [
        (entry.json()["id"], "Li Wei", "tool change")
    ]
    assert of_others == [[], []]


async def test_labour_begins_now_and_ends_now(database: str) -> None:
    async with client(database, PLANT) as http:
        id_ = await running(http)
        begun = await http.post(ADDRESS, json={"operation": id_}, headers=LI)
        twice = await http.post(ADDRESS, json={"operation": id_}, headers=LI)
        other = await http.post(ADDRESS, json={"operation": id_, "worker": "Wang Fang"}, headers=LI)
        done = await http.post(f"{ADDRESS}/{begun.json()['id']}/end", headers=LI)
        again = await http.post(f"{ADDRESS}/{begun.json()['id']}/end", headers=LI)

    assert (begun.status_code, begun.json()["worker"], begun.json()["to"]) == (201, "Li Wei", None)
    assert (twice.status_code, other.status_code, again.status_code) == (409, 201, 409)
    assert (done.json()["id"], done.json()["from"]) == (begun.json()["id"], begun.json()["from"])
    assert done.json()["to"] > done.json()["from"]
    assert done.json()["corrected"] is False


async def test_a_correction_of_labour_keeps_what_was_said_before(database: str) -> None:
    async with client(database, PLANT) as http:
        id_ = await running(http)
        entry = (await labour(http, id_, 5, 20)).json()["id"]
        body = {"from": minute(5), "to": minute(15), "why": "signed off too late"}
        better = (await http.post(f"{ADDRESS}/{entry}/correct", json=body, headers=LI)).json()
        none = {"from": minute(5), "to": minute(5), "why": "wrong order"}
        gone = await http.post(f"{ADDRESS}/{entry}/correct", json=none, headers=LI)
        later = await http.post(f"{ADDRESS}/{entry}/correct", json=body, headers=LI)
        left = await listed(http, kind="labour")
    with psycopg.connect(database) as conn:
        rows = conn.execute("SELECT why, to_at - from_at FROM production_event ORDER BY written").fetchall()
        told = conn.execute(
            "SELECT data->>'to' FROM outbox_event WHERE type = 'labour.booked' ORDER BY written"
        ).fetchall()
        acts = conn.execute("SELECT action FROM audit_entry WHERE action LIKE '%labour' ORDER BY written").fetchall()

    assert (better["to"], better["corrected"]) == (minute(15), True)
    assert (gone.status_code, later.status_code, left) == (200, 409, [])
    assert [(why, int(span.total_seconds())) for why, span in rows] == [
        ("", 900),
        ("signed off too late", 600),
        ("wrong order", 0),
    ]
    assert told == [(minute(20),), (minute(15),), (minute(5),)]
    assert acts == [("labour",), ("correct labour",), ("correct labour",)]


async def test_labour_that_nobody_can_have_done_is_refused(database: str) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    async with client(database, PLANT) as http:
        id_ = await running(http)
        wrong = [
            await labour(http, id_, 20, 5),
            await labour(http, id_, 0, 24 * 60 + 1),
            await http.post(ADDRESS, json={"operation": id_, "to": minute(5)}, headers=LI),
            await http.post(ADDRESS, json={"operation": id_, "from": "2199-01-01T00:00:00Z"}, headers=LI),
            await http.post(ADDRESS, json={"operation": id_}),
        ]
        none = [await labour(http, nobody, 5, 20), await http.post(f"{ADDRESS}/{nobody}/end", headers=LI)]
        wish = {"product": "bracket-a", "quantity": "9", "due_at": "2026-11-24T12:00:00Z", "machine": "press-1"}
        unbegun = (await http.put("/api/v1/orders/WO-2", json=wish)).json()["operations"][0]["id"]
        early = await labour(http, unbegun, 5, 20)

    assert [(one.status_code, one.json()["errors"][0]["place"]) for one in wrong] == [
        (422, "body.to"),
        (422, "body.to"),
        (422, "body.from"),
        (422, "body.from"),
        (422, "body.worker"),
    ]
    assert [one.status_code for one in none] == [404, 404]
    assert early.status_code == 409


async def test_confirmations_add_up_to_the_labour_that_has_ended(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        id_ = await running(http)
        entry = (await labour(http, id_, 5, 20)).json()["id"]
        await labour(http, id_, 30)
        keep(database)
        [first] = await confirmed(http, id_)
        body = {"from": minute(5), "to": minute(15), "why": "signed off too late"}
        await http.post(f"{ADDRESS}/{entry}/correct", json=body, headers=LI)
        keep(database)
        less = await confirmed(http, id_)
        await ended(http, id_)
        keep(database)
        final = (await confirmed(http, id_, kind="final"))[-1]
        told = (await http.get(f"/api/v1/operations/{id_}/confirmations")).json()

    assert first["labour_us"] == 15 * MINUTE
    assert [(one["kind"], one["labour_us"]) for one in less] == [("reversal", -15 * MINUTE), ("partial", 10 * MINUTE)]
    # What goes on ends with the operation, at minute 45; its machine time is less than was told, so all is told anew.
    assert final["labour_us"] == 25 * MINUTE
    assert sum(one["labour_us"] for one in told) == 25 * MINUTE


async def test_labour_that_was_begun_after_an_end_that_is_told_late_is_not_lost(database: str) -> None:
    async with client(database, PLANT) as http:
        id_ = await running(http)
        begun = (await http.post(ADDRESS, json={"operation": id_}, headers=LI)).json()
        await ended(http, id_)
        now = datetime.now(UTC).isoformat()
        window = {"from": begun["from"], "to": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
        [found] = (await http.get(ADDRESS, params=window | {"kind": "labour"})).json()

    assert found["id"] == begun["id"]
    assert begun["from"] < found["to"] <= now
