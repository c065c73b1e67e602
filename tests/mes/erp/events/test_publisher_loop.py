"""Whoever subscribes gets every event in its order, and whoever comes later the latest state; a broker may go away."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from laptop.broker import LocalBroker
from mes.erp.events.publisher_loop import PublisherLoop
from mes.feed.store_outbox import tell
from mes.feed.store_sequencer import number_events
from runtime.broker import connect_client
from runtime.news import News
from runtime.settings import Broker, broker_from
from tests.mes.erp.plants import settings
from tests.mes.house import reading
from tests.mes.screens.lines import plant
from tests.support.eventually import until
from tests.support.loops import running

PLANT = plant()
LINE, MACHINE = PLANT.lines[0].id, PLANT.lines[0].machines[0].id


@asynccontextmanager
async def publishing(database: str, port: int) -> AsyncIterator[None]:
    broker = broker_from(f"mqtt://127.0.0.1:{port}", None, False)
    loop = PublisherLoop(replace(settings(database), broker=broker), PLANT, News(), lambda: None)
    async with running(loop.run()):
        yield


@asynccontextmanager
async def hearing(port: int, topic: str) -> AsyncIterator[list[tuple[str, dict[str, Any], bool]]]:
    """What a subscriber gets: topic, document, and whether the broker had kept it."""
    heard: list[tuple[str, dict[str, Any], bool]] = []

    def on_message(_: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        heard.append((message.topic, json.loads(message.payload), message.retain))

    client = connect_client(
        Broker("127.0.0.1", port, tls=False),
        client_id=f"listener-{len(topic)}",
        clean_session=False,
        on_connect=lambda one: one.subscribe(topic, qos=1),
        on_message=on_message,
    )
    await until("a subscriber", client.is_connected, 10)
    await asyncio.sleep(0.3)
    yield heard
    client.disconnect()
    client.loop_stop()


async def told(database: str, *events: tuple[str, str]) -> None:
    async with reading(database) as conn:
        for kind, subject in events:
            await tell(conn, kind, subject, {"machine": MACHINE, "reason": "jam"})
        await number_events(conn)


async def test_every_event_is_told_in_order_and_a_state_is_kept(database: str, broker: LocalBroker) -> None:
    await told(database, ("order.changed", "order/from-before-anybody-published"))
    async with publishing(database, broker.port), hearing(broker.port, "shopfloor/v1/+/_event/#") as events:
        await asyncio.sleep(0.5)
        await told(database, *(("stop.changed", f"machine/{n}") for n in range(150)))
        await until("all events", lambda: len(events) == 150, 20)
    async with hearing(broker.port, "shopfloor/v1/+/_state/#") as states:
        await until("the state", lambda: len(states) == 1, 10)

    assert [document["position"] for _, document, _ in events] == list(range(2, 152))
    assert {topic.split("/", 3)[3] for topic, _, _ in events} == {f"_event/{LINE}/{MACHINE}/stop.changed"}
    assert not any(kept for _, _, kept in events)
    assert states == [(f"shopfloor/v1/{PLANT.site.id}/_state/{LINE}/{MACHINE}/stop.changed", events[-1][1], True)]


@pytest.mark.mosquitto
async def test_a_broker_that_goes_away_gets_what_happened_meanwhile(
    database: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    broker = LocalBroker(tmp_path / "broker", free_port())
    broker.start()
    async with publishing(database, broker.port), hearing(broker.port, "shopfloor/v1/+/_event/#") as events:
        await asyncio.sleep(0.5)
        await told(database, ("stop.changed", "machine/1"))
        await until("the first", lambda: len(events) == 1, 10)
        broker.stop()
        await told(database, *(("stop.changed", f"machine/{n}") for n in range(5)))
        await asyncio.sleep(1)
        broker.start()
        await until("those of meanwhile", lambda: {one["position"] for _, one, _ in events} == set(range(1, 7)), 30)
    broker.stop()


def test_it_ends_soon_though_the_broker_acknowledges_nothing(
    database: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    broker = LocalBroker(tmp_path / "broker", free_port())
    broker.start()
    assert broker.process is not None
    pid = broker.process.pid

    async def life() -> float:
        async with publishing(database, broker.port), hearing(broker.port, "shopfloor/v1/+/_event/#") as events:
            await asyncio.sleep(0.5)
            await told(database, ("stop.changed", "machine/1"))
            await until("the first", lambda: len(events) == 1, 10)
            os.kill(pid, signal.SIGSTOP)
            await told(database, *(("stop.changed", f"machine/{n}") for n in range(5)))
            await asyncio.sleep(1)
            return time.monotonic()

    try:
        asked = asyncio.run(life())
        assert time.monotonic() - asked < 4
    finally:
        os.kill(pid, signal.SIGCONT)
        broker.stop()
