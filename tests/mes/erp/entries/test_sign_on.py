"""Entries of a station: by whoever was signed on then; a sign-on without a network is checked when it is sent."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from tests.mes.erp.entries.test_routes import entry, sent
from tests.mes.erp.plants import client
from tests.mes.people.logins import SITE, account, logged_in, registered, with_badge, with_pin
from tests.mes.screens.lines import plant

CALL = {"kind": "call", "call": "maintenance"}


@pytest.fixture
async def station(database: str) -> AsyncIterator[httpx.AsyncClient]:
    await account(database, "1", "Chen Jing", supervisor=SITE)
    li = await account(database, operator="line-1")
    await account(database, "4712", "Wang Fang", viewer=SITE)
    await with_pin(database, li, "2580")
    await with_badge(database, li, "00471100")
    async with client(database, plant(3)) as http:
        await logged_in(http, "1")
        assert (await registered(http)).status_code == 303
        yield http


def by(who: str | None, seq: int, said: dict[str, Any], age_s: int, **more: Any) -> dict[str, Any]:
    return entry(seq, said, datetime.now(UTC) - timedelta(seconds=age_s)) | {"by": who} | more


async def test_a_sign_on_that_was_made_without_a_network_holds_since_it_was_made(
    station: httpx.AsyncClient, database: str
) -> None:
    on = by(None, 2, {"kind": "sign_on", "badge": "00471100"}, 3600)
    results = await sent(
        station,
        by("4711", 1, CALL, 7200),
        on | {"machine": "press-2"},
        by(None, 3, CALL, 1800, sign_on=on["id"], machine="press-2"),
        by("4711", 4, {"kind": "sign_off"}, 60, machine="press-2"),
    )
    with psycopg.connect(database) as conn:
        calls = conn.execute("SELECT machine, person FROM andon_call").fetchall()
        [(begun, ended)] = conn.execute("SELECT begins_at, ends_at FROM sign_on").fetchall()
        kept = conn.execute("SELECT string_agg(said::text, ' ') FROM tablet_entry").fetchone()

    assert [one["status"] for one in results] == ["conflict", "applied", "applied", "applied"]
    assert "was not signed on at 'Press tablet' then" in results[0]["problem"]["detail"]
    assert calls == [("press-2", "4711")]
    assert abs(datetime.now(UTC) - begun - timedelta(hours=1)) < timedelta(seconds=30)
    assert ended is not None
    assert kept is not None
    assert "00471100" not in kept[0]


async def test_a_wrong_pin_takes_what_was_entered_after_it_nowhere_but_to_a_person(station: httpx.AsyncClient) -> None:
    on = by(None, 1, {"kind": "sign_on", "number": "4711", "pin": "1111"}, 60)
    [refused] = await sent(station, on)
    address = f"/api/v1/conflicts/{on['id']}/resolve"
    await station.post("/station/sign-on", data={"badge": "00471100"})
    for_somebody = await station.post(address, json={"decision": "apply", "why": "he said so"})
    await station.post(address, json={"decision": "discard", "why": "wrong PIN"})
    [after] = await sent(station, by(None, 2, CALL, 30, sign_on=on["id"]))

    assert (refused["status"], refused["problem"]["status"]) == ("conflict", 401)
    assert for_somebody.status_code == 409
    assert (after["status"], after["problem"]["detail"]) == ("conflict", "The sign-on of this entry was refused.")


async def test_who_is_logged_in_enters_in_no_other_name_and_nobody_without_the_role(
    station: httpx.AsyncClient, database: str
) -> None:
    async with client(database, plant(3)) as http:
        await logged_in(http, "1")
        [other, own] = await sent(http, by("4711", 1, CALL, 9), by("1", 2, CALL, 9, machine="press-2"))
    async with client(database, plant(3)) as http:
        await logged_in(http, "4712")
        [viewer] = await sent(http, by("4712", 3, CALL, 1, machine="press-3"))

    assert (other["status"], own["status"]) == ("conflict", "applied")
    assert "'Chen Jing' is logged in" in other["problem"]["detail"]
    assert (viewer["status"], viewer["problem"]["status"]) == ("conflict", 403)
