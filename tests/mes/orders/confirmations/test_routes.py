"""Confirmations: what is certain is told once, numbered, and what was wrong is reversed; the feed has each."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import psycopg
from structlog.testing import capture_logs

from contract.sample import from_us
from mes.orders.confirmations.due import Tried
from mes.orders.confirmations.store import confirm_due
from mes.orders.quantities.store_quality import book_defects
from mes.orders.store_progress import refresh_progress
from tests.mes.erp.plants import client
from tests.mes.house import MINUTE, PLANT, START, keep, reading
from tests.mes.orders.quantities.test_routes import BURR, made, running, scrapped

WISH = {"product": "bracket-a", "quantity": "9000", "due_at": "2026-11-24T12:00:00Z", "machine": "press-1"}


async def confirmed(http: httpx.AsyncClient, id_: str, **body: str) -> list[dict[str, Any]]:
    answer = await http.post(f"/api/v1/operations/{id_}/confirmations", json=body)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def ended(http: httpx.AsyncClient, id_: str, minute: int = 45) -> None:
    body = {"at": from_us(START + minute * MINUTE).isoformat(), "override": ["quantity"]}
    assert (await http.post(f"/api/v1/operations/{id_}/complete", json=body)).status_code == 200


async def test_a_partial_tells_what_is_new_and_then_there_is_nothing_new(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await ended(http, id_)
        keep(database)
        [first] = await confirmed(http, id_)
        nothing = await confirmed(http, id_)
        await scrapped(http, id_, "47")
        keep(database)
        more = await confirmed(http, id_)

    assert (first["number"], first["kind"], first["good"], first["scrap"]) == (
        1,
        "partial",
        "760",
        {"unassigned": "40"},
    )
    # The first part came three seconds after the begin, read every other second.
    assert (first["setup_us"], first["run_us"]) == (4_000_000, 45 * MINUTE - 4_000_000)
    assert nothing == []
    # Less is good than was told: the first is taken back.
    assert [(c["number"], c["kind"], c["good"], c["scrap"]) for c in more] == [
        (2, "reversal", "-760", {"unassigned": "-40"}),
        (3, "partial", "753", {"burr": "47"}),
    ]


async def test_a_final_confirmation_needs_the_end_and_is_the_last_until_it_is_reversed(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        id_ = await running(http)
        early = await http.post(f"/api/v1/operations/{id_}/confirmations", json={"kind": "final"})
        await ended(http, id_)
        keep(database)
        [final] = await confirmed(http, id_, kind="final")
        late = await http.post(f"/api/v1/operations/{id_}/confirmations", json={})
        address = f"/api/v1/operations/{id_}/confirmations/1/reverse"
        back = (await http.post(address, json={"reason": "wrong order"})).json()["items"]
        twice = await http.post(address, json={"reason": "wrong order"})
        none = await http.post(address.replace("/1/", "/7/"), json={"reason": "wrong order"})
        [again] = await confirmed(http, id_, kind="final")
        log = (await http.get(f"/api/v1/operations/{id_}/confirmations")).json()

    assert (early.status_code, late.status_code, twice.status_code, none.status_code) == (409, 409, 409, 404)
    assert [(c["number"], c["kind"], c["reverses"]) for c in log] == [
        (1, "final", None),
        (2, "reversal", 1),
        (3, "final", None),
    ]
    assert (back[0]["good"], again["good"]) == (f"-{final['good']}", final["good"])
    assert sum(Decimal(c["good"]) for c in log) == 760


async def test_an_operation_is_reopened_only_after_its_final_confirmation_was_reversed(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        id_ = await running(http)
        await ended(http, id_)
        keep(database)
        unconfirmed = await http.post(f"/api/v1/operations/{id_}/close", json={})
        await confirmed(http, id_, kind="final")
        refused = await http.post(f"/api/v1/operations/{id_}/reopen", json={})
        await http.post(f"/api/v1/operations/{id_}/confirmations/1/reverse", json={"reason": "more to do"})
        reopened = await http.post(f"/api/v1/operations/{id_}/reopen", json={})

    assert (unconfirmed.status_code, refused.status_code, reopened.status_code) == (409, 409, 200)
    assert "confirmations/1/reverse" in refused.json()["cure"]
    assert "final" in unconfirmed.json()["cure"]


async def test_what_is_confirmed_is_what_the_api_answers_for_its_instant(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await scrapped(http, id_, "12")
        await ended(http, id_)
        keep(database)
        [told] = await confirmed(http, id_, kind="final")
        await scrapped(http, id_, "300")
        keep(database)
        asked = {"from": from_us(START).isoformat(), "to": from_us(START + 60 * MINUTE).isoformat()}
        asked |= {"operation": id_, "as_of": told["as_of"]}
        [then] = (await http.get("/api/v1/quantities", params=asked)).json()["items"]

    assert (then["good"], then["scrap_by_reason"]) == (told["good"], told["scrap"])


async def test_shift_ends_and_completions_are_confirmed_by_themselves_once(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http, reading(database) as conn:
        id_ = await running(http)
        keep(database)
        now = datetime.now(UTC)
        first = await confirm_due(conn, PLANT, now)
        again = await confirm_due(conn, PLANT, now)
        await ended(http, id_)
        keep(database)
        last = [await confirm_due(conn, PLANT, now + timedelta(minutes=n)) for n in range(2)]
        log = (await http.get(f"/api/v1/operations/{id_}/confirmations")).json()

    # The machine was taken to run until now; its end was told with an instant before that. It waits for half a minute,
    # counted from when the end was told.
    assert (first, again, last) == (1, 0, [0, 2])
    assert [(c["kind"], c["client"]) for c in log] == [("partial", "mes"), ("reversal", "mes"), ("final", "mes")]


async def test_an_order_may_want_to_be_told_of_each_so_many_parts(database: str) -> None:
    async with client(database, PLANT) as http, reading(database) as conn:
        id_ = await running(http, confirm_every="300")
        tried: dict[UUID, Tried] = {}
        found = []
        for minutes, epoch in ((10, 1), (20, 2), (25, 3), (60, 4)):
            made(database, minutes, epoch=epoch)
            now_us = START + (minutes + 1) * MINUTE
            await refresh_progress(conn, PLANT, now_us)
            found.append([await confirm_due(conn, PLANT, from_us(now_us), tried) for _ in range(2)])
        log = (await http.get(f"/api/v1/operations/{id_}/confirmations")).json()

    # Nineteen of twenty parts a minute are good; 190 are too few, and so are 85 more than 380.
    assert found == [[0, 0], [1, 0], [0, 0], [1, 0]]
    assert [(one["kind"], one["good"]) for one in log] == [("partial", "380"), ("partial", "760")]


async def test_each_confirmation_is_an_event_of_its_operation(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        id_ = await running(http)
        await ended(http, id_)
        keep(database)
        await confirmed(http, id_)
        await http.post(f"/api/v1/operations/{id_}/confirmations/1/reverse", json={"reason": "wrong order"})
    with psycopg.connect(database) as conn:
        rows = conn.execute(
            "SELECT type, data->>'number', data->>'good', data->'scrap', data->>'machine' FROM outbox_event"
            " WHERE type LIKE 'confirmation%' ORDER BY subject_version"
        ).fetchall()

    scrap = [{"reason": "unassigned", "quantity": "40"}]
    back = [{"reason": "unassigned", "quantity": "-40"}]
    assert rows == [
        ("confirmation.posted", "1", "760", scrap, "press-1"),
        ("confirmation.reversed", "2", "-760", back, "press-1"),
    ]


async def test_a_completion_counts_what_people_report(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await http.put("/api/v1/orders/WO-1", json=WISH | {"quantity": "720"})
        await scrapped(http, id_, "101")
        keep(database)
        short = await http.post(f"/api/v1/operations/{id_}/complete", json={})

    # The counters say 760 good; 61 more are scrap than they tell.
    assert short.status_code == 409
    assert "21 of 720 are not made" in short.json()["detail"]


async def test_what_a_final_confirmation_rests_on_changes_only_after_it_was_reversed(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await ended(http, id_)
        keep(database)
        await confirmed(http, id_, kind="final")
        undone = await http.post(f"/api/v1/operations/{id_}/undo", json={"reason": "more to do"})
        body = {"seq": 3, "at": from_us(START + 50 * MINUTE).isoformat(), "reason": "later"}
        moved = await http.post(f"/api/v1/operations/{id_}/move", json=body)
        await http.post(f"/api/v1/operations/{id_}/close", json={})
        scrap = {"operation": id_, "kind": "scrap", "quantity": "1", "reason": "burr"}
        late = await http.post("/api/v1/production-quantities", json=scrap)

    assert [answer.status_code for answer in (undone, moved, late)] == [409, 409, 409]
    assert "was closed" in late.json()["detail"]


async def test_a_defect_that_was_just_decided_is_in_the_final_confirmation(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http, reading(database) as conn:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await ended(http, id_)
        defect = (await http.post("/api/v1/defects", json={"code": "burr", "quantity": "43", "operation": id_})).json()
        keep(database)
        decided = {"disposition": "scrap", "why": "too deep"}
        await http.post(f"/api/v1/defects/{defect['id']}/disposition", json=decided)
        early = await http.post(f"/api/v1/operations/{id_}/confirmations", json={"kind": "final"})
        await book_defects(conn, datetime.now(UTC))
        keep(database)
        [told] = await confirmed(http, id_, kind="final")

    assert (early.status_code, early.headers["Retry-After"]) == (409, "1")
    assert told["scrap"] == {"burr": "43"}


async def test_more_scrap_than_was_made_is_confirmed_to_nobody(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http, reading(database) as conn:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        row = await scrapped(http, id_, "100000")
        early = {"operation": id_, "kind": "scrap", "quantity": "1", "reason": "burr"}
        before = await http.post("/api/v1/production-quantities", json=early | {"made_at": "2026-11-23T00:00:00Z"})
        keep(database)
        refused = await http.post(f"/api/v1/operations/{id_}/confirmations", json={})
        tried: dict[UUID, Tried] = {}
        now = datetime.now(UTC)
        with capture_logs() as logged:
            by_itself = [await confirm_due(conn, PLANT, now + timedelta(seconds=n), tried) for n in (0, 2, 90)]
        correction = {"quantity": "0", "why": "a slip"}
        await http.post(f"/api/v1/production-quantities/{row['id']}/correct", json=correction)
        keep(database)
        later = await confirm_due(conn, PLANT, now + timedelta(seconds=180), tried)

    assert (refused.status_code, by_itself, before.status_code) == (409, [0, 0, 0], 422)
    assert [one["event"] for one in logged] == ["not_confirmed"]
    assert later == 1
    assert "than was made" in refused.json()["detail"]


async def test_time_before_the_first_data_is_no_setup_and_its_parts_are_not_certain(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        id_ = await running(http, -240)
        await ended(http, id_)
        keep(database)
        [told] = await confirmed(http, id_)

    assert told["setup_us"] == 0
    assert 700 < Decimal(told["good"]) <= 760


async def test_a_final_confirmation_waits_for_what_was_just_reported(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http, reading(database) as conn:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await ended(http, id_)
        keep(database)
        await scrapped(http, id_, "50")
        early = await http.post(f"/api/v1/operations/{id_}/confirmations", json={"kind": "final"})
        by_itself = await confirm_due(conn, PLANT, datetime.now(UTC) + timedelta(seconds=60))
        keep(database)
        [told] = await confirmed(http, id_, kind="final")

    assert (early.status_code, early.headers["Retry-After"], by_itself) == (409, "1", 0)
    assert (told["number"], told["scrap"]) == (1, {"burr": "50"})
