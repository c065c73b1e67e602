import asyncio
from typing import Any

import psycopg
import pytest

from mes.quality.store_holds import open_holds
from tests.mes.erp.plants import client
from tests.mes.house import reading
from tests.mes.quality.plans import plant

FOUND = "0199a0b0-0000-7000-8000-000000000001"
CAUSED = "0199a0b0-0000-7000-8000-000000000002"
LOT = {"kind": "lot", "subject": "L-2026/117", "product": "A/12", "reason": "Hardness below limit"}


def ordered(database: str, *operations: str) -> None:
    """An order with these operations."""
    with psycopg.connect(database) as conn:
        conn.execute(
            "INSERT INTO work_order (id, product, quantity, unit, due_at, machine, client)"
            " VALUES ('WO-1', 'part', 9, 'C62', '2026-12-01Z', 'press-1', 'test')"
        )
        for step, id_ in enumerate(operations, 1):
            conn.execute(
                "INSERT INTO operation (id, work_order, step, machine, quantity) VALUES (%s, 'WO-1', %s, 'press-1', 9)",
                (id_, step),
            )


def told(database: str) -> list[tuple[str, str, int, dict[str, Any]]]:
    with psycopg.connect(database) as conn:
        return conn.execute("SELECT type, subject, subject_version, data FROM outbox_event ORDER BY written").fetchall()


async def test_scrap_found_downstream_names_the_operation_that_made_it(database: str) -> None:
    body = {
        "code": "burr",
        "quantity": "6",
        "disposition": "scrap",
        "operation": FOUND,
        "caused_by": CAUSED,
        "made_at": "2026-11-24T02:30:00Z",
    }
    ordered(database, FOUND, CAUSED)
    async with client(database, plant()) as http:
        made = (await http.post("/api/v1/defects", json=body)).json()

    ((kind, subject, version, data),) = told(database)
    assert (kind, subject, version) == ("defect.recorded", f"operation/{FOUND}", 1)
    assert data == made
    assert (data["quantity"], data["unit"], data["caused_by"], data["made_at"]) == (
        "6",
        "H87",
        CAUSED,
        "2026-11-24T02:30:00Z",
    )


