"""A tablet that several people share: registered once, then they sign on by badge or PIN and act in their own names."""

from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest

from tests.mes.erp.plants import client
from tests.mes.people.logins import SITE as works
from tests.mes.people.logins import account, logged_in, registered, with_badge, with_pin
from tests.mes.screens.lines import plant

SIGN_ON = "/api/v1/sign-ons"


@pytest.fixture
async def station(database: str) -> AsyncIterator[httpx.AsyncClient]:
    """A station at press-1; Li Wei (PIN 2580, badge 00471100) and Wang Fang (badge 00471200) work there."""
    await account(database, "1", "Chen Jing", supervisor=works)
    li = await account(database, operator=works)
    wang = await account(database, "4712", "Wang Fang", operator=works)
    await with_pin(database, li, "2580")
    await with_badge(database, li, "00471100")
    await with_badge(database, wang, "00471200")
    async with client(database, plant()) as http:
        await logged_in(http, "1")
        assert (await registered(http)).status_code == 303
        yield http


async def held(http: httpx.AsyncClient, database: str, **headers: str) -> tuple[int, object]:
    """A machine is held: what is answered, and by whom it was."""
    form = {"kind": "machine", "subject": "press-1", "reason": "burr"}
    answer = await http.post("/quality/holds", data=form, headers=headers)
    with psycopg.connect(database, autocommit=True) as conn:
        row = conn.execute("DELETE FROM hold RETURNING person").fetchone()
    return answer.status_code, row[0] if row else answer.headers.get("location")


async def test_at_a_station_nobody_acts_until_somebody_has_signed_on(station: httpx.AsyncClient, database: str) -> None:
    page = await station.get("/station")
    nobody = await held(station, database)
    by_api = await station.post("/api/v1/orders/WO-1/start")
    people = await station.get("/api/v1/people")

    assert "Press tablet" in page.text
    assert "Chen Jing" not in page.text.partition("<main")[0]
    assert nobody == (303, "/station?next=/quality")
    assert (by_api.status_code, people.status_code) == (403, 403)


async def test_people_sign_on_by_badge_or_pin_and_act_in_their_own_names(
    station: httpx.AsyncClient, database: str
) -> None:
    await station.post("/station/sign-on", data={"badge": "00471200"})
    first = await held(station, database)
    answer = await station.post("/station/sign-on", data={"number": "4711", "pin": "2580", "next": "/alarms"})
    second = await held(station, database)
    listed = (await station.get(SIGN_ON, params={"open": True})).json()["items"]
    wang = next(one["id"] for one in listed if one["person"] == "4712")
    named = await held(station, database, **{"Shopfloor-Sign-On": wang})
    await station.post("/station/chosen", data={"sign_on": wang})
    chosen = await held(station, database)
    await station.post("/station/sign-off", data={"sign_on": wang})
    left = await held(station, database)

    assert answer.headers["location"] == "/alarms"
    assert [first, second, named, chosen, left] == [(303, one) for one in ("4712", "4711", "4712", "4712", "4711")]
    assert [(one["person"], one["method"], one["station_name"]) for one in listed] == [
        ("4712", "badge", "Press tablet"),
        ("4711", "pin", "Press tablet"),
    ]
    with psycopg.connect(database) as conn:
        told = conn.execute("SELECT count(*) FROM outbox_event WHERE type = 'sign_on.changed'").fetchone()
        acts = conn.execute(
            "SELECT action, person, client FROM audit_entry WHERE action LIKE 'sign %' ORDER BY written"
        )
        assert told == (3,)
        assert acts.fetchall() == [
            ("sign on", "4712", "station Press tablet"),
            ("sign on", "4711", "station Press tablet"),
            ("sign off", "4712", "station Press tablet"),
        ]


