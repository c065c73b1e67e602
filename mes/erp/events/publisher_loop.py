"""Tells the feed by MQTT as well: at least once, in order, each event after the broker has the one before."""

import asyncio
import time
from collections.abc import Callable, Sequence
from secrets import token_hex

import paho.mqtt.client as mqtt
import structlog

from config.plant import Plant
from mes.erp.events.answer import event_answer
from mes.erp.events.store_publisher import LOCK, move_published, published
from mes.erp.events.topics import Topic, topics_of
from mes.feed.store_events import EventPage, read_events
from runtime.broker import connect_client
from runtime.lending import Connection
from runtime.news import News
from runtime.only_one import OnlyOne
from runtime.settings import Settings

log = structlog.get_logger()
REST_S = 1.0
AWAY_S = 0.5
ACKNOWLEDGED_WITHIN_S = 10.0
LOOK_EVERY_S = 0.1
AT_ONCE = 100


class PublisherLoop:
    """One of all mes processes on a database publishes; the others stand by."""

    def __init__(self, settings: Settings, plant: Plant, events: News, beat: Callable[[], None]) -> None:
        self.settings, self.plant, self.events = settings, plant, events
        self._only = OnlyOne("mqtt", settings.need_database(), LOCK, beat)
        self._client: mqtt.Client | None = None
        self._away = False

    async def run(self) -> None:
        """Until it is cancelled."""
        await self._only.run(self._follow)

    def lost(self) -> None:
        """The database does not answer: what waits for it is told now."""
        self._only.lost()

    async def _follow(self, conn: Connection) -> None:
        position = await published(conn)
        try:
            while True:
                self._only.beat()
                seen = self.events.number
                page = await read_events(conn, position, limit=AT_ONCE)
                self._only.guard.works()
                if page.feed.dropped > position:
                    lost, cure = page.feed.dropped - position, "subscribers reconcile by the lists of the API"
                    log.warning("mqtt_events_dropped", events=lost, cure=cure)
                if not page.events:
                    position = max(position, page.scanned_to)
                    await self.events.wait(seen, REST_S)
                elif await self._publish(page):
                    position = page.scanned_to
                    await move_published(conn, position)
                else:
                    await asyncio.sleep(AWAY_S)
        finally:
            await self._hang_up()

    async def _publish(self, page: EventPage) -> bool:
        """Whether the broker has acknowledged them all; if not, a new connection tells them again."""
        if self._client is None:
            self._client = self._connected()
        messages = []
        for event in page.events:
            body = event_answer(event).model_dump_json().encode()
            messages += [(topic, body) for topic in topics_of(self.plant, event)]
        connected = self._client.is_connected()
        acknowledged = connected and await asyncio.to_thread(_publish, self._client, messages)
        if acknowledged and self._away:
            log.info("broker_back", loop="mqtt")
        if not acknowledged and not self._away:
            log.warning("broker_away", loop="mqtt", cure="check SHOPFLOOR_BROKER; events wait and are told then")
        if connected and not acknowledged:
            await self._hang_up()
        self._away = not acknowledged
        return acknowledged

    def _connected(self) -> mqtt.Client:
        broker = self.settings.need_broker()
        return connect_client(
            broker,
            client_id=f"shopfloor-mes-{token_hex(6)}",
        )

    async def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            await asyncio.to_thread(client.loop_stop)


def _publish(client: mqtt.Client, messages: Sequence[tuple[Topic, bytes]]) -> bool:
    """In a thread: whether all messages were acknowledged in time; not, as soon as the connection ends."""
    deadline = time.monotonic() + ACKNOWLEDGED_WITHIN_S
    try:
        sent = [client.publish(topic.name, body, qos=1, retain=topic.retained) for topic, body in messages]
        for info in sent:
            while not info.is_published():
                if not client.is_connected() or time.monotonic() > deadline:
                    return False
                info.wait_for_publish(LOOK_EVERY_S)
    except (RuntimeError, ValueError):
        # The connection was lost meanwhile, or its queue is full.
        return False
    return True
