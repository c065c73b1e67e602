from datetime import UTC, datetime

import psycopg
import pytest

from contract.sample import to_us
from mes.orders.store_progress import refresh_progress, tell_faulty
from tests.mes.erp.plants import client
from tests.mes.house import reading
from tests.mes.screens.lines import plant

WISH = {"product": "part", "quantity": 200, "due_at": "2026-01-31T14:00:00+08:00", "line": "line-1"}


async def test_sending_an_order_twice_is_sending_it_once(database: str) -> None:
    async with client(database, plant()) as http:
        first = await http.put("/api/v1/orders/WO-1", json=WISH)
        second = await http.put("/api/v1/orders/WO-1", json=WISH)
        listed = (await http.get("/api/v1/orders")).json()

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json() == listed["items"][0]
    assert len(listed["items"]) == 1
    assert (first.json()["due_at"], first.json()["state"]) == ("2026-01-31T06:00:00Z", "not_allowed_to_start")


async def test_an_order_begins_once_and_ends_once(database: str) -> None:
    async with client(database, plant()) as http:
        await http.put("/api/v1/orders/WO-1", json=WISH)
        early = await http.post("/api/v1/orders/WO-1/complete")
        started = (await http.post("/api/v1/orders/WO-1/start")).json()
        again = (await http.post("/api/v1/orders/WO-1/start")).json()
        short = {"override": ["quantity"]}
        ended = (await http.post("/api/v1/orders/WO-1/complete", json=short)).json()
        ended_again = await http.post("/api/v1/orders/WO-1/complete")
        late = await http.post("/api/v1/orders/WO-1/start")

    assert early.status_code == 409
    assert "is not allowed to start: no complete now" in early.json()["detail"]
    assert started == again
    assert (started["state"], ended["state"], ended["substate"]) == ("running", "ended", "completed")
    assert (ended_again.status_code, late.status_code) == (409, 409)


async def test_a_change_keeps_the_start(database: str) -> None:
    async with client(database, plant()) as http:
        await http.put("/api/v1/orders/WO-1", json=WISH)
        started = (await http.post("/api/v1/orders/WO-1/start")).json()
        changed = (await http.put("/api/v1/orders/WO-1", json=WISH | {"quantity": 300})).json()

    for order in (started, changed):
        assert order.pop("version") > 0
        assert order["operations"][0].pop("version") > 0
    assert changed == started | {"quantity": "300", "operations": [started["operations"][0] | {"quantity": "300"}]}


async def test_a_running_order_shows_its_progress(database: str) -> None:
    async with client(database, plant()) as http:
        await http.put("/api/v1/orders/WO-1", json=WISH)
        await http.post("/api/v1/orders/WO-1/start")
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute(
                "INSERT INTO order_progress (operation, good, rate_per_hour, expected_end, late_by, as_of)"
                " SELECT id, 120, 60.5, '2026-01-31 07:00Z', interval '1 hour', now() FROM operation"
            )
        order = (await http.get("/api/v1/orders/WO-1")).json()

    assert (order["good"], order["rate_per_hour"], order["late_by_s"]) == ("120", 60.5, 3600.0)
    assert order["expected_end"] == "2026-01-31T07:00:00Z"


async def test_orders_come_in_pages_the_running_ones_first(database: str) -> None:
    async with client(database, plant()) as http:
        for number in range(5):
            await http.put(f"/api/v1/orders/WO-{number}", json=WISH)
        await http.post("/api/v1/orders/WO-3/start")
        first = (await http.get("/api/v1/orders", params={"limit": 3})).json()
        second = (await http.get("/api/v1/orders", params={"limit": 3, "cursor": first["next_cursor"]})).json()

    assert [item["id"] for item in first["items"]] == ["WO-3", "WO-0", "WO-1"]
    assert [item["id"] for item in second["items"]] == ["WO-2", "WO-4"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("id_", "change", "place", "said"),
    [
        ("WO-1", {"machine": "press-1"}, "body.machine", "either"),
        ("WO-1", {"line": None}, "body.machine", "either"),
        ("WO-1", {"product": "gold"}, "body.product", "slow-part"),
        ("WO-1", {"line": "line-9"}, "body.line", "line-1"),
        ("WO-1", {"quantity": 0}, "body.quantity", "more than"),
        ("WO-1", {"quantity": 2.5}, "body.quantity", "as text"),
        ("WO-1", {"external_number": "PO/1"}, "body.external_number", "together"),
        ("WO-1", {"due_at": "2026-01-31T14:00:00"}, "body.due_at", "zone"),
        ("WO-1", {"colour": "red"}, "body.colour", "Unknown key"),
        ("WO 1", {}, "path.id", "first a letter"),
    ],
)
async def test_a_wrong_order_names_the_place_and_the_cure(
    database: str, id_: str, change: dict[str, object], place: str, said: str
) -> None:
    async with client(database, plant()) as http:
        answer = await http.put(f"/api/v1/orders/{id_}", json=WISH | change)
        listed = (await http.get("/api/v1/orders")).json()

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == place
    assert said in answer.json()["errors"][0]["message"]
    assert listed["items"] == []