async def test_a_session_that_has_ended_keeps_nobody_from_signing_on(station: httpx.AsyncClient, database: str) -> None:
    await logged_in(station, "1")
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("UPDATE session SET ended_at = clock_timestamp()")
    await station.post("/station/sign-on", data={"badge": "00471100"})

    assert await held(station, database) == (303, "4711")


async def test_who_signs_on_twice_is_signed_on_once(station: httpx.AsyncClient) -> None:
    first = await station.post(SIGN_ON, json={"badge": "00471100"})
    again = await station.post(SIGN_ON, json={"number": "4711", "pin": "2580"})
    ended = [await station.post(f"{SIGN_ON}/{first.json()['id']}/end") for _ in range(2)]

    assert (first.status_code, first.json()) == (201, again.json())
    assert ended[0].json() == ended[1].json()
    assert ended[0].json()["to"] is not None


async def test_a_guessed_pin_locks_its_person_out(station: httpx.AsyncClient) -> None:
    wrong = [await station.post(SIGN_ON, json={"number": "4711", "pin": f"000{n}"}) for n in range(5)]
    right = await station.post(SIGN_ON, json={"number": "4711", "pin": "2580"})

    assert [one.status_code for one in wrong] == [401, 401, 401, 401, 403]
    assert right.status_code == 403


async def test_who_has_no_role_there_does_not_sign_on(station: httpx.AsyncClient, database: str) -> None:
    await with_badge(database, await account(database, "9", "Zhao Lei", planner=works), "00999999")

    assert (await station.post(SIGN_ON, json={"badge": "00999999"})).status_code == 403
    assert (await station.get(SIGN_ON, params={"open": True})).json()["items"] == []


async def test_a_badge_has_one_holder(station: httpx.AsyncClient, database: str) -> None:
    other = await account(database, "5", "Sun Li", operator=works)

    assert not await with_badge(database, other, "00471100")
    assert await with_badge(database, other, "00555555")
    with psycopg.connect(database) as conn:
        assert "0047" not in str(conn.execute("SELECT encode(hash, 'escape') FROM badge").fetchall())


async def test_only_who_may_registers_and_a_station_that_was_ended_is_none(
    station: httpx.AsyncClient, database: str
) -> None:
    await station.post(SIGN_ON, json={"badge": "00471100"})
    by_operator = await registered(station, name="Another")
    await logged_in(station, "1")
    taken = await registered(station)
    with psycopg.connect(database) as conn:
        row = conn.execute("SELECT id FROM station").fetchone()
    assert row is not None
    await station.post("/station/end", data={"station": str(row[0])})
    await station.post("/logout")
    nobody = await station.post(SIGN_ON, json={"badge": "00471100"})

    assert (by_operator.status_code, taken.status_code, nobody.status_code) == (403, 409, 401)
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM sign_on WHERE ends_at IS NULL").fetchone() == (0,)


async def test_a_program_signs_somebody_on_at_a_station_it_names(station: httpx.AsyncClient, database: str) -> None:
    async with client(database, plant(), {"hrm": "0123456789abcdef"}) as http:
        http.headers["Authorization"] = "Bearer 0123456789abcdef"
        nowhere = await http.post(SIGN_ON, json={"badge": "00471100"})
        with psycopg.connect(database) as conn:
            row = conn.execute("SELECT id FROM station").fetchone()
        assert row is not None
        made = await http.post(SIGN_ON, json={"badge": "00471100", "station": str(row[0])})

    assert (nowhere.status_code, made.status_code) == (422, 201)


async def test_who_forgot_to_sign_off_is_signed_off_after_half_a_day(station: httpx.AsyncClient, database: str) -> None:
    await station.post(SIGN_ON, json={"badge": "00471100"})
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("UPDATE sign_on SET begins_at = begins_at - interval '13 hours'")
    again = await station.post(SIGN_ON, json={"badge": "00471100"})
    listed = (await station.get(SIGN_ON)).json()["items"]

    assert again.status_code == 201
    assert [one["to"] is None for one in listed] == [False, True]
