"""Whoever listens on a broker in tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as mqtt

from laptop.broker import LocalBroker
from runtime.broker import connect_client
from runtime.settings import Broker


@contextmanager
def listening(broker: LocalBroker, topic: str) -> Iterator[list[bytes]]:
    """The payloads that come on a topic, as they come."""
    heard: list[bytes] = []
    subscribed = threading.Event()

    def connected(client: mqtt.Client) -> None:
        client.on_subscribe = lambda *_: subscribed.set()
        client.subscribe(topic, qos=1)

    client = connect_client(
        Broker("127.0.0.1", broker.port, tls=False),
        client_id="test-listener",
        on_connect=connected,
        on_message=lambda _c, message: heard.append(bytes(message.payload)),
    )
    assert subscribed.wait(15), "the broker does not answer"
    try:
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()
