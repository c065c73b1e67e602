"""Journal → MQTT. A frame is forgotten when the collector says that the database holds it, never before.

The broker's PUBACK only bounds the flow: it proves nothing about storage.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from contextlib import suppress
from typing import TypeVar

import paho.mqtt.client as mqtt
import structlog
from pydantic import ValidationError

from config.settings import Broker
from contract.broker import connect_client
from contract.messages import Ack, NodeState, Status
from contract.topics import ack_topic, backlog_topic, frame_topic, status_topic
from edge.clock import now_us
from edge.journal import Journal, Kept
from edge.window import Window

log = structlog.get_logger()
PATIENCE_S = 10.0
Answer = TypeVar("Answer")


class Publisher:
    """Sends one agent's journal; the journal is touched only in `executor`, its one thread."""

    def __init__(self, broker: Broker, site: str, node: str, journal: Journal, executor: Executor) -> None:
        self.node, self.journal, self.executor = node, journal, executor
        self.frames, self.backlog = frame_topic(site, node), backlog_topic(site, node)
        self.acks, self.status = ack_topic(site, node), status_topic(site, node)
        self.window = Window()
        self.loop = asyncio.get_running_loop()
        self.news = asyncio.Event()
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self.connected = False
        self.fresh = False
        self.client = connect_client(
            host=broker.host,
            port=broker.port,
            tls=broker.tls,
            user=broker.user,
            password=broker.password,
            ca_file=broker.ca_file,
            client_id=f"shopfloor-edge-{site}-{node}",
            will=(self.status, self._status(NodeState.OFFLINE)),
            on_connect=self._connected,
            on_message=lambda _client, message: self._soon(self.received.put_nowait, bytes(message.payload)),
            on_disconnect=lambda: self._soon(self._lost),
        )

    def wake(self) -> None:
        """There is something new in the journal."""
        self.news.set()

    async def run(self) -> None:
        """Send and take acknowledgements until cancelled."""
        while True:
            while not self.received.empty():
                await self._acknowledge(self.received.get_nowait())
            if self.connected:
                if self.fresh or self.window.stuck(time.monotonic(), PATIENCE_S):
                    if not self.fresh:
                        log.warning("no_acknowledgement", on_the_way=len(self.window.on_the_way), seconds=PATIENCE_S)
                    self.fresh = False
                    self.window.begin(self.journal.last_id)
                await self._fill()
            self.news.clear()
            if self.received.empty():
                try:
                    await asyncio.wait_for(self.news.wait(), 0.5)
                except TimeoutError:
                    continue

    async def close(self) -> None:
        """Say goodbye and leave the broker."""
        if self.connected:
            told = self.client.publish(self.status, self._status(NodeState.OFFLINE), qos=1, retain=True)
            with suppress(RuntimeError, ValueError):
                await self.loop.run_in_executor(None, told.wait_for_publish, 1)
        self.client.disconnect()
        await self.loop.run_in_executor(None, self.client.loop_stop)

    async def _fill(self) -> None:
        window = self.window
        live = await self._in_journal(lambda: self.journal.after(window.live_sent, window.room(True), None, "live"))
        self._send(live, live=True)
        if window.room(False) <= 0:
            return
        # Imported frames are backlog whenever they were kept; live ones only up to the boundary.
        old = await self._in_journal(lambda: self._old(window.room(False)))
        self._send(old, live=False)

    def _old(self, most: int) -> list[Kept]:
        after, boundary = self.window.backlog_sent, self.window.boundary
        old = self.journal.after(after, most, boundary)
        if len(old) < most:
            old += self.journal.after(max(after, boundary), most - len(old), None, "backlog")
        return old

    def _send(self, frames: list[Kept], live: bool) -> None:
        for frame in frames:
            sent = self.client.publish(self.frames if live else self.backlog, frame.payload, qos=1)
            if sent.rc != mqtt.MQTT_ERR_SUCCESS:
                return  # it stays in the journal, and the next connection begins anew
            self.window.sent(frame.id, live, time.monotonic())

    async def _acknowledge(self, payload: bytes) -> None:
        try:
            ack = Ack.model_validate_json(payload)
        except ValidationError:
            log.warning("broken_acknowledgement", bytes=len(payload))
            return
        ids = await self._in_journal(lambda: self.journal.acknowledge(ack.ranges))
        self.window.acknowledged(ids)

    def _in_journal(self, work: Callable[[], Answer]) -> Awaitable[Answer]:
        return self.loop.run_in_executor(self.executor, work)

    def _connected(self, client: mqtt.Client) -> None:
        client.subscribe(self.acks, qos=1)
        client.publish(self.status, self._status(NodeState.ONLINE), qos=1, retain=True)
        self._soon(self._found)

    def _found(self) -> None:
        log.info("broker_connected")
        self.connected = self.fresh = True
        self.news.set()

    def _lost(self) -> None:
        if self.connected:
            log.warning("broker_lost")
        self.connected = False

    def _soon(self, work: Callable[..., object], *arguments: object) -> None:
        """From paho's thread into ours; nothing any more when the loop has ended."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(work, *arguments)
            self.loop.call_soon_threadsafe(self.news.set)

    def _status(self, state: NodeState) -> bytes:
        status = Status(node=self.node, state=state, epoch=self.journal.epoch, at_us=now_us())
        return status.model_dump_json().encode()
