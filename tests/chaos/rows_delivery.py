"""Row: frames and acknowledgements that come twice, late, in another order, on the other lane, or not at all."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import paho.mqtt.client as mqtt

from contract.topics import ack_topic, backlog_topic, frame_topic, status_topic
from laptop.broker import LocalBroker
from runtime.broker import connect_client
from runtime.settings import Broker
from tests.chaos.auditor import Verdict
from tests.chaos.shop import SITE
from tests.chaos.stage import Row, Stage

Message = tuple[str, bytes]
REMEMBERED = 200


class Relay:
    """Carries frames from one broker to another and acknowledgements back, badly until it is calmed."""

    def __init__(self, edge_port: int, collector_port: int, chance: random.Random) -> None:
        self.chance, self.calm = chance, False
        self.waiting: dict[str, list[Message]] = {"frames": [], "acks": []}
        self.turn = threading.Lock()
        self.ending = threading.Event()
        up = (frame_topic(SITE, "+"), backlog_topic(SITE, "+"), status_topic(SITE, "+"))
        self.edge_side = self._client("relay-edge", edge_port, up, "frames")
        self.collector_side = self._client("relay-collector", collector_port, (ack_topic(SITE, "+"),), "acks")
        self.threads = [
            threading.Thread(target=self._carry, args=route, daemon=True)
            for route in (("frames", self.collector_side), ("acks", self.edge_side))
        ]
        for thread in self.threads:
            thread.start()

    def close(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join()
        for client in (self.edge_side, self.collector_side):
            client.disconnect()
            client.loop_stop()

    def _client(self, name: str, port: int, topics: tuple[str, ...], lane: str) -> mqtt.Client:
        def received(_client: mqtt.Client, message: mqtt.MQTTMessage) -> None:
            with self.turn:
                self.waiting[lane].append((message.topic, bytes(message.payload)))

        return connect_client(
            Broker("127.0.0.1", port, tls=False),
            client_id=name,
            on_connect=lambda client: client.subscribe([(topic, 1) for topic in topics]),
            on_message=received,
        )

    def _carry(self, lane: str, to: mqtt.Client) -> None:
        seen: list[Message] = []
        while not self.ending.wait(self.chance.uniform(0.02, 0.3)):
            with self.turn:
                come, self.waiting[lane] = self.waiting[lane], []
            for topic, payload in come if self.calm else self._disturbed(come, seen):
                to.publish(topic, payload, qos=1)
            seen = (seen + come)[-REMEMBERED:]

    def _disturbed(self, come: list[Message], seen: list[Message]) -> list[Message]:
        """One in twelve is lost, one in three comes again, some of long ago as well, all in any order."""
        said = [message for message in come if self.chance.random() > 1 / 12]
        said += [message for message in come if self.chance.random() < 1 / 3]
        said += self.chance.sample(seen, min(len(seen), self.chance.randint(0, 5)))
        self.chance.shuffle(said)
        return [(self._other_lane(topic), payload) for topic, payload in said]

    def _other_lane(self, topic: str) -> str:
        if topic.endswith("/frame") and self.chance.random() < 0.2:
            return topic.removesuffix("frame") + "backlog"
        return topic


def bad_delivery(stage: Stage) -> Verdict:
    """A broker between edge and collector that breaks every promise of order and number."""
    with stage.shop() as shop, second_broker(stage, shop.broker_urls.__setitem__) as second:
        shop.broker.start()
        relay = Relay(shop.broker.port, second.port, stage.chance)
        try:
            shop.start_all()
            shop.moment(12, least=6)
            relay.calm = True
            return shop.settle()
        finally:
            relay.close()


@contextmanager
def second_broker(stage: Stage, set_url: Callable[[str, str], None]) -> Iterator[LocalBroker]:
    """The collector's own broker."""
    broker = LocalBroker(stage.folder / "second-broker", stage.ground.port(), "mosquitto")
    broker.start()
    set_url("collector", f"mqtt://127.0.0.1:{broker.port}")
    try:
        yield broker
    finally:
        broker.stop()


ROWS: dict[str, Row] = {"bad-delivery": bad_delivery}
