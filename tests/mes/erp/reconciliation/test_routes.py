"""GET and PUT /api/v1/reconciliation, and its page: who says what of an order on a day."""

import httpx
import psycopg

from contract.sample import from_us
from tests.mes.erp.plants import client
from tests.mes.house import MINUTE, PLANT, START, keep
from tests.mes.orders.quantities.test_routes import BURR, made, running, scrapped

DAY = "2026-11-24"


async def told(database: str, http: httpx.AsyncClient) -> None:
    """760 good and 40 scrap by counters, 47 scrap by a person, and nothing confirmed yet."""
    made(database)
    await http.put("/api/v1/reasons/burr", json=BURR)
    id_ = await running(http)
    await scrapped(http, id_, "47")
    body = {"at": from_us(START + 45 * MINUTE).isoformat(), "override": ["quantity"]}
    assert (await http.post(f"/api/v1/operations/{id_}/complete", json=body)).status_code == 200
    keep(database)


async def test_counter_people_and_what_is_booked_stand_side_by_side(database: str) -> None:
    async with client(database, PLANT) as http:
        await told(database, http)
        answer = await http.get("/api/v1/reconciliation", params={"day": DAY})
        empty = (await http.get("/api/v1/reconciliation", params={"day": "2026-11-20"})).json()
        page = (await http.get("/reconciliation", params={"day": DAY, "lang": "en"})).text

    [one] = answer.json()["items"]
    assert one["said"]["booked"] == {"good": "753", "scrap": "47"}
    assert one["said"]["counter"] == {"good": "760", "scrap": "40"}
    assert one["said"]["operator"] == {"good": None, "scrap": "47"}
    assert one["differences"] == {"counter": {"good": "7", "scrap": "-7"}}
    assert (one["order"], one["unit"], one["standing"]) == ("WO-1", "C62", "open")
    assert (empty["items"], empty["certificate"]["adds_up"]) == ([], True)
    # Of orders that no ERP has sent no document is due: nothing is promised of them.
    assert "No order of an ERP was confirmed" in page
    assert "Every confirmation is in a document" not in page


async def test_scrap_of_an_operation_that_made_nothing_differs_from_a_counter_that_tells_none(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http, 42)
        await scrapped(http, id_, "77", 43)
        keep(database)
        [one] = (await http.get("/api/v1/reconciliation", params={"day": DAY})).json()["items"]
        span = {"from": from_us(START).isoformat(), "to": from_us(START + 60 * MINUTE).isoformat()}
        [row] = (await http.get("/api/v1/quantities", params=span | {"by": "order"})).json()["items"]

    assert one["said"]["booked"] == {"good": "0", "scrap": "77"}
    assert one["said"]["counter"] == {"good": "0", "scrap": "0"}
    assert (one["differences"], one["standing"]) == ({"counter": {"good": "0", "scrap": "-77"}}, "open")
    assert (row["good"], row["scrap"], row["not_counted"]) == ("0", "77", "77")


async def test_a_difference_gets_an_owner_then_a_reason_and_both_stay_on_record(database: str) -> None:
    address = f"/api/v1/reconciliation/{DAY}/WO-1"
    async with client(database, PLANT) as http:
        await told(database, http)
        nothing = await http.put(address, json={})
        unknown = await http.put(address.replace("WO-1", "WO-9"), json={"owner": "wang"})
        owned = await http.put(address, json={"owner": "wang"})
        explained = await http.put(address, json={"reason": "scrap found by hand after the reject gate"})
        [before] = (await http.get("/api/v1/reconciliation", params={"day": DAY})).json()["items"]
        operation = (await http.get("/api/v1/orders/WO-1")).json()["operations"][0]["id"]
        await scrapped(http, operation, "3", 25)
        keep(database)
        [after] = (await http.get("/api/v1/reconciliation", params={"day": DAY})).json()["items"]
    with psycopg.connect(database) as conn:
        rows = conn.execute("SELECT owner, reason IS NOT NULL FROM reconciliation_record ORDER BY id").fetchall()
        acts = conn.execute("SELECT action FROM audit_entry WHERE action = 'reconcile'").fetchall()

    assert (nothing.status_code, unknown.status_code) == (422, 404)
    assert (owned.json()["standing"], explained.json()["standing"]) == ("owned", "explained")
    assert before["standing"] == "explained"
    # The reason was given for another difference.
    assert after["standing"] == "open"
    assert (rows, len(acts)) == ([("wang", False), (None, True)], 2)


async def test_the_page_shows_who_says_what_in_both_languages(database: str) -> None:
    async with client(database, PLANT) as http:
        await told(database, http)
        english = (await http.get("/reconciliation", params={"day": DAY, "lang": "en"})).text
        chinese = (await http.get("/reconciliation", params={"day": DAY, "lang": "zh"})).text
        today = await http.get("/reconciliation")

    assert "753 / 47" in english
    assert "760 / 40 <b>≠</b>" in english
    assert "▲ open" in english
    assert "▲ 未处理" in chinese
    assert today.status_code == 200
