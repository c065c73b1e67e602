"""A pretend edge that speaks MQTT as the real one does, and the collector as a process."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as mqtt
import psycopg

from config.load import load_plant
from contract.frame import encode
from contract.messages import Ack
from contract.sample import Quality, Sample, to_us
from contract.topics import ack_topic, backlog_topic, frame_topic
from laptop.broker import LocalBroker
from runtime.broker import connect_client
from runtime.settings import Broker
from tests.support.eventually import eventually
from tests.support.frames import frame_of
from tests.support.program import Program
from tests.times import at

PLANT = Path("config/demo.yaml")
SITE = load_plant(PLANT).site.id
NOON = to_us(at("2026-11-23 12:00"))
SAMPLES = 4


def payload(seq: int, node: str = "edge-1", epoch: int = 1) -> bytes:
    """A frame of four samples, each with a time of its own."""
    start = NOON + seq * SAMPLES
    read = [Sample("press-1", "temp", start + i, start + i, seq + i / 8, Quality.GOOD) for i in range(SAMPLES)]
    return encode(frame_of(node, epoch, seq, read))


def rows(database: str, query: str) -> list[Any]:
    """What a query of a test gives."""
    with psycopg.connect(database) as conn:
        return conn.execute(query.encode()).fetchall()


class Sender:
    """Publishes frames and notes the acknowledgements in the order in which they come."""

    def __init__(self, port: int, node: str = "edge-1", on_ack: Callable[[int], None] = lambda seq: None) -> None:
        self.node, self.on_ack = node, on_ack
        self.acked: list[int] = []
        self.subscribed = threading.Event()
        self.client = connect_client(
            Broker("127.0.0.1", port, tls=False),
            client_id=f"pretend-{node}",
            on_connect=self._connected,
            on_message=self._acknowledged,
        )
        assert self.subscribed.wait(15), "the broker does not answer"

    def live(self, *seqs: int) -> None:
        """Publish frames as read now."""
        for seq in seqs:
            self.say(frame_topic(SITE, self.node), payload(seq, self.node))

    def backlog(self, *seqs: int) -> None:
        """Publish frames as kept."""
        for seq in seqs:
            self.say(backlog_topic(SITE, self.node), payload(seq, self.node))

    def say(self, topic: str, message: bytes, qos: int = 1) -> None:
        """Publish anything."""
        self.last = self.client.publish(topic, message, qos=qos)

    def flush(self) -> None:
        """Wait until the broker has passed on what was published."""
        self.last.wait_for_publish(10)

    def send_until_acked(self, seqs: Sequence[int], seconds: float = 60) -> None:
        """What an edge does: send again whatever is not acknowledged, until everything is."""
        deadline = time.monotonic() + seconds
        while missing := sorted(set(seqs) - set(self.acked)):
            assert time.monotonic() < deadline, f"never acknowledged: {missing}"
            self.backlog(*missing[:48])
            with_patience = min(deadline, time.monotonic() + 1)
            while time.monotonic() < with_patience and not set(missing[:48]) <= set(self.acked):
                time.sleep(0.02)

    def close(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()

    def _connected(self, client: mqtt.Client) -> None:
        client.on_subscribe = lambda *_: self.subscribed.set()
        client.subscribe(ack_topic(SITE, self.node), qos=1)

    def _acknowledged(self, _client: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        for _epoch, first, last in Ack.model_validate_json(message.payload).ranges:
            for seq in range(first, last + 1):
                self.on_ack(seq)
                self.acked.append(seq)


@contextmanager
def sender(
    broker: LocalBroker, node: str = "edge-1", on_ack: Callable[[int], None] = lambda seq: None
) -> Iterator[Sender]:
    """A pretend edge for a while."""
    made = Sender(broker.port, node, on_ack)
    try:
        yield made
    finally:
        made.close()


class Collector:
    """`shopfloor collector` as a process, its log in a file; on leaving, kill -9 when it still runs."""

    def __init__(
        self, folder: Path, broker: LocalBroker, database: str, name: str = "collector", group: str = ""
    ) -> None:
        self.log = folder / f"{name}.log"
        self.environment = {
            "SHOPFLOOR_PLANT": str(PLANT),
            "SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{broker.port}",
            "SHOPFLOOR_DATABASE": database,
            "SHOPFLOOR_COLLECTOR_GROUP": group,
        }
        self.process: Program | None = None

    def start(self, ready: str = "broker_connected") -> None:
        """Start, and wait for a word in the log."""
        seen = self.text().count(ready)
        self.process = Program(["collector"], os.environ | self.environment, self.log)
        eventually(f"{ready} in the log", lambda: self._runs() and self.text().count(ready) > seen)

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(15)
        self.process = None
        return code

    def _runs(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the collector ended by itself: {self.text()[-1500:]}"
        return True

    def text(self) -> str:
        """The log so far."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.end(signal.SIGKILL)
