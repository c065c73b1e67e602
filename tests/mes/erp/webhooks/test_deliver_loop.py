"""A receiver that fails in every way gets every event at least once, in order for each subject, by the same ids."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from mes.erp.webhooks.deliver_loop import WebhooksLoop
from mes.feed.store_outbox import tell
from mes.feed.store_sequencer import number_events
from runtime.news import News
from tests.mes.erp.plants import client, settings
from tests.mes.erp.webhook_receiver import Receiver, Way
from tests.mes.house import reading
from tests.mes.running import mes
from tests.mes.screens.lines import plant
from tests.support.eventually import until
from tests.support.loops import running

API = "/api/v1/webhooks/erp"
HOSTS = ["127.0.0.1"]
SEVEN = [way for way in Way if way not in (Way.NONE, Way.GONE)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@asynccontextmanager
async def posting(database: str) -> AsyncIterator[None]:
    """The loop of a running mes, with a shorter patience."""
    loop = WebhooksLoop(settings(database, webhook_hosts=HOSTS), News(), lambda: None, timeout_s=1)
    async with running(loop.run()):
        yield


async def told(database: str, *subjects: str) -> None:
    async with reading(database) as conn:
        for subject in subjects:
            await tell(conn, "order.changed", subject, {"good": "7.5", "unit": "KGM", "name": "李伟"})
        await number_events(conn)


async def made(http: httpx.AsyncClient, receiver: Receiver, **more: Any) -> Any:
    answer = await http.put(API, json={"name": "ERP", "url": receiver.url} | more)
    assert answer.status_code == 200, answer.text
    if answer.json()["secret"]:
        receiver.secrets.append(answer.json()["secret"])
    return answer.json()


async def test_seven_ways_to_fail_lose_nothing_and_change_no_order(database: str, receiver: Receiver) -> None:
    receiver.ways = {f"order/{way.name}": way for way in SEVEN}
    subjects = [*receiver.ways, "order/fine"]
    async with client(database, plant(), webhook_hosts=HOSTS) as http, posting(database):
        await made(http, receiver)
        for _ in range(3):
            await told(database, *subjects)
        await until("what goes by itself", lambda: len(ids(receiver)) == 18, 30)
        parked = (await http.get(f"{API}/deliveries", params={"state": "parked"})).json()["items"]
        receiver.mended.set()
        replayed = await http.post(f"{API}/replay", json={})
        await until("all of them", lambda: len(ids(receiver)) == 24, 30)
        await until("the record of it", lambda: open_deliveries(database) == 0, 10)
        events = (await http.get("/api/v1/events")).json()["events"]

    assert receiver.wrong == []
    assert set(receiver.paths) == {"/in"}
    assert sorted((one["subject"], one["status"]) for one in parked) == [
        ("order/REDIRECT", 302),
        ("order/REFUSED", 400),
    ]
    assert len(replayed.json()["positions"]) == 2
    assert {one["id"]: one for one in receiver.taken} == {event["id"]: event for event in events}
    for subject in subjects:
        positions = [one["position"] for one in receiver.taken if one["subject"] == subject]
        assert positions == sorted(positions), subject
    # Only what was taken without our knowledge came twice.
    assert len(receiver.taken) == 24 + 3


async def test_a_subject_that_fails_holds_up_no_other(database: str, receiver: Receiver) -> None:
    receiver.ways = {"order/bad": Way.REFUSED}
    async with client(database, plant(), webhook_hosts=HOSTS) as http, posting(database):
        await made(http, receiver)
        await told(database, "order/bad", "order/bad", "order/good", "order/good")
        await until("the others", lambda: len(receiver.taken) == 2, 10)
        await until("the parked one", lambda: states(database) == ["parked", "sent", "sent", "waiting"], 10)
        no = await http.post(f"{API}/skip", json={"position": 2, "why": "not parked"})
        skipped = await http.post(f"{API}/skip", json={"position": 1, "why": "Booked by hand."})
        receiver.mended.set()
        await until("the one behind it", lambda: len(receiver.taken) == 3, 10)

    assert (no.status_code, skipped.status_code) == (409, 200)
    assert [one["position"] for one in receiver.taken] == [3, 4, 2]
    with psycopg.connect(database) as conn:
        [(action, after)] = conn.execute("SELECT action, after FROM audit_entry WHERE action = 'skip'").fetchall()
    assert (action, after["why"]) == ("skip", "Booked by hand.")


async def test_a_receiver_that_asks_for_time_gets_it(database: str, receiver: Receiver) -> None:
    receiver.ways = {"order/1": Way.TOO_MANY}
    async with client(database, plant(), webhook_hosts=HOSTS) as http, posting(database):
        await made(http, receiver)
        await told(database, "order/1")
        await until("the event", lambda: len(receiver.taken) == 1, 10)

    first, second = (at for at, _, _ in receiver.asked)
    assert second - first >= 2


async def test_a_receiver_that_wants_no_more_is_left_alone_until_somebody_says_otherwise(
    database: str, receiver: Receiver
) -> None:
    receiver.ways = {"order/1": Way.GONE}
    async with client(database, plant(), webhook_hosts=HOSTS) as http, posting(database):
        await made(http, receiver)
        await told(database, "order/1")
        await until("the end", lambda: webhook_state(database) == "disabled", 10)
        await told(database, "order/2")
        ended = (await http.get(API)).json()
        await asyncio.sleep(1.5)
        left_alone = len(receiver.asked)
        await made(http, receiver)
        await until("both", lambda: len(receiver.taken) == 2, 10)

    assert (left_alone, "410" in ended["reason"]) == (1, True)


async def test_while_a_secret_changes_both_sign_and_none_is_ever_told_again(database: str, receiver: Receiver) -> None:
    async with client(database, plant(), webhook_hosts=HOSTS) as http, posting(database):
        first = (await made(http, receiver))["secret"]
        again = (await made(http, receiver))["secret"]
        second = (await http.post(f"{API}/rotate")).json()["secret"]
        receiver.secrets.append(second)
        await told(database, "order/1")
        await until("the event", lambda: len(receiver.taken) == 1, 10)
        read = (await http.get(API)).text + (await http.get("/api/v1/webhooks")).text

    assert receiver.wrong == []
    assert len({first, second}) == 2
    assert again is None
    assert "whsec_" not in read
    with psycopg.connect(database) as conn:
        entries = str(conn.execute("SELECT before, after FROM audit_entry").fetchall())
    assert "whsec_" not in entries


async def test_a_webhook_that_is_paused_or_filtered_gets_what_it_wants_when_it_wants_it(
    database: str, receiver: Receiver
) -> None:
    await told(database, "order/before")
    async with client(database, plant(), webhook_hosts=HOSTS) as http, posting(database):
        begin = (await http.get("/api/v1/events", params={"limit": 1})).json()["cursor"]
        await told(database, "order/1")
        await made(http, receiver, state="paused", cursor=begin, types=["order.changed"])
        await asyncio.sleep(0.5)
        quiet = len(receiver.asked)
        await made(http, receiver, types=["order.changed"])
        await until("the event", lambda: len(receiver.taken) == 1, 10)
        await made(http, receiver, types=["day.closed"])
        await told(database, "order/2")
        async with reading(database) as conn:
            await tell(conn, "day.closed", "site/suzhou", {})
            await number_events(conn)
        await until("the day", lambda: len(receiver.taken) == 2, 10)

    assert quiet == 0
    assert [one["subject"] for one in receiver.taken] == ["order/1", "site/suzhou"]


async def test_where_events_go_is_decided_by_the_list_of_hosts(database: str, receiver: Receiver) -> None:
    async with client(database, plant()) as http:
        refused = await http.put(API, json={"name": "ERP", "url": receiver.url})
        unknown = await http.put(API, json={"name": "ERP", "url": receiver.url, "types": ["order.altered"]})
        nobody = [await http.get(API), await http.post(f"{API}/rotate"), await http.get(f"{API}/deliveries")]

    assert (refused.status_code, unknown.status_code) == (422, 422)
    assert "SHOPFLOOR_WEBHOOK_HOSTS" in refused.json()["errors"][0]["message"]
    assert [answer.status_code for answer in nobody] == [404] * 3


async def test_a_mes_that_is_killed_goes_on_where_it_was(
    database: str, receiver: Receiver, free_port: Callable[[], int], tmp_path: Path
) -> None:
    receiver.ways = {"order/1": Way.DROPPED, "order/2": Way.ERROR}
    port = free_port()
    for turn in range(3):
        process = mes(database, port, tmp_path / "mes.log", WEBHOOK_HOSTS="127.0.0.1")
        running = await asyncio.to_thread(process.__enter__)
        try:
            async with httpx.AsyncClient(base_url=running.url) as http:
                await made(http, receiver)
            async with reading(database) as conn:
                for subject in ("order/1", "order/2", "order/3") * 2:
                    await tell(conn, "order.changed", subject, {})
            if turn == 2:
                await until("all of them", lambda: len(ids(receiver)) == 18, 30)
            running.process.kill()
        finally:
            await asyncio.to_thread(process.__exit__, None, None, None)

    assert receiver.wrong == []
    for subject in ("order/1", "order/2", "order/3"):
        positions = [one["position"] for one in receiver.taken if one["subject"] == subject]
        assert positions == sorted(positions), subject


def ids(receiver: Receiver) -> set[object]:
    return {one["id"] for one in receiver.taken}


def states(database: str) -> list[str]:
    with psycopg.connect(database) as conn:
        return sorted(row[0] for row in conn.execute("SELECT state FROM webhook_delivery"))


def open_deliveries(database: str) -> int:
    return len([state for state in states(database) if state != "sent"])


def webhook_state(database: str) -> str:
    with psycopg.connect(database) as conn:
        return str(conn.execute("SELECT state FROM webhook").fetchall()[0][0])
