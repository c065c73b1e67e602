"""An alarm opens one request for its root cause and closes it; a person, or another system, may do so before."""

import psycopg

from mes.maintenance.store_requests import keep_requests, requesting
from tests.alerts.floor import plant_with
from tests.mes.erp.plants import alarm, client
from tests.mes.house import reading
from tests.mes.screens.lines import plant


def changed(database: str, statement: str, *values: object) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(statement.encode(), values)


async def kept(database: str) -> None:
    with psycopg.connect(database) as conn:
        rules = [rule for (rule,) in conn.execute("SELECT DISTINCT rule FROM alarm")]
    async with reading(database) as conn:
        await keep_requests(conn, rules)
        await keep_requests(conn, rules)


def events(database: str) -> list[tuple[str, object]]:
    asked = "SELECT type, data->>'closed_because' FROM outbox_event ORDER BY written"
    with psycopg.connect(database) as conn:
        return [(row[0], row[1]) for row in conn.execute(asked)]


async def test_an_alarm_opens_one_request_and_closes_it_when_it_is_over(database: str) -> None:
    number = alarm(database)
    await kept(database)
    async with client(database, plant()) as http:
        opened = (await http.get("/api/v1/maintenance-requests", params={"open": "true"})).json()["items"]
        page = (await http.get("/maintenance?lang=en")).text
    changed(database, "UPDATE alarm SET active = false, acked = true")
    await kept(database)
    async with client(database, plant()) as http:
        [closed] = (await http.get("/api/v1/maintenance-requests", params={"alarm": number})).json()["items"]

    assert [(one["alarm"], one["machine"], one["priority"]) for one in opened] == [(number, "press-1", "high")]
    assert "Stopped for long" in page
    assert (closed["closed_because"], closed["closed_by"]) == ("alarm_over", None)
    assert events(database) == [
        ("maintenance_request.changed", None),
        ("maintenance_request.changed", "alarm_over"),
    ]


async def test_what_follows_from_another_alarm_or_is_set_aside_opens_none(database: str) -> None:
    root, follows, shelved = alarm(database), alarm(database), alarm(database)
    await kept(database)
    changed(database, "UPDATE alarm SET suppressed = true, root = %s WHERE id = %s", root, follows)
    changed(database, "UPDATE alarm SET shelving = 'timed' WHERE id = %s", shelved)
    late = alarm(database)
    changed(database, "UPDATE alarm SET suppressed = true, root = %s WHERE id = %s", root, late)
    await kept(database)

    async with client(database, plant()) as http:
        found = (await http.get("/api/v1/maintenance-requests", params={"open": "true"})).json()["items"]

    assert [one["alarm"] for one in found] == [shelved, root]


async def test_a_person_closes_it_once_and_it_comes_back_only_when_the_alarm_does(database: str) -> None:
    number = alarm(database)
    line = "INSERT INTO alarm_journal (alarm, event, at) VALUES (%s, %s, clock_timestamp())"
    changed(database, line, number, "raised")
    await kept(database)
    async with client(database, plant()) as http:
        [opened] = (await http.get("/api/v1/maintenance-requests")).json()["items"]
        address = f"/api/v1/maintenance-requests/{opened['id']}"
        named = await http.put(address, json={"external_number": "MO-4711"})
        nameless = await http.post(f"/maintenance/{opened['id']}/close", data={"by": ""})
        done = await http.post(f"/maintenance/{opened['id']}/close", data={"by": "Wang Fang", "comment": "Seal."})
        again = await http.post(f"{address}/close", json={})
        await kept(database)
        still_closed = (await http.get("/api/v1/maintenance-requests", params={"open": "true"})).json()["items"]
        changed(database, line, number, "raised_again")
        await kept(database)
        back = (await http.get("/api/v1/maintenance-requests", params={"open": "true"})).json()["items"]
        told = (await http.get(address)).json()

    assert named.json()["external_number"] == "MO-4711"
    assert nameless.headers["location"] == "/maintenance?trouble=name_needed"
    assert done.headers["location"] == "/maintenance"
    assert again.status_code == 409
    assert (still_closed, len(back)) == ([], 1)
    assert (told["closed_because"], told["comment"]) == ("person", "Seal.")


def test_a_late_order_is_no_work_for_maintenance_unless_its_rule_says_so() -> None:
    kinds = "{id: late, kind: order_late}, {id: asked, kind: order_late, request: true}"
    made = plant_with(f"[{kinds}, {{id: silent, kind: no_data, longer_than: 1s}}]")

    assert requesting(made) == ["asked", "silent"]
