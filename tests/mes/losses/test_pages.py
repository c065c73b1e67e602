"""/stops in pages: every stop can be reached, and how many there are is said."""

import re
from datetime import UTC, datetime

import httpx
import psycopg

from contract.sample import State, from_us, to_us
from tests.mes.erp.plants import client, keeping, tape
from tests.mes.losses.test_routes_edits import SMALL
from tests.mes.screens.lines import HOUR, MINUTE

DAY = 24 * HOUR


def many_stops(database: str, count: int) -> int:
    """press-1 stood for a minute every ten minutes, the last time five minutes ago; the instant of now."""
    now = to_us(datetime.now(UTC))
    changes = [(now - 5 * DAY, State.RUNNING)]
    for number in reversed(range(count)):
        begin = now - 5 * MINUTE - number * 10 * MINUTE
        changes += [(begin, State.DOWN), (begin + MINUTE, State.RUNNING)]
    tape(database, "press-1", *changes)
    tape(database, "press-2", (now - 5 * DAY, State.RUNNING))
    return now


def shown(page: str) -> list[str]:
    return re.findall(r'id="stop-press-1-(\d+)"', page)


def link(page: str, name: str) -> str | None:
    found = re.search(rf'id="{name}" href="([^"]+)"', page)
    return found and found[1].replace("&amp;", "&")


async def read_all(http: httpx.AsyncClient, most: int) -> list[str]:
    """The stops of as many pages, from the newest on."""
    found: list[str] = []
    address: str | None = "/stops/press-1?lang=en"
    for _ in range(most):
        assert address is not None
        page = (await http.get(address)).text
        found += shown(page)
        address = link(page, "older")
    return found


async def test_a_day_with_many_stops_says_how_many_and_leads_to_all_of_them(database: str) -> None:
    many_stops(database, 140)
    async with client(database, SMALL) as http:
        first = (await http.get("/stops/press-1?lang=en")).text
        found = await read_all(http, 3)

    assert "1 to 60 of 140 stops of 30 seconds or more." in first
    assert link(first, "newer") is None
    assert len(found) == len(set(found)) == 140


async def test_the_days_before_are_reached_and_there_is_a_way_back(database: str) -> None:
    many_stops(database, 288)
    async with client(database, SMALL) as http:
        found = await read_all(http, 6)
        first = (await http.get("/stops/press-1?lang=en")).text
        second = (await http.get(link(first, "older") or "")).text
        back = (await http.get(link(second, "newer") or "")).text

    assert len(set(found)) == 288
    assert shown(back) == shown(first)


async def test_a_stop_of_an_older_page_has_its_whole_length_and_leads_back_to_that_page(database: str) -> None:
    now = to_us(datetime.now(UTC))
    begin = now - 30 * HOUR
    changes = (now - 60 * HOUR, State.RUNNING), (begin, State.DOWN), (begin + 2 * HOUR, State.RUNNING)
    tape(database, "press-1", *changes)
    before = from_us(begin + HOUR).isoformat().replace("+00:00", "Z")
    with keeping(database, SMALL):
        async with client(database, SMALL) as http:
            page = (await http.get("/stops/press-1", params={"lang": "en", "before": before})).text
            form = dict(re.findall(r'name="(from|to|machine|before|page)" value="([^"]+)"', page))
            answer = await http.post("/stops/press-1/reason", data=form | {"by": "Li Wei", "reason": "jam"})
            again = await http.get(answer.headers["location"])

    assert "2 h 00 min" in page
    assert answer.headers["location"].startswith("/stops/press-1?before=")
    assert "Jam" in again.text
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT from_at, to_at FROM edit").fetchall() == [
            (from_us(begin), from_us(begin + 2 * HOUR))
        ]


async def test_orders_come_in_pages_that_say_how_many_there_are(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO work_order (id, product, quantity, unit, due_at, line, client)"
            " SELECT 'WO-' || n, 'part', 1, 'C62', now(), 'line-1', 'test' FROM generate_series(1, 430) AS n"
        )
        conn.execute(
            "INSERT INTO operation (work_order, step, line, quantity) SELECT id, 10, line, quantity FROM work_order"
        )
    found: set[str] = set()
    async with client(database, SMALL) as http:
        address: str | None = "/orders?lang=en"
        while address:
            page = (await http.get(address)).text
            found |= set(re.findall(r'id="order-(WO-\d+)"', page))
            address = link(page, "older")

    assert len(found) == 430
    assert "Orders 401 to 430 of 430." in page


async def test_a_flood_of_open_alarms_is_said_to_be_one(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO alarm (rule, subject, priority, text_en, text_zh, raised_at)"
            " SELECT 'r', 's' || n, 'low', 'x', 'x', now() FROM generate_series(1, 501) AS n"
        )
    async with client(database, SMALL) as http:
        page = (await http.get("/alarms?lang=en")).text

    assert "More alarms are open: these are the newest 500." in page


async def test_a_production_day_is_picked_and_its_days_beside_are_one_link_away(database: str) -> None:
    now = many_stops(database, 288)
    day = from_us(now - DAY).date()
    async with client(database, SMALL) as http:
        page = (await http.get(f"/stops/press-1?lang=en&day={day}")).text
        # A shift that the day does not have: the whole day.
        other = (await http.get(f"/stops/press-1?lang=en&day={day}&shift=none")).text
        tomorrow = await http.get("/stops/press-1?day=2199-12-31")
        last = link(page, "newer") or ""

    assert "of 144 stops" in page
    assert "stood 2 h 24 min, 2 h 24 min of it without a reason" in page
    assert shown(other) == shown(page)
    assert f"day={day}&page=2" in (link(page, "older") or "")
    assert last == f"/stops/press-1?day={from_us(now).date()}"
    assert tomorrow.status_code == 422


async def test_the_likeliest_reason_stands_first_and_nobody_is_overwritten_in_silence(database: str) -> None:
    many_stops(database, 3)
    with keeping(database, SMALL):
        async with client(database, SMALL) as http:
            page = (await http.get("/stops/press-1?lang=en")).text
            [newest] = re.findall(r'name="from" value="(\d+)"><input type="hidden" name="to" value="(\d+)"', page)[:1]
            form = {"machine": "press-1", "from": newest[0], "to": newest[1], "seen": "none", "reason": "jam"}
            first = await http.post("/stops/press-1/reason", data=form | {"by": "Li Wei"})
            second = await http.post("/stops/press-1/reason", data=form | {"by": "Wang"})
            after = (await http.get("/stops/press-1?lang=en")).text

    assert first.headers["location"] == "/stops/press-1"
    assert second.headers["location"].endswith("trouble=stop_gone")
    assert "1 of last 1" in after
