"""The page of an order: what can be asked is a button, what forbids it is a sentence, what happened is listed."""

import re

import httpx
import pytest

from tests.mes.erp.plants import client
from tests.mes.house import PLANT, keep
from tests.mes.orders.confirmations.test_routes import confirmed, ended
from tests.mes.orders.quantities.test_routes import BURR, made, running, scrapped

WISH = {"product": "bracket-a", "quantity": "200", "due_at": "2026-12-24T12:00:00Z", "machine": "press-1"}


async def press(http: httpx.AsyncClient, page: str, end: str, **form: str) -> str:
    """Where a press leads: the address of the form that ends so, on the page."""
    found = re.search(rf'action="(/orders/[^"]*/{end})"(.*?name="seen" value="(\d+)")?', page)
    assert found, end
    answer = await http.post(found[1], data={"by": "李伟", "seen": found[3] or ""} | form)
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def test_an_order_is_carried_out_by_its_buttons(database: str) -> None:
    async with client(database, PLANT) as http:
        await http.put("/api/v1/orders/WO-1", json=WISH)
        seen = []
        for command, form in (
            ("release", {}),
            ("start", {}),
            ("pause", {"why": "jam"}),
            ("resume", {}),
            ("complete", {"short": "yes"}),
        ):
            page = (await http.get("/orders/WO-1?lang=en")).text
            seen.append(await press(http, page, command, **form))
        page = (await http.get("/orders/WO-1?lang=zh")).text
        log = (await http.get("/api/v1/orders/WO-1")).json()["operations"][0]
        entries = (await http.get(f"/api/v1/operations/{log['id']}/transitions")).json()

    assert seen == ["/orders/WO-1"] * 5
    assert [(e["command"], e["person"]) for e in entries] == [
        (command, "李伟") for command in ("release", "start", "pause", "resume", "complete")
    ]
    assert "已完工" in page


@pytest.mark.parametrize(
    ("command", "form", "trouble", "sentence"),
    [
        ("start", {"by": " "}, "name_first", "name first"),
        ("pause", {"why": " "}, "order_reason", "Give a reason"),
        ("report/quantity", {"kind": "scrap", "quantity": "two"}, "order_mistake", "a quantity such as"),
    ],
)
async def test_what_is_missing_is_said_on_the_page(
    database: str, command: str, form: dict[str, str], trouble: str, sentence: str
) -> None:
    async with client(database, PLANT) as http:
        await http.put("/api/v1/orders/WO-1", json=WISH)
        await http.post(f"/api/v1/orders/WO-1/{'release' if command == 'start' else 'start'}")
        there = await press(http, (await http.get("/orders/WO-1")).text, command, **form)
        page = (await http.get(f"{there}&lang=en")).text

    assert there == f"/orders/WO-1?trouble={trouble}"
    assert sentence in page


async def test_two_orders_of_one_machine_and_one_that_is_short_are_told_in_words(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/orders/WO-2", json=WISH)
        await http.post("/api/v1/orders/WO-2/release")
        before = (await http.get("/orders/WO-2")).text
        await running(http)
        refused = await press(http, before, "start")
        page = (await http.get(f"{refused}&lang=en")).text

    assert refused == "/orders/WO-2?trouble=order_refused"
    assert "another order may have the machine" in page
    assert "<button disabled>Start</button> Another order runs on this machine" in page


async def test_a_page_that_is_old_asks_for_nothing(database: str) -> None:
    async with client(database, PLANT) as http:
        await http.put("/api/v1/orders/WO-1", json=WISH)
        await http.post("/api/v1/orders/WO-1/start")
        old = (await http.get("/orders/WO-1")).text
        await http.post("/api/v1/orders/WO-1/pause", json={"reason": "jam", "suspend": True})
        stale = await press(http, old, "complete", short="yes")
        page = (await http.get(f"{stale}&lang=en")).text
        order = (await http.get("/api/v1/orders/WO-1")).json()

    assert (stale, order["substate"]) == ("/orders/WO-1?trouble=order_stale", "suspended")
    assert "Look at it again" in page


async def test_what_was_reported_and_confirmed_is_listed_with_who(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await press(
            http, (await http.get("/orders/WO-1")).text, "report/quantity", kind="scrap", quantity="2.5", reason="burr"
        )
        await scrapped(http, id_, "7")
        await ended(http, id_)
        keep(database)
        await confirmed(http, id_, kind="final")
        page = (await http.get("/orders/WO-1?lang=en")).text
        chinese = (await http.get("/orders/WO-1?lang=zh")).text

    assert all(word in page for word in ("2.5", "Burr", "李伟", "final", "without a reason"))
    assert all(word in chinese for word in (">毛刺", "毛刺 9.5", "未说明原因 30.5"))


async def test_an_order_that_does_not_exist_has_no_page(database: str) -> None:
    async with client(database, PLANT) as http:
        assert (await http.get("/orders/WO-9")).status_code == 404


async def test_a_person_begins_and_ends_work_by_buttons(database: str) -> None:
    async with client(database, PLANT) as http:
        await http.put("/api/v1/orders/WO-1", json=WISH)
        idle = (await http.get("/orders/WO-1")).text
        await http.post("/api/v1/orders/WO-1/start")
        fresh = (await http.get("/orders/WO-1?lang=en")).text
        nameless = await press(http, fresh, "labour/begin", by=" ")
        places = [await press(http, fresh, "labour/begin") for _ in range(2)]
        told = (await http.get(f"{places[1]}&lang=en")).text
        places.append(await press(http, told, "labour/[0-9a-f-]{36}/end"))
        page = (await http.get("/orders/WO-1?lang=en")).text

    assert "labour/begin" not in idle
    assert nameless == "/orders/WO-1?trouble=name_first"
    assert places == ["/orders/WO-1", "/orders/WO-1?trouble=order_labour", "/orders/WO-1"]
    assert "has begun or ended already" in told
    assert ("李伟" in page, "/end" in page) == (True, False)
