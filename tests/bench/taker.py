"""Takes our frames as a collector does, at no cost: what an agent needs beside a peer that has no database either."""

import json
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt

from contract.messages import Ack
from contract.topics import ack_topic, backlog_topic, frame_topic
from runtime.broker import connect_client
from runtime.settings import Broker
from tests.bench.plant import EDGE, SITE


class Taker:
    """Counts the values of frames and acknowledges each; `looked` gets every frame as it came, when it is given."""

    def __init__(self, broker_port: int, looked: Callable[[dict[str, Any]], None] | None = None) -> None:
        self.values, self.looked = 0, looked
        topics = [(make(SITE, EDGE), 1) for make in (frame_topic, backlog_topic)]
        self.client = connect_client(
            Broker("127.0.0.1", broker_port, tls=False),
            client_id="taker",
            on_connect=lambda client: client.subscribe(topics),
            on_message=self._heard,
        )

    def stop(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()

    def _heard(self, client: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        frame = json.loads(message.payload)
        self.values += len(frame["value"])
        if self.looked is not None:
            self.looked(frame)
        held = Ack(ranges=[(frame["epoch"], frame["seq"], frame["seq"])])
        client.publish(ack_topic(SITE, EDGE), held.model_dump_json(), qos=1)
