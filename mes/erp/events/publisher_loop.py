"""Tells the feed by MQTT as well: at least once, in order, each event after the broker has the one before."""

import asyncio
import time
from collections.abc import Callable, Sequence
from secrets import token_hex

import paho.mqtt.client as mqtt
import psycopg
import structlog

from config.plant import Plant
from mes.erp.events.answer import event_answer
from mes.erp.events.store_publisher import claim_publishing, move_published, published
from mes.erp.events.topics import Topic, topics_of
from mes.feed.store_events import EventPage, read_events
from runtime.broker import connect_client
from runtime.database import settings_of
from runtime.guard import Guard, cut
from runtime.lending import Connection
from runtime.news import News
from runtime.settings import Settings

log = structlog.get_logger()
CLAIM_EVERY_S = 0.5
REST_S = 1.0
AWAY_S = 0.5
ACKNOWLEDGED_WITHIN_S = 10.0
LOOK_EVERY_S = 0.1
AT_ONCE = 100


class PublisherLoop:
    """One of all mes processes on a database publishes; the others stand by."""

    def __init__(self, settings: Settings, plant: Plant, events: News, beat: Callable[[], None]) -> None:
        self.settings, self.plant, self.events, self.beat = settings, plant, events, beat
        self.guard = Guard("mqtt")
        self._conn: Connection | None = None
        self._client: mqtt.Client | None = None
        self._away = False

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self.beat()
            try:
                arguments = settings_of("mes-mqtt")
                self._conn = await psycopg.AsyncConnection.connect(self.settings.need_database(), **arguments)
                await self._follow(self._conn)
            except psycopg.Error as err:
                await asyncio.sleep(self.guard.failed(err, self._conn))
            finally:
                await self._hang_up()
                if self._conn is not None:
                    await self._conn.close()
                    self._conn = None

    def lost(self) -> None:
        """The database does not answer: what waits for it is told now."""
        if self._conn is not None:
            cut(self._conn)

    async def _follow(self, conn: Connection) -> None:
        while not await claim_publishing(conn):
            self.beat()
            await asyncio.sleep(CLAIM_EVERY_S)
        position = await published(conn)
        self.guard.connected()
        while True:
            self.beat()
            seen = self.events.number
            page = await read_events(conn, position, limit=AT_ONCE)
            self.guard.works()
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
            host=broker.host,
            port=broker.port,
            client_id=f"shopfloor-mes-{token_hex(6)}",
            tls=broker.tls,
            user=broker.user,
            password=broker.password,
            ca_file=broker.ca_file,
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
