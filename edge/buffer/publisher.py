"""Journal → MQTT. A frame is forgotten when the collector says that the database holds it, never before.

The broker's PUBACK only bounds the flow: it proves nothing about storage.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from contextlib import suppress
from socket import gethostname
from typing import TypeVar
from uuid import uuid4

import paho.mqtt.client as mqtt
import structlog
from pydantic import ValidationError

from contract.messages import Ack, Claim, NodeState, Status
from contract.topics import ack_topic, backlog_topic, claim_topic, frame_topic, status_topic
from edge import metrics
from edge.buffer.claim import Name, Verdict
from edge.buffer.journal import Journal, Kept
from edge.buffer.pace import Pace
from edge.buffer.window import Window
from edge.clock import now_us
from runtime.broker import connect_client
from runtime.settings import Broker

log = structlog.get_logger()
PATIENCE_S = 10.0
# Of so many strangers the log hears; a flood of forged names does not fill it.
MOST_TOLD = 1_000
STRANGER = "see who may write to this topic: deploy/broker/acl lets only the collector and this edge"
BACKLOG_BYTES_PER_S = 4_000_000
Answer = TypeVar("Answer")


class Publisher:
    """Sends one agent's journal; the journal is touched only in `executor`, its one thread."""

    def __init__(
        self,
        broker: Broker,
        site: str,
        node: str,
        journal: Journal,
        executor: Executor,
        backlog_bytes_per_s: float = BACKLOG_BYTES_PER_S,
    ) -> None:
        self.node, self.journal, self.executor = node, journal, executor
        self.frames, self.backlog = frame_topic(site, node), backlog_topic(site, node)
        self.acks, self.status = ack_topic(site, node), status_topic(site, node)
        self.claims = claim_topic(site, node)
        instance = f"{gethostname()}-{uuid4().hex[:12]}"
        self.place = f"{broker.host}:{broker.port}"
        self.name = Name(Claim(node=node, epoch=journal.epoch, instance=instance, settled=False))
        self.window = Window()
        self.pace = Pace(backlog_bytes_per_s)
        self.loop = asyncio.get_running_loop()
        self.news = asyncio.Event()
        self.received: asyncio.Queue[tuple[str, bytes, bool]] = asyncio.Queue()
        self.linked = False
        self.online = False
        # What was told of forged or mistaken messages: each is told once.
        self.told: set[str] = set()
        self.acknowledged_at = -PATIENCE_S
        self.client = connect_client(
            broker,
            client_id=f"shopfloor-edge-{site}-{node}-{instance[-12:]}",
            will=(self.status, self._status(NodeState.OFFLINE)),
            on_connect=self._connected,
            on_message=lambda _client, message: self._soon(
                self.received.put_nowait, (message.topic, bytes(message.payload), message.retain)
            ),
            on_disconnect=lambda: self._soon(self._lost),
        )

    @property
    def stored_lately(self) -> bool:
        """True while the database takes frames: then there is room to tell of gaps."""
        return self.online and time.monotonic() - self.acknowledged_at < PATIENCE_S

    def wake(self) -> None:
        """There is something new in the journal."""
        self.news.set()

    async def run(self, beat: Callable[[], None] = lambda: None) -> None:
        """Send and take acknowledgements until cancelled; while another agent holds this node's name, only listen."""
        while True:
            beat()
            while not self.received.empty():
                await self._hear(*self.received.get_nowait())
            now = time.monotonic()
            self._settle(now)
            if self.linked and not self.online and self.name.settled(now):
                self._publish_status(NodeState.ONLINE)
                log.info("node_online", node=self.node)
                self.online = True
                self.window.begin(self.journal.last_id)
            elif self.online and self.window.stuck(now, PATIENCE_S):
                log.warning("no_acknowledgement", on_the_way=len(self.window.on_the_way), seconds=PATIENCE_S)
                self.window.begin(self.journal.last_id)
            waits = await self._fill() if self.online else False
            self.news.clear()
            if self.received.empty():
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.05 if waits else 0.5):
                        await self.news.wait()

    async def close(self) -> None:
        """Say goodbye and leave the broker."""
        if self.online:
            self.online = False
            told = self._publish_status(NodeState.OFFLINE)
            with suppress(RuntimeError, ValueError):
                await self.loop.run_in_executor(None, told.wait_for_publish, 1)
        self.client.disconnect()
        await self.loop.run_in_executor(None, self.client.loop_stop)

    async def _fill(self) -> bool:
        """Send what there is room for, live frames first; True when the backlog waits for its pace."""
        window = self.window
        live = await self._in_journal(lambda: self.journal.after(window.live_sent, window.room(True), None, "live"))
        for frame in live:
            self._send(frame, live=True)
        if window.room(False) <= 0:
            return False
        if not self.pace.may_send(time.monotonic()):
            return True
        # Imported frames are backlog whenever they were kept; live ones only up to the boundary.
        old = await self._in_journal(lambda: self._old(window.room(False)))
        for frame in old:
            if not self.pace.may_send(time.monotonic()):
                return True
            self._send(frame, live=False)
            self.pace.sent(len(frame.payload))
        return False

    def _old(self, most: int) -> list[Kept]:
        after, boundary = self.window.backlog_sent, self.window.boundary
        old = self.journal.after(after, most, boundary)
        if len(old) < most:
            old += self.journal.after(max(after, boundary), most - len(old), None, "backlog")
        return old

    def _send(self, frame: Kept, live: bool) -> None:
        # What the client cannot send stays in the journal: after the next connection it goes again.
        self.client.publish(self.frames if live else self.backlog, frame.payload, qos=1)
        (metrics.LIVE if live else metrics.BACKLOG).inc()
        self.window.sent(frame.id, live, time.monotonic())

    async def _hear(self, topic: str, payload: bytes, retained: bool) -> None:
        try:
            if topic == self.claims and retained:
                # No agent lets the broker keep its claim.
                self._tell_once("claim_ignored", "kept by the broker", "remove the retained message of this topic")
            elif topic == self.claims:
                self._contest(Claim.model_validate_json(payload))
            elif topic == self.status:
                self._contradict(Status.model_validate_json(payload))
            else:
                await self._acknowledge(Ack.model_validate_json(payload))
        except ValidationError:
            log.warning("broken_message", topic=topic, bytes=len(payload))

    def _contest(self, other: Claim) -> None:
        verdict = self.name.heard(other, time.monotonic())
        if verdict in (Verdict.ANSWER, Verdict.CHALLENGE):
            self._publish_claim(self.name.claim)
        if verdict is Verdict.ANSWER and self._is_news(other.instance):
            log.warning("second_agent_refused", node=self.node, other=other.instance)
        elif verdict is Verdict.STAND_BY:
            self.online = False
            log.error(
                "second_agent",
                reason=f"another agent is already '{self.node}' (on {other.instance})",
                effect="this one sends nothing; what it reads stays in its journal",
                cure="stop one of them, or give it another id",
            )

    def _settle(self, now: float) -> None:
        """Whoever has not answered is no agent; whoever holds our name is asked whether it still does."""
        for instance in self.name.silent(now):
            self._tell_once("claim_ignored", f"'{instance[:80]}' made it and does not answer", STRANGER)
        said = self.name.challenge(now)
        if said is not None:
            self._publish_claim(said)

    def _tell_once(self, event: str, reason: str, cure: str) -> None:
        if self._is_news(event):
            log.warning(event, topic=self.acks if event.startswith("ack") else self.claims, reason=reason, cure=cure)

    def _is_news(self, what: str) -> bool:
        news = what not in self.told and len(self.told) < MOST_TOLD
        if news:
            self.told.add(what)
        return news

    def _contradict(self, said: Status) -> None:
        """The last will of a second agent that was refused, or of an earlier life, is not ours."""
        if self.online and said.state is NodeState.OFFLINE:
            self._publish_status(NodeState.ONLINE)

    def _publish_claim(self, claim: Claim) -> None:
        self.client.publish(self.claims, claim.model_dump_json(), qos=1)

    def _publish_status(self, state: NodeState) -> mqtt.MQTTMessageInfo:
        return self.client.publish(self.status, self._status(state), qos=1, retain=True)

    async def _acknowledge(self, ack: Ack) -> None:
        try:
            sent = self.window.may_be_stored()
            ids, others = await self._in_journal(lambda: self.journal.acknowledge(ack.ranges, sent))
        except sqlite3.OperationalError as err:
            # A full disk cannot even forget: the frames go again later, and the database knows them already.
            log.warning("journal_stuck", reason=str(err), path=str(self.journal.path), cure="make room on its disk")
            return
        if others:
            self._tell_once(
                "acknowledgement_ignored",
                "it names frames that were not sent: they are kept",
                STRANGER,
            )
        if ids:
            self.window.acknowledged(ids)
            self.acknowledged_at = time.monotonic()

    def _in_journal(self, work: Callable[[], Answer]) -> Awaitable[Answer]:
        return self.loop.run_in_executor(self.executor, work)

    def _connected(self, client: mqtt.Client) -> None:
        client.subscribe([(self.acks, 1), (self.claims, 1), (self.status, 1)])
        self._soon(self._found)

    def _found(self) -> None:
        log.info("broker_connected")
        self.linked = True
        self._publish_claim(self.name.connected(time.monotonic()))

    def _lost(self) -> None:
        if self.linked:
            log.warning("broker_lost")
        self.linked = self.online = False
        self.name.lost()

    def _soon(self, work: Callable[..., object], *arguments: object) -> None:
        """From paho's thread into ours; nothing any more when the loop has ended."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(work, *arguments)
            self.loop.call_soon_threadsafe(self.news.set)

    def _status(self, state: NodeState) -> bytes:
        status = Status(node=self.node, state=state, epoch=self.journal.epoch, at_us=now_us())
        return status.model_dump_json().encode()
