"""Operations by API: commands, back-dating, undo, split; whoever is late is told what forbids it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from tests.mes.erp.plants import client
from tests.mes.house import PLANT as HOUSE
from tests.mes.house import keep
from tests.mes.screens.lines import plant

WISH = {"product": "part", "quantity": "200", "due_at": "2026-01-31T14:00:00+08:00", "line": "line-1"}
NOW = datetime.now(UTC)


def ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


async def order(http: httpx.AsyncClient, id_: str, **more: object) -> str:
    """A new order; the id of its operation."""
    made = await http.put(f"/api/v1/orders/{id_}", json=WISH | more)
    assert made.status_code == 200, made.text
    return str(made.json()["operations"][0]["id"])


async def ask(http: httpx.AsyncClient, id_: str, command: str, **body: object) -> httpx.Response:
    return await http.post(f"/api/v1/operations/{id_}/{command}", json=body, headers={"Shopfloor-Person": "%E6%9D%8E"})


async def test_an_operation_says_what_can_be_asked_of_it_and_refuses_the_rest(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        for command in ("release", "start", "pause", "resume", "complete", "close", "cancel"):
            now = (await http.get(f"/api/v1/operations/{id_}")).json()
            refused = {c for c in ("release", "start", "resume", "close", "reopen") if c not in now["allowed"]}
            answers = [(await ask(http, id_, c)).status_code for c in sorted(refused)]
            assert answers == [409] * len(refused), command
            if command == "close":
                assert [(one["command"], one["by"]) for one in now["blocked"]] == [("close", "not_confirmed")]
                keep(database)
                await http.post(f"/api/v1/operations/{id_}/confirmations", json={"kind": "final"})
                now = (await http.get(f"/api/v1/operations/{id_}")).json()
            assert command in now["allowed"]
            assert (await ask(http, id_, command, reason="as planned", override=["quantity"])).status_code == (
                404 if command == "cancel" else 200
            )


async def test_the_log_says_who_asked_for_what_and_when_it_was(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        await ask(http, id_, "release")
        await ask(http, id_, "start", at=ago(30), reason="told on paper")
        log = (await http.get(f"/api/v1/operations/{id_}/transitions")).json()

    assert [(e["seq"], e["command"], e["person"], e["client"]) for e in log] == [
        (1, "release", "李", "api"),
        (2, "start", "李", "api"),
    ]
    assert datetime.fromisoformat(log[1]["at"]) == datetime.fromisoformat(ago(30))
    assert datetime.fromisoformat(log[1]["recorded_at"]) > NOW
    assert log[1]["reason"] == "told on paper"


async def test_a_begin_in_the_future_is_refused(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        await ask(http, id_, "release")
        answer = await ask(http, id_, "start", at=(datetime.now(UTC) + timedelta(minutes=10)).isoformat())

    assert (answer.status_code, answer.json()["errors"][0]["place"]) == (422, "body.at")


@pytest.mark.parametrize("command", ["pause", "abort"])
async def test_what_stops_an_operation_needs_a_reason(database: str, command: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        await http.post("/api/v1/orders/WO-1/start")
        answer = await ask(http, id_, command)

    assert (answer.status_code, answer.json()["errors"][0]["place"]) == (422, "body.reason")


async def test_a_suspended_operation_frees_its_machine_and_a_held_one_does_not(database: str) -> None:
    async with client(database, plant()) as http:
        first, second = await order(http, "WO-1"), await order(http, "WO-2")
        await ask(http, first, "release")
        await ask(http, second, "release")
        await ask(http, first, "start", at=ago(60))
        await ask(http, first, "pause", at=ago(50), reason="jam")
        held = await ask(http, second, "start", at=ago(40))
        await ask(http, first, "pause", at=ago(45), reason="jam", suspend=True)
        free = await ask(http, second, "start", at=ago(40))
        back = await ask(http, first, "resume", at=ago(30))

    assert (held.status_code, free.status_code, back.status_code) == (409, 200, 409)
    assert "Order 'WO-1' (step 10) runs on 'press-4'" in held.json()["detail"]
    assert "Order 'WO-2' (step 10) runs on 'press-4'" in back.json()["detail"]


async def test_a_begin_that_was_told_too_late_moves_unless_the_machine_counted_for_another_one(database: str) -> None:
    async with client(database, plant()) as http:
        first, second = await order(http, "WO-1"), await order(http, "WO-2")
        for id_ in (first, second):
            await ask(http, id_, "release")
        await ask(http, first, "start", at=ago(60))
        await ask(http, first, "complete", at=ago(40), override=["quantity"])
        await ask(http, second, "start", at=ago(30))
        good = await ask(http, second, "move", seq=2, at=ago(35), reason="pressed too late")
        bad = await ask(http, second, "move", seq=4, at=ago(45), reason="pressed too late")
        backwards = await ask(http, first, "move", seq=2, at=ago(10), reason="a slip")
        none = await ask(http, second, "move", seq=2, at=ago(35), reason="again")
        log = (await http.get(f"/api/v1/operations/{second}/transitions")).json()

    assert good.status_code == 200
    assert datetime.fromisoformat(good.json()["begun_at"]) == datetime.fromisoformat(ago(35))
    assert [(e["command"], e["undoes"]) for e in log] == [
        ("release", None),
        ("start", None),
        ("undo", 2),
        ("start", None),
    ]
    assert bad.status_code == 409
    assert "count for order 'WO-1'" in bad.json()["detail"]
    assert (backwards.status_code, none.status_code) == (409, 409)


async def test_the_order_that_takes_a_machine_names_the_one_whose_run_it_ends(database: str) -> None:
    async with client(database, plant()) as http:
        first, second = await order(http, "WO-1"), await order(http, "WO-2")
        for id_ in (first, second):
            await ask(http, id_, "release")
        await ask(http, first, "start", at=ago(60))
        taken = await ask(http, second, "start", at=ago(20), moves=first)
        before = (await http.get(f"/api/v1/operations/{first}")).json()
    with psycopg.connect(database) as conn:
        runs = conn.execute("SELECT work_order, to_at FROM run WHERE NOT gone ORDER BY from_at").fetchall()

    assert (taken.status_code, before["substate"]) == (200, "suspended")
    assert runs == [("WO-1", datetime.fromisoformat(ago(20))), ("WO-2", None)]


async def test_an_undo_takes_back_the_last_command_and_keeps_both(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        await http.post("/api/v1/orders/WO-1/start")
        back = await ask(http, id_, "undo", reason="wrong order")
        silent = await http.post(f"/api/v1/operations/{id_}/undo", json={})

    assert (back.json()["state"], back.json()["begun_at"]) == ("allowed_to_start", None)
    assert silent.status_code == 422


async def test_a_completion_that_is_short_needs_a_word_and_stays_short(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        await http.post("/api/v1/orders/WO-1/start")
        short = await ask(http, id_, "complete")
        done = await ask(http, id_, "complete", override=["quantity"])

    assert short.status_code == 409
    assert "200 of 200 are not made" in short.json()["detail"]
    assert (done.json()["state"], done.json()["quantity"]) == ("ended", "200")


async def test_a_split_moves_open_quantity_and_the_whole_stays_the_whole(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        await http.post("/api/v1/orders/WO-1/start")
        sibling = (await ask(http, id_, "split", quantity="50.25", machine="press-1")).json()
        much = await ask(http, id_, "split", quantity="149.75", machine="press-1")
        many = await http.post("/api/v1/orders/WO-1/pause", json={"reason": "which?"})
        whole = (await http.get("/api/v1/orders/WO-1")).json()
        less = await http.put("/api/v1/orders/WO-1", json=WISH | {"quantity": "50"})
        more = (await http.put("/api/v1/orders/WO-1", json=WISH | {"quantity": "300"})).json()

    assert (sibling["step"], sibling["part"], sibling["split_of"], sibling["state"]) == (10, 2, id_, "allowed_to_start")
    assert [one["quantity"] for one in whole["operations"]] == ["149.75", "50.25"]
    assert (much.status_code, many.status_code, less.status_code) == (409, 409, 409)
    assert f"step 10 on 'line-1' is {id_}; step 10 on 'press-1' is {sibling['id']}." in many.json()["cure"]
    assert [one["quantity"] for one in more["operations"]] == ["249.75", "50.25"]


async def test_operations_are_put_where_they_stand(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        times = {"planned_from": "2026-12-01T06:00:00Z", "planned_to": "2026-12-01T08:00:00Z"}
        planned = (await http.put(f"/api/v1/operations/{id_}/plan", json={"sequence": 3} | times)).json()
        turned = {"planned_from": times["planned_to"], "planned_to": times["planned_from"]}
        wrong = await http.put(f"/api/v1/operations/{id_}/plan", json=turned)

    assert {name: planned[name] for name in ("sequence", *times)} == {"sequence": 3} | times
    assert wrong.json()["errors"][0]["place"] == "body.planned_to"


async def test_an_operation_that_does_not_exist_is_404_everywhere(database: str) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    bodies: dict[str, dict[str, Any]] = {
        "start": {},
        "undo": {"reason": "x"},
        "move": {"seq": 1, "at": ago(1), "reason": "x"},
        "split": {"quantity": "1", "line": "line-1"},
    }
    async with client(database, plant()) as http:
        codes = [(await ask(http, nobody, command, **body)).status_code for command, body in bodies.items()]
        codes += [(await http.get(f"/api/v1/operations/{nobody}{end}")).status_code for end in ("", "/transitions")]

    assert codes == [404] * 6


async def test_each_change_is_an_event_and_an_audit_entry_of_the_person(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        await ask(http, id_, "release")
        await ask(http, id_, "start")
    with psycopg.connect(database) as conn:
        events = conn.execute(
            "SELECT type, subject, subject_version, data->>'to', data->>'line' FROM outbox_event ORDER BY written"
        ).fetchall()
        acts = conn.execute("SELECT action, person, client FROM audit_entry ORDER BY written").fetchall()

    assert events == [
        ("order.changed", "order/WO-1", 1, None, "line-1"),
        ("operation.state_changed", f"operation/{id_}", 1, "allowed_to_start", "line-1"),
        ("operation.state_changed", f"operation/{id_}", 2, "running", "line-1"),
    ]
    assert acts == [("put", None, "api"), ("release", "李", "api"), ("start", "李", "api")]


@pytest.mark.parametrize("key", ["8e03978e-40d5-43dd-bc93-6894a57f9324"])
async def test_a_command_that_is_sent_twice_with_one_key_is_carried_out_once(database: str, key: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        await ask(http, id_, "release")
        address, headers = f"/api/v1/operations/{id_}/start", {"Idempotency-Key": key}
        answers = [await http.post(address, json={}, headers=headers) for _ in range(2)]
        log = (await http.get(f"/api/v1/operations/{id_}/transitions")).json()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert [entry["command"] for entry in log] == ["release", "start"]


async def test_what_stands_in_the_way_is_told_before_anybody_asks(database: str) -> None:
    async with client(database, plant()) as http:
        first, second = await order(http, "WO-1"), await order(http, "WO-2")
        await ask(http, second, "release")
        free = (await http.get(f"/api/v1/operations/{second}")).json()
        await http.post("/api/v1/orders/WO-1/start")
        taken = (await http.get(f"/api/v1/operations/{second}")).json()
        held = {"kind": "operation", "subject": second, "reason": "burrs"}
        await http.post("/api/v1/holds", json=held)
        both = (await http.get("/api/v1/orders/WO-2")).json()["operations"][0]
        runs = (await http.get(f"/api/v1/operations/{first}")).json()
        refused = await ask(http, second, "start")

    assert ("start" in free["allowed"], free["blocked"]) == (True, [])
    assert ("start" in taken["allowed"], taken["blocked"][0]["by"]) == (False, "occupied")
    assert "Order 'WO-1' runs on 'press-4'" in taken["blocked"][0]["why"]
    assert (both["blocked"][0]["by"], runs["blocked"]) == ("held", [])
    assert refused.status_code == 409


async def test_a_run_that_is_over_is_entered_between_two_others(database: str) -> None:
    async with client(database, plant()) as http:
        first, second = await order(http, "WO-1"), await order(http, "WO-2")
        await http.post("/api/v1/orders/WO-1/start", json={"at": ago(30)})
        await ask(http, second, "release")
        blind = await ask(http, second, "start", at=ago(60))
        wrong = [
            await ask(http, second, "start", until=ago(40)),
            await ask(http, second, "start", at=ago(40), until=ago(60)),
            await ask(http, second, "pause", at=ago(60), until=ago(40), reason="x"),
            await ask(http, second, "start", at=ago(60), until=(datetime.now(UTC) + timedelta(minutes=9)).isoformat()),
        ]
        beside = await ask(http, second, "start", at=ago(60), until=ago(20))
        between = await ask(http, second, "start", at=ago(60), until=ago(40))
        third = await order(http, "WO-3")
        whole = await http.post("/api/v1/orders/WO-3/start", json={"at": ago(90), "until": ago(80)})
    with psycopg.connect(database) as conn:
        runs = conn.execute("SELECT work_order, to_at - from_at FROM run WHERE NOT gone ORDER BY from_at").fetchall()

    assert (blind.status_code, beside.status_code) == (409, 409)
    assert [(one.status_code, one.json()["errors"][0]["place"]) for one in wrong] == [(422, "body.until")] * 4
    assert (between.status_code, between.json()["substate"]) == (200, "suspended")
    assert (whole.status_code, whole.json()["operations"][0]["id"]) == (200, third)
    twenty, ten = timedelta(minutes=20), timedelta(minutes=10)
    assert runs == [("WO-3", ten), ("WO-2", twenty), ("WO-1", None)]
    assert first != second


async def test_a_product_that_no_tag_tells_is_warned_of(database: str) -> None:
    made = {"number": "A/12", "names": {"en": "Arm", "zh": "臂"}, "base_unit": "C62"}
    async with client(database, HOUSE) as http:
        assert (await http.put("/api/v1/products", json=made)).status_code == 200
        wish = WISH | {"line": None, "machine": "press-1"}
        for id_, product in (("WO-1", "A/12"), ("WO-2", "bracket-a")):
            assert (await http.put(f"/api/v1/orders/{id_}", json=wish | {"product": product})).status_code == 200
        started = (await http.post("/api/v1/orders/WO-1/start")).json()["operations"][0]["warnings"]
        page = (await http.get("/orders/WO-1?lang=en")).text
        told = (await http.get("/api/v1/orders/WO-2")).json()["operations"][0]["warnings"]
        await http.post("/api/v1/orders/WO-1/abort", json={"reason": "no code"})
        ended = (await http.get("/api/v1/orders/WO-1")).json()["operations"][0]["warnings"]

    assert [one["kind"] for one in started] == ["product_not_told"]
    assert "has no code for product 'A/12'" in started[0]["text"]
    assert "product tag has no code for this product" in page
    assert (told, ended) == ([], [])


async def test_an_order_is_not_cancelled_while_a_part_of_it_runs(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        await http.post("/api/v1/orders/WO-1/start")
        sibling = (await ask(http, id_, "split", quantity="50", machine="press-1")).json()
        refused = await http.post("/api/v1/orders/WO-1/cancel", json={})
        left = (await http.get("/api/v1/orders/WO-1")).json()["operations"]
        alone = await ask(http, sibling["id"], "cancel")

    assert refused.status_code == 409
    assert "step 10 on 'line-1' is running" in refused.json()["detail"]
    assert f"/operations/{id_}/abort" in refused.json()["cure"]
    assert [one["state"] for one in left] == ["running", "allowed_to_start"]
    assert alone.status_code == 404


async def test_a_change_of_what_was_changed_meanwhile_is_refused(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = await order(http, "WO-1")
        old_order = (await http.get("/api/v1/orders/WO-1")).headers["ETag"]
        old = (await http.get(f"/api/v1/operations/{id_}")).headers["ETag"]
        released = await http.post(f"/api/v1/operations/{id_}/release", json={}, headers={"If-Match": old})
        stale = [
            await http.post(f"/api/v1/operations/{id_}/start", json={}, headers={"If-Match": old}),
            await http.post(f"/api/v1/operations/{id_}/undo", json={"reason": "x"}, headers={"If-Match": old}),
            await http.put(f"/api/v1/operations/{id_}/plan", json={"sequence": 3}, headers={"If-Match": old}),
            await http.put("/api/v1/orders/WO-1", json=WISH | {"quantity": "9"}, headers={"If-Match": old_order}),
            await http.post("/api/v1/orders/WO-1/start", json={}, headers={"If-Match": old_order}),
            await http.post("/api/v1/orders/WO-1/cancel", json={}, headers={"If-Match": old_order}),
            await http.put("/api/v1/orders/WO-2", json=WISH, headers={"If-Match": old_order}),
        ]
        new = (await http.get("/api/v1/orders/WO-1")).headers["ETag"]
        fresh = await http.put("/api/v1/orders/WO-1", json=WISH | {"quantity": "9"}, headers={"If-Match": new})
        unseen = await http.post("/api/v1/orders/WO-1/start", json={})

    assert released.headers["ETag"] != old
    assert [one.status_code for one in stale] == [412] * 7
    assert (fresh.status_code, unseen.status_code) == (200, 200)
    assert len({old_order, new, fresh.headers["ETag"], unseen.headers["ETag"]}) == 4
