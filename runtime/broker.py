"""One way to reach the MQTT broker, for the edge and the collector: paho with its loop running and reconnection on."""

import ssl
from collections.abc import Callable

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from runtime.settings import Broker

RECONNECT_SECONDS = (1, 10)
KEEP_ALIVE_SECONDS = 10
MAX_IN_FLIGHT = 100


def connect_client(
    broker: Broker,
    *,
    client_id: str,
    will: tuple[str, bytes] | None = None,
    clean_session: bool = True,
    manual_ack: bool = False,
    on_connect: Callable[[mqtt.Client], None] | None = None,
    on_message: Callable[[mqtt.Client, mqtt.MQTTMessage], None] | None = None,
    on_disconnect: Callable[[], None] | None = None,
) -> mqtt.Client:
    """A client that connects, and connects again, in its own thread; it is returned before the first connection.

    MQTT 3.1.1: every broker speaks it. The will is published by the broker, QoS 1 and retained, when we vanish.
    Callbacks run in the client's thread: they must return at once.
    """
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=clean_session,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=manual_ack,
    )
    client.max_inflight_messages_set(MAX_IN_FLIGHT)
    client.max_queued_messages_set(MAX_IN_FLIGHT * 10)
    client.reconnect_delay_set(*RECONNECT_SECONDS)
    client.username_pw_set(broker.user, broker.password)
    if broker.tls:
        client.tls_set(ca_certs=broker.ca_file, tls_version=ssl.PROTOCOL_TLS_CLIENT)
    if will is not None:
        client.will_set(will[0], will[1], qos=1, retain=True)

    def connected(c: mqtt.Client, _user: object, _flags: object, reason: object, _properties: object) -> None:
        if on_connect is not None and not getattr(reason, "is_failure", False):
            on_connect(c)

    def message(c: mqtt.Client, _user: object, received: mqtt.MQTTMessage) -> None:
        if on_message is not None:
            on_message(c, received)

    def disconnected(*_: object) -> None:
        if on_disconnect is not None:
            on_disconnect()

    client.on_connect = connected
    client.on_message = message
    client.on_disconnect = disconnected
    client.connect_async(broker.host, broker.port, keepalive=KEEP_ALIVE_SECONDS)
    client.loop_start()
    return client
