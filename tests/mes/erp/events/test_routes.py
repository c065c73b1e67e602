"""A consumer reads the feed by cursor: in order, filtered or not, at once or waiting, and is told when it cannot."""

import asyncio
import time
from typing import Any

import httpx
import psycopg

from mes.feed.store_outbox import tell
from mes.feed.store_sequencer import number_events
from tests.mes.erp.plants import client
from tests.mes.house import reading
from tests.mes.screens.lines import plant

API = "/api/v1"
KEYS = {"erp": "0123456789abcdef"}
BEARER = {"Authorization": "Bearer 0123456789abcdef"}


async def told(database: str, *events: tuple[str, str]) -> None:
    async with reading(database) as conn:
        for kind, subject in events:
            await tell(conn, kind, subject, {"order": "WO-1", "good": "480", "unit": "C62"})
        await number_events(conn)


async def get(http: httpx.AsyncClient, **query: Any) -> Any:
    answer = await http.get(f"{API}/events", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_pages_follow_each_other_to_the_end(database: str) -> None:
    await told(database, *(("order.changed", f"order/{n}") for n in range(5)))
    async with client(database, plant()) as http:
        first = await get(http, limit=2)
        second = await get(http, limit=2, cursor=first["cursor"])
        third = await get(http, limit=2, cursor=second["cursor"])
        nothing = await get(http, cursor=third["cursor"])

    pages = (first, second, third, nothing)
    assert [[event["position"] for event in page["events"]] for page in pages] == [[1, 2], [3, 4], [5], []]
    assert [(page["more"], page["scanned_to"]) for page in pages] == [(True, 2), (True, 4), (False, 5), (False, 5)]
    assert nothing["cursor"] == third["cursor"]


async def test_an_event_tells_what_when_and_of_whom(database: str) -> None:
    await told(database, ("order.changed", "order/1"), ("order.changed", "order/1"))
    async with client(database, plant()) as http:
        event = (await get(http))["events"][1]

    assert event["timestamp"].endswith("Z")
    assert {name: event[name] for name in ("type", "position", "subject", "subject_version", "data")} == {
        "type": "order.changed",
        "position": 2,
        "subject": "order/1",
        "subject_version": 2,
        "data": {"order": "WO-1", "good": "480", "unit": "C62"},
    }


async def test_a_filter_passes_over_the_rest_and_moves_on(database: str) -> None:
    await told(database, ("order.changed", "order/1"), ("stop.changed", "machine/press-1"), ("stop.changed", "m/2"))
    async with client(database, plant()) as http:
        stops = await get(http, types="stop.changed,order.changed", subject="machine/press-1")
        none = await get(http, types="day.closed")
        wrong = await http.get(f"{API}/events", params={"types": "order.altered"})

    assert [event["position"] for event in stops["events"]] == [2]
    assert (none["events"], none["scanned_to"]) == ([], 3)
    assert wrong.status_code == 422
    assert "order.changed" in wrong.json()["errors"][0]["message"]


async def test_a_reader_that_waits_gets_an_event_within_a_second_and_an_empty_page_after_its_time(
    database: str,
) -> None:
    async with client(database, plant()) as http:
        begun = await get(http, cursor="end")
        began = time.monotonic()
        waiting = asyncio.create_task(get(http, cursor=begun["cursor"], wait=25))
        await asyncio.sleep(0.2)
        await told(database, ("order.changed", "order/1"))
        page = await waiting
        empty = await get(http, cursor=page["cursor"], wait=1)

    assert [event["subject"] for event in page["events"]] == ["order/1"]
    assert time.monotonic() - began < 6
    assert (empty["events"], empty["cursor"]) == ([], page["cursor"])


async def test_a_cursor_from_before_a_restore_is_gone_and_says_what_to_do(database: str) -> None:
    await told(database, ("order.changed", "order/1"))
    async with client(database, plant()) as http:
        cursor = (await get(http))["cursor"]
        await http.put(f"{API}/consumers/erp", json={"cursor": cursor})
        with psycopg.connect(database) as conn:
            conn.execute("UPDATE feed SET epoch = gen_random_uuid()")
        answers = [
            await http.get(f"{API}/events", params={"cursor": cursor}),
            await http.put(f"{API}/consumers/erp", json={"cursor": cursor}),
        ]
        gone = (await http.get(f"{API}/consumers/erp")).json()

    assert [answer.status_code for answer in answers] == [410, 410]
    assert all("Reconcile" in answer.json()["cure"] for answer in answers)
    assert (gone["state"], gone["lag"]) == ("gone", None)


async def test_a_consumer_keeps_its_place_here_and_its_lag_is_seen(database: str) -> None:
    await told(database, *(("order.changed", f"order/{n}") for n in range(5)))
    async with client(database, plant(), KEYS) as http:
        http.headers.update(BEARER)
        made = await http.put(f"{API}/consumers/erp", json={"name": "ERP orders"})
        page = await get(http, cursor=made.json()["cursor"], limit=3)
        kept = await http.put(
            f"{API}/consumers/erp", json={"cursor": page["cursor"]}, headers={"If-Match": made.headers["ETag"]}
        )
        stale = await http.put(
            f"{API}/consumers/erp", json={"cursor": "end"}, headers={"If-Match": made.headers["ETag"]}
        )
        found = await http.get(f"{API}/consumers/erp")
        every = (await http.get(f"{API}/consumers")).json()["items"]

    assert [answer.status_code for answer in (made, kept, stale)] == [200, 200, 412]
    assert (made.json()["position"], made.json()["lag"]) == (0, 5)
    assert (found.json()["name"], found.json()["position"], found.json()["lag"]) == ("ERP orders", 3, 2)
    assert (found.json()["client"], found.headers["ETag"], every) == ("erp", '"v2"', [found.json()])


async def test_a_consumer_that_nobody_has_made_is_not_there(database: str) -> None:
    async with client(database, plant()) as http:
        answer = await http.get(f"{API}/consumers/erp")

    assert answer.status_code == 404
    assert "PUT" in answer.json()["cure"]