async def test_an_order_that_does_not_exist_is_404_everywhere(database: str) -> None:
    async with client(database, plant()) as http:
        answers = [
            await http.get("/api/v1/orders/WO-9"),
            await http.post("/api/v1/orders/WO-9/start"),
            await http.post("/api/v1/orders/WO-9/complete"),
        ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert all("PUT /api/v1/orders/WO-9" in answer.json()["cure"] for answer in answers)


async def test_a_second_order_on_a_machine_cannot_begin_and_is_told_which_one_to_end(database: str) -> None:
    async with client(database, plant()) as http:
        for name in ("WO-1", "WO-2"):
            await http.put(f"/api/v1/orders/{name}", json=WISH)
        await http.post("/api/v1/orders/WO-1/start")
        second = await http.post("/api/v1/orders/WO-2/start")
        listed = (await http.get("/api/v1/orders")).json()["items"]

    assert second.status_code == 409
    assert "Order 'WO-1' (step 10) runs on 'press-4'" in second.json()["detail"]
    assert "POST /api/v1/orders/WO-1/complete" in second.json()["cure"]
    assert [order["state"] for order in listed] == ["running", "not_allowed_to_start"]


@pytest.mark.parametrize("change", [{"product": "slow-part"}, {"line": None, "machine": "press-1"}, {"line": "line-2"}])
async def test_a_running_order_keeps_its_product_and_its_place(database: str, change: dict[str, object]) -> None:
    async with client(database, plant()) as http:
        await http.put("/api/v1/orders/WO-1", json=WISH)
        running = (await http.post("/api/v1/orders/WO-1/start")).json()
        answer = await http.put("/api/v1/orders/WO-1", json=WISH | change)
        after = (await http.get("/api/v1/orders/WO-1")).json()

    assert answer.status_code == 409
    assert after == running


async def test_a_line_without_a_counter_counts_null_and_not_0(database: str) -> None:
    blank = plant().model_copy(deep=True)
    for line in blank.lines:
        for machine in line.machines:
            object.__setattr__(machine, "tags", tuple(tag for tag in machine.tags if "count" not in tag.role.value))
    asked = {"from": "2026-01-31T06:00:00Z", "to": "2026-01-31T07:00:00Z"}
    async with client(database, blank) as http:
        found = [
            (await http.get(f"/api/v1/equipment/{id_}/counts", params=asked)).json() for id_ in ("line-1", "works")
        ]

    assert [(one["total"], one["good"], one["scrap"]) for one in found] == [(None, None, None)] * 2


async def test_an_order_that_an_earlier_version_took_with_an_impossible_due_time_hides_no_other(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        for id_, due_at, machine in (("BC", "0001-12-31 10:00 BC", "press-1"), ("FAR", "99999-12-31", "press-2")):
            conn.execute(
                "INSERT INTO work_order (id, product, quantity, unit, due_at, machine, client)"
                " VALUES (%s, 'part', 5, 'C62', %s::timestamptz, %s, 'erp')",
                (id_, due_at, machine),
            )
            conn.execute(
                "INSERT INTO operation (work_order, step, machine, counting_machine, quantity, state, begun_at)"
                " VALUES (%s, 10, %s, %s, 5, 'running', now())",
                (id_, machine, machine),
            )
    told: set[str] = set()
    async with client(database, plant()) as http, reading(database) as conn_:
        await http.put("/api/v1/orders/WO-1", json=WISH)
        await http.post("/api/v1/orders/WO-1/start")
        await tell_faulty(conn_, told)
        computed = await refresh_progress(conn_, plant(), to_us(datetime.now(UTC)))
        listed = (await http.get("/api/v1/orders")).json()["items"]
        page = await http.get("/orders?lang=en")
        healed = (await http.put("/api/v1/orders/BC", json=WISH | {"line": None, "machine": "press-1"})).json()

    assert told == {"BC", "FAR"}
    assert [order.id for order, _ in computed] == ["WO-1"]
    assert {order["id"]: order["due_at"] is None for order in listed} == {"WO-1": False, "BC": True, "FAR": True}
    assert page.text.count("impossible time") == 2
    assert healed["due_at"] == "2026-01-31T06:00:00Z"
