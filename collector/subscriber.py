"""MQTT → two queues, live before backlog. A message is acknowledged to the broker only when it has been written."""

import threading
from collections import deque
from dataclasses import dataclass
from uuid import uuid4

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.reasoncodes import ReasonCode

from collector import metrics
from collector.writer import Message
from contract.messages import Ack, ranges_of
from contract.topics import ack_topic, backlog_topic, frame_topic, parse_topic, status_topic
from runtime.broker import connect_client
from runtime.settings import Broker

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Received:
    """A message and the number by which its connection acknowledges it; 0 when its sender wants none (QoS 0)."""

    message: Message
    mid: int
    connection: int


class Subscriber:
    """Holds what has come and is not yet written; the broker's window bounds how much that can be.

    Collectors of one `group` share the frames (an MQTT shared subscription); without a group each gets them all.
    """

    def __init__(self, broker: Broker, site: str, group: str = "") -> None:
        self.site, self.group = site, group
        self.connection = 0
        self.closing = False
        # Why no frames can come now; empty while the broker has granted the subscription.
        self.trouble = f"no connection to {broker.host}:{broker.port}"
        self.away = self.trouble
        self.live: deque[Received] = deque()
        self.backlog: deque[Received] = deque()
        self.arrived = threading.Condition()
        # A session of its own each time: what the broker forgets, the edge sends again until it is acknowledged.
        self.client = connect_client(
            broker,
            client_id=f"shopfloor-collector-{uuid4().hex[:12]}",
            manual_ack=True,
            on_connect=self._connected,
            on_message=self._received,
            on_disconnect=self._lost,
        )

    def take(self, most: int, seconds: float) -> list[Received]:
        """Up to `most` messages, live ones first, as soon as there are any; none when nothing came in time."""
        with self.arrived:
            self.arrived.wait_for(lambda: self.live or self.backlog, seconds)
            taken: list[Received] = []
            for queue in (self.live, self.backlog):
                while queue and len(taken) < most:
                    taken.append(queue.popleft())
        return taken

    def put_back(self, taken: list[Received]) -> None:
        """Return what could not be written, in its old order."""
        with self.arrived:
            for received in reversed(taken):
                queue = self.backlog if received.message.topic.endswith("/backlog") else self.live
                queue.appendleft(received)

    def confirm(self, taken: list[Received], held: set[tuple[str, int, int]]) -> None:
        """Tell each node which frames the database holds, and the broker that it may forget its copies."""
        for node in sorted({key[0] for key in held}):
            ack = Ack(ranges=ranges_of({(epoch, seq) for name, epoch, seq in held if name == node}))
            self.client.publish(ack_topic(self.site, node), ack.model_dump_json(), qos=1)
        for received in taken:
            if received.mid and received.connection == self.connection:
                self.client.ack(received.mid, 1)

    def close(self) -> None:
        """Leave the broker."""
        self.closing = True
        self.client.disconnect()
        self.client.loop_stop()

    def _connected(self, client: mqtt.Client) -> None:
        with self.arrived:
            # What an earlier connection brought is ours already; only its numbers mean nothing now.
            self.connection += 1
        log.info("broker_connected")
        if self.connection > 1:
            metrics.TO_BROKER.inc()
        client.on_subscribe = self._subscribed
        shared = f"$share/{self.group}/" if self.group else ""
        frames = [shared + make(self.site, "+") for make in (frame_topic, backlog_topic)]
        client.subscribe([(topic, 1) for topic in (*frames, status_topic(self.site, "+"))])

    def _subscribed(
        self, _client: mqtt.Client, _user: object, _mid: int, reasons: list[ReasonCode], *_: object
    ) -> None:
        refused = any(reason.is_failure for reason in reasons)
        self.trouble = "the broker refuses the subscription" if refused else ""
        if refused:
            log.error("subscription_refused", cure="let this user read the frames: see deploy/broker/acl")

    def _lost(self) -> None:
        self.trouble = self.away
        if not self.closing:
            log.warning("broker_lost")

    def _received(self, _client: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        received = Received(Message(message.topic, bytes(message.payload)), message.mid, self.connection)
        address = parse_topic(message.topic)
        with self.arrived:
            (self.backlog if address is not None and address.kind == "backlog" else self.live).append(received)
            self.arrived.notify()
