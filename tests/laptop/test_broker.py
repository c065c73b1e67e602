"""The local broker, of both kinds: it carries a message, ends cleanly, and says when its port is taken."""

import threading

import paho.mqtt.client as mqtt
import pytest

from laptop.broker import LocalBroker
from laptop.ports import PortTaken, is_free
from runtime.broker import connect_client
from runtime.settings import Broker


def test_a_message_arrives(any_broker: LocalBroker) -> None:
    heard = threading.Event()
    listening = threading.Event()

    def subscribe(client: mqtt.Client) -> None:
        client.on_subscribe = lambda *_: listening.set()
        client.subscribe("a/b", qos=1)

    listener = connect_client(
        Broker("127.0.0.1", any_broker.port, tls=False),
        client_id="listener",
        on_connect=subscribe,
        on_message=lambda _client, message: heard.set() if message.payload == b"hello" else None,
    )
    speaker = connect_client(Broker("127.0.0.1", any_broker.port, tls=False), client_id="speaker")
    assert listening.wait(10)

    speaker.publish("a/b", b"hello", qos=1)

    assert heard.wait(10)
    listener.disconnect()
    speaker.disconnect()
    listener.loop_stop()
    speaker.loop_stop()


def test_a_taken_port_is_told_in_one_line(any_broker: LocalBroker) -> None:
    second = LocalBroker(any_broker.folder, any_broker.port)

    with pytest.raises(PortTaken, match=str(any_broker.port)):
        second.start()


def test_after_stop_the_port_is_free_again(any_broker: LocalBroker) -> None:
    any_broker.stop()

    assert is_free(any_broker.port)
