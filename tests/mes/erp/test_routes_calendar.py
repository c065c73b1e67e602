"""/api/v1/calendar: exceptions are put down by a person with a reason, and numbers follow within seconds."""

from typing import Any

import httpx
import psycopg
import pytest

from tests.mes.erp.plants import client, keeping
from tests.mes.screens.lines import HOUR, plant

MAY_1 = "2026-05-01"
PERSON = {"by": "Li Wei", "why": "Labour Day"}
WINDOW = {"from": "2026-05-01T00:00:00Z", "to": "2026-05-02T00:00:00Z"}


async def day(http: httpx.AsyncClient, **more: str) -> Any:
    answer = await http.get("/api/v1/calendar", params={"from": MAY_1, "to": "2026-05-02"} | more)
    return answer.json()["days"][0]


async def planned_us(http: httpx.AsyncClient, **more: str) -> tuple[int, str]:
    body = (await http.get("/api/v1/equipment/press-1/kpis", params=WINDOW | more)).json()
    return body["elements"]["planned_us"], body["as_of"]


async def test_a_holiday_takes_the_day_out_of_the_kpis_and_can_be_taken_back(database: str) -> None:
    small = plant(1)
    with keeping(database, small):
        async with client(database, small) as http:
            before = await planned_us(http)
            put = await http.put(f"/api/v1/calendar/{MAY_1}", json=PERSON)
            during = await planned_us(http)
            gone = await http.delete(f"/api/v1/calendar/{MAY_1}", params=PERSON | {"why": "we work after all"})
            after = await planned_us(http)
            again = await planned_us(http, as_of=during[1])
            journal = (await http.get("/api/v1/calendar/overrides")).json()["items"]

    assert (put.status_code, gone.status_code) == (200, 200)
    assert [before[0], during[0], after[0], again[0]] == [24 * HOUR, 0, 24 * HOUR, 0]
    assert [(row["kind"], row["why"]) for row in journal] == [
        ("withdrawn", "we work after all"),
        ("holiday", "Labour Day"),
    ]
    assert all(row["by"] == "Li Wei" and row["known_at"] for row in journal)


async def test_the_day_says_what_works_and_why(database: str) -> None:
    small = plant(1)
    with keeping(database, small):
        async with client(database, small) as http:
            body = PERSON | {"kind": "overtime", "ends": "23:00", "breaks": [{"starts": "12:00", "ends": "12:30"}]}
            await http.put(f"/api/v1/calendar/{MAY_1}/day", json=body)
            extra = PERSON | {"kind": "extra", "starts": "23:00", "ends": "00:00"}
            await http.put(f"/api/v1/calendar/{MAY_1}/rush", json=extra)
            found = await day(http)

    assert [(shift["id"], shift["from"], shift["planned_us"] / HOUR) for shift in found["shifts"]] == [
        ("day", "2026-05-01T00:00:00Z", 22.5),
        ("rush", "2026-05-01T23:00:00Z", 1),
    ]
    assert found["shifts"][1]["name"]["zh"] == "加班班次"
    assert [(o["shift"], o["kind"], o["ends"]) for o in found["overrides"]] == [
        ("day", "overtime", "23:00"),
        ("rush", "extra", "00:00"),
    ]
    assert found["hours"] == 24


async def test_sending_it_twice_is_sending_it_once(database: str) -> None:
    small = plant(1)
    body = PERSON | {"kind": "breaks", "breaks": [{"starts": "12:00", "ends": "12:30"}]}
    with keeping(database, small):
        async with client(database, small) as http:
            first = await http.put(f"/api/v1/calendar/{MAY_1}/day", json=body)
            second = await http.put(f"/api/v1/calendar/{MAY_1}/day", json=body)

    assert second.json()["id"] == first.json()["id"]
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM calendar_override").fetchone() == (1,)


async def test_without_a_keeper_it_is_put_down_and_said_to_be_so(database: str) -> None:
    async with client(database, plant(1)) as http:
        answer = await http.put(f"/api/v1/calendar/{MAY_1}", json=PERSON)

    assert (answer.status_code, answer.json()["known_at"]) == (202, None)


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("2026-05-01", {"by": "Li Wei", "why": "  "}, "body.why"),
        ("2026-05-01", {"by": "", "why": "x"}, "body.by"),
        ("2026-13-01", PERSON, "path.day"),
        ("1926-05-01", PERSON, "path.day"),
        ("2026-05-01/night", PERSON | {"kind": "cancelled"}, "path.shift"),
        ("2026-05-01/day", PERSON | {"kind": "extra", "starts": "06:00", "ends": "07:00"}, "path.shift"),
        ("2026-05-01/rush", PERSON | {"kind": "extra", "starts": "06:00"}, "body.starts"),
        ("2026-05-01/day", PERSON | {"kind": "overtime"}, "body.ends"),
        ("2026-05-01/day", PERSON | {"kind": "overtime", "ends": "24:00"}, "body.ends"),
        ("2026-05-01/day", PERSON | {"kind": "overtime", "ends": "23:00", "name": {"en": "x", "zh": "y"}}, "body.name"),
        ("2026-05-01/day", PERSON | {"kind": "cancelled", "ends": "12:00"}, "body.kind"),
        ("2026-05-01/day", PERSON | {"kind": "breaks"}, "body.breaks"),
        ("2026-05-01/day", PERSON | {"kind": "party"}, "body.kind"),
    ],
)
async def test_a_mistake_is_named_with_its_place(database: str, path: str, body: dict[str, Any], place: str) -> None:
    async with client(database, plant(1)) as http:
        answer = await http.put(f"/api/v1/calendar/{path}", json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["place"] for error in answer.json()["errors"]] == [place]


async def test_what_is_not_excepted_cannot_be_withdrawn(database: str) -> None:
    async with client(database, plant(1)) as http:
        answer = await http.delete(f"/api/v1/calendar/{MAY_1}/day", params=PERSON)

    assert answer.status_code == 404


async def test_with_keys_in_use_the_journal_names_the_key(database: str) -> None:
    key = {"Authorization": "Bearer 0123456789abcdef"}
    async with client(database, plant(1), {"tablet": "0123456789abcdef"}) as http:
        refused = await http.put(f"/api/v1/calendar/{MAY_1}", json=PERSON)
        taken = await http.put(f"/api/v1/calendar/{MAY_1}", json=PERSON, headers=key)

    assert refused.status_code == 401
    assert taken.json()["by"] == "tablet: Li Wei"