async def test_a_defect_is_decided_once_because_its_quantity_is_booked_by_it(database: str) -> None:
    async with client(database, plant()) as http:
        made = (await http.post("/api/v1/defects", json={"code": "burr", "quantity": "6.5", "unit": "KGM"})).json()
        here = f"/api/v1/defects/{made['id']}/disposition"
        waiting = (await http.get("/api/v1/defects", params={"open": True})).json()["items"]
        first = await http.post(here, json={"disposition": "rework", "why": "can be ground"})
        again = await http.post(here, json={"disposition": "rework", "why": "can be ground"})
        other = await http.post(here, json={"disposition": "scrap", "why": "cannot"})
        left = (await http.get("/api/v1/defects", params={"open": True})).json()["items"]

    assert (waiting, left) == ([made], [])
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert first.json() == again.json()
    assert [data["disposition"] for _, _, _, data in told(database)] == [None, "rework"]
    assert [subject for _, subject, _, _ in told(database)] == [f"defect/{made['id']}"] * 2


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"code": "burr", "quantity": "0"}, "body.quantity"),
        ({"code": "burr", "quantity": 1.5}, "body.quantity"),
        ({"code": "burr", "quantity": "1", "machine": "press-9"}, "body.machine"),
        ({"code": "burr", "quantity": "1", "found_at": "2199-01-01T00:00:00Z"}, "body.found_at"),
        (
            {"code": "burr", "quantity": "1", "found_at": "2026-01-01T00:00:00Z", "made_at": "2026-01-02T00:00:00Z"},
            "body.made_at",
        ),
        ({"code": " burr", "quantity": "1"}, "body.code"),
    ],
)
async def test_a_defect_that_cannot_be_is_refused(database: str, body: dict[str, object], place: str) -> None:
    async with client(database, plant()) as http:
        answer = await http.post("/api/v1/defects", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == place
    assert told(database) == []


async def test_what_is_held_is_held_until_somebody_decides(database: str) -> None:
    async with client(database, plant()) as http:
        held = (await http.post("/api/v1/holds", json=LOT)).json()
        async with reading(database) as conn:
            before = await open_holds(conn, [("lot", "L-2026/117"), ("machine", "press-1")])
        here = f"/api/v1/holds/{held['id']}/release"
        freed = await http.post(here, json={"disposition": "use_as_is", "why": "measured again"})
        again = await http.post(here, json={"disposition": "scrap", "why": "no"})
        async with reading(database) as conn:
            after = await open_holds(conn, [("lot", "L-2026/117")])

    assert [(one.kind, one.subject, one.reason) for one in before] == [("lot", "L-2026/117", "Hardness below limit")]
    assert after == []
    assert (held["released_at"], freed.json()["disposition"], freed.json()["released_by"]) == (None, "use_as_is", "api")
    assert again.status_code == 409
    assert [kind for kind, *_ in told(database)] == ["hold.placed", "hold.released"]


async def test_the_holds_of_an_operation_are_told_in_the_order_of_the_operation(database: str) -> None:
    ordered(database, FOUND)
    async with client(database, plant()) as http:
        await http.post("/api/v1/defects", json={"code": "burr", "quantity": "1", "operation": FOUND})
        await http.post("/api/v1/holds", json={"kind": "operation", "subject": FOUND.upper(), "reason": "burrs"})

    assert [(subject, version) for _, subject, version, _ in told(database)] == [
        (f"operation/{FOUND}", 1),
        (f"operation/{FOUND}", 2),
    ]


@pytest.mark.parametrize(
    "change", [{"product": None}, {"kind": "machine"}, {"kind": "operation", "product": None}, {"kind": "shift"}]
)
async def test_a_hold_names_what_it_holds(database: str, change: dict[str, object]) -> None:
    async with client(database, plant()) as http:
        answer = await http.post("/api/v1/holds", json=LOT | change)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("address", "body", "place"),
    [
        ("holds", {"kind": "order", "subject": "WO-9", "reason": "burrs"}, "body.subject"),
        ("holds", {"kind": "operation", "subject": FOUND, "reason": "burrs"}, "body.subject"),
        ("defects", {"code": "burr", "quantity": "1", "operation": FOUND}, "body.operation"),
        ("defects", {"code": "burr", "quantity": "1", "caused_by": FOUND}, "body.caused_by"),
        ("defects", {"code": "burr", "quantity": "1", "order": "WO-9"}, "body.order"),
    ],
)
async def test_an_order_or_operation_that_is_not_there_is_neither_held_nor_defective(
    database: str, address: str, body: dict[str, str], place: str
) -> None:
    async with client(database, plant()) as http:
        answer = await http.post(f"/api/v1/{address}", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == place
    assert "GET /api/v1/orders" in answer.json()["errors"][0]["message"]
    assert told(database) == []


async def test_a_machine_that_is_not_there_cannot_be_held(database: str) -> None:
    async with client(database, plant()) as http:
        answer = await http.post("/api/v1/holds", json={"kind": "machine", "subject": "press-9", "reason": "leak"})

    assert answer.json()["errors"][0]["place"] == "body.subject"


async def test_of_two_people_who_decide_at_once_one_decides_and_the_other_is_told(database: str) -> None:
    async with client(database, plant()) as http:
        made = (await http.post("/api/v1/defects", json={"code": "burr", "quantity": "6"})).json()
        here = f"/api/v1/defects/{made['id']}/disposition"
        wishes = [{"disposition": what, "why": "because"} for what in ("scrap", "rework")] * 2
        answers = await asyncio.gather(*(http.post(here, json=wish) for wish in wishes))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 409, 409]
    assert len({answer.json()["disposition"] for answer in answers if answer.status_code == 200}) == 1
    assert len(told(database)) == 2
