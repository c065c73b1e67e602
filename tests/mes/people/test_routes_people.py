"""Persons and their roles by API; and whoever is named for a change is one of them."""

from typing import Any

import httpx
import psycopg
import pytest

from tests.mes.erp.plants import client
from tests.mes.screens.lines import plant

LI = {"number": "4711", "name": "Li Wei", "active_from": "2026-01-01T00:00:00Z"}
PEOPLE = "/api/v1/people"
ORDER = {"product": "part", "quantity": 5, "due_at": "2026-12-01T00:00:00Z", "line": "line-1"}


def named(person: str) -> dict[str, str]:
    return {"Shopfloor-Person": person}


async def made(http: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    person: dict[str, Any] = (await http.put(PEOPLE, json=LI | more)).raise_for_status().json()
    return person


async def granted(http: httpx.AsyncClient, person: dict[str, Any], role: str, place: str) -> dict[str, Any]:
    answer = await http.post(f"{PEOPLE}/{person['id']}/role-grants", json={"role": role, "place": place})
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


async def test_a_person_is_made_and_changed_by_number_and_sent_twice_is_sent_once(database: str) -> None:
    async with client(database, plant()) as http:
        first, again = await made(http), await made(http)
        renamed = await made(http, name="Li Wei-Ming")
        stale = await http.put(PEOPLE, json=LI, headers={"If-Match": '"v1"'})
        one = await http.get(PEOPLE, params={"number": "4711"})

    assert (first, first["version"], renamed["version"]) == (again, 1, 2)
    assert first["id"] == renamed["id"]
    assert stale.status_code == 412
    assert (one.json()["items"], one.headers["ETag"]) == ([renamed], '"v2"')


async def test_persons_come_in_pages_of_which_nobody_is_left_out(database: str) -> None:
    async with client(database, plant()) as http:
        for n in range(5):
            await made(http, number=f"{n}/x")
        found, cursor = [], None
        while True:
            page = (await http.get(PEOPLE, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
            found += [one["number"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break

    assert found == [f"{n}/x" for n in range(5)]


async def test_erasure_takes_the_name_and_leaves_the_row_for_history(database: str) -> None:
    async with client(database, plant()) as http:
        person = await made(http)
        await granted(http, person, "operator", "line-1")
        erased = (await http.post(f"{PEOPLE}/{person['id']}/erase")).json()
        again = (await http.post(f"{PEOPLE}/{person['id']}/erase")).json()
        changed = await http.put(PEOPLE, json=LI)

    assert (erased["name"], erased["number"], len(erased["role_grants"])) == (None, "4711", 1)
    assert erased == again
    assert changed.status_code == 409
    with psycopg.connect(database) as conn:
        for table in ("person", "audit_entry"):
            assert "Li Wei" not in str(conn.execute(f"SELECT t::text FROM {table} t").fetchall())
        acts = [act for (act,) in conn.execute("SELECT action FROM audit_entry ORDER BY written")]
    assert acts == ["put", "grant", "erase"]


async def test_a_role_that_was_ended_stays_on_record(database: str) -> None:
    async with client(database, plant()) as http:
        person = await granted(http, await made(http), "operator", "line-1")
        end = f"/api/v1/role-grants/{person['role_grants'][0]['id']}/end"
        ended, again = (await http.post(end)).json(), (await http.post(end)).json()
        nobody = await http.post(f"/api/v1/role-grants/{person['id']}/end")

    assert ended == again
    assert ended["role_grants"][0]["to"] is not None
    assert nobody.status_code == 404


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"role": "operator", "place": "nowhere"}, "body.place"),
        ({"role": "king", "place": "line-1"}, "body.role"),
        (
            {"role": "viewer", "place": "line-1", "from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
            "body.to",
        ),
        ({"role": "viewer", "place": "line-1", "to": "2026-01-01T00:00:00Z"}, "body.from"),
    ],
)
async def test_a_role_that_cannot_be_is_told_with_its_place(database: str, body: dict[str, str], place: str) -> None:
    async with client(database, plant()) as http:
        answer = await http.post(f"{PEOPLE}/{(await made(http))['id']}/role-grants", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["place"]) == (422, place)


async def test_who_is_named_must_be_an_active_person_as_soon_as_persons_are_on_record(database: str) -> None:
    async def order(person: str) -> int:
        return (await http.put("/api/v1/orders/WO-1", json=ORDER, headers=named(person))).status_code

    async with client(database, plant()) as http:
        before = await order("Anybody")
        await made(http)
        await made(http, number="1", name="Gone", active_to="2026-01-02T00:00:00Z")
        await made(http, number="2", name="Wang Fang")
        await made(http, number="3", name="Wang Fang")
        found = {person: await order(person) for person in ("Li%20Wei", "4711", "Anybody", "Gone", "Wang%20Fang", "2")}
        nobody = await http.put("/api/v1/orders/WO-1", json=ORDER)

    assert before == 200
    assert found == {"Li%20Wei": 200, "4711": 200, "Anybody": 422, "Gone": 422, "Wang%20Fang": 422, "2": 200}
    assert nobody.status_code == 200


async def test_roles_are_enforced_where_the_setting_says_so(database: str) -> None:
    """An operator of a line starts its orders, and does not make them; elsewhere the role is good for nothing."""

    async def start() -> httpx.Response:
        return await http.post("/api/v1/orders/WO-1/start", headers=named("4711"))

    async with client(database, plant(), roles_enforced=True) as http:
        unknown = await http.put("/api/v1/orders/WO-1", json=ORDER, headers=named("4711"))
        person = await made(http)
        refused = await http.put("/api/v1/orders/WO-1", json=ORDER, headers=named("4711"))
        by_program = await http.put("/api/v1/orders/WO-1", json=ORDER)
        without = await start()
        await granted(http, person, "operator", "line-2")
        wrong_line = await start()
        await granted(http, person, "operator", "line-1")
        begun = await start()

    answers = [one.status_code for one in (unknown, refused, by_program, without, wrong_line, begun)]
    assert answers == [422, 403, 200, 403, 403, 200]
    assert "role planner or supervisor" in refused.json()["detail"]
    assert "at line-1: it needs the role operator or supervisor" in wrong_line.json()["detail"]


async def test_without_the_setting_a_person_needs_no_role(database: str) -> None:
    async with client(database, plant()) as http:
        await made(http)
        answer = await http.put("/api/v1/orders/WO-1", json=ORDER, headers=named("4711"))

    assert answer.status_code == 200
