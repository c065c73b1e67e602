"""MQTT against a real broker, and what Apprise really says."""

import json
from collections.abc import Callable
from dataclasses import replace

import paho.mqtt.client as mqtt
import pytest

from alerts.channels.apprise import AppriseSender
from alerts.channels.letter import Kind
from alerts.channels.message import NotDelivered, Trouble
from alerts.channels.mqtt import MqttSender
from alerts.channels.outbox import senders_of
from config.channels import Apprise, Mqtt
from laptop.broker import LocalBroker
from runtime.broker import connect_client
from runtime.settings import BadSetting, Broker
from tests.alerts.floor import plant_with
from tests.alerts.letters import LETTER, STYLE, settings, several
from tests.alerts.receivers import HttpReceiver
from tests.support.eventually import eventually

PLANT = plant_with("[]")


def mqtt_sender(port: int) -> MqttSender:
    channel = Mqtt(id="broker", kind="mqtt")
    return MqttSender(channel, settings(SHOPFLOOR_BROKER=f"mqtt://127.0.0.1:{port}"), STYLE, PLANT)


def test_a_message_stands_at_its_machine_on_the_broker_and_several_at_the_site(
    broker: LocalBroker,
) -> None:
    heard: list[tuple[str, int, dict[str, object]]] = []
    listening: list[bool] = []

    def received(_: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        heard.append((message.topic, message.qos, json.loads(message.payload)))

    def connected(client: mqtt.Client) -> None:
        client.on_subscribe = lambda *_: listening.append(True)
        client.subscribe("shopfloor/v1/suzhou/_event/#", 1)

    listener = connect_client(
        Broker("127.0.0.1", broker.port, tls=False), client_id="ear", on_connect=connected, on_message=received
    )
    eventually("the ear", lambda: bool(listening))

    taken = [mqtt_sender(broker.port).send(letter) for letter in (LETTER, several(20, Kind.TOGETHER))]
    eventually("both", lambda: len(heard) == 2)
    listener.disconnect()
    listener.loop_stop()

    assert [one.relayed for one in taken] == [True, True]
    assert [topic for topic, _, _ in heard] == [
        "shopfloor/v1/suzhou/_event/line-1/press-1/alarm.message",
        "shopfloor/v1/suzhou/_event/_/_/alarm.message",
    ]
    assert (heard[0][1], heard[0][2]["id"], heard[1][2]["count"]) == (1, 17, 20)


def test_a_broker_that_is_away_has_not_got_it(free_port: Callable[[], int]) -> None:
    sender = mqtt_sender(free_port())
    sender.timeout_s = 0.5

    with pytest.raises(NotDelivered) as refused:
        sender.send(LETTER)

    assert (refused.value.refusal.trouble, refused.value.refusal.cut_off) == (Trouble.DOWN, False)


def apprise_sender(address: str) -> AppriseSender:
    return AppriseSender(Apprise(id="all", kind="apprise", url_env="ALL"), settings(ALL=address), STYLE)


def test_apprise_sends_and_only_looks_at_the_status(chat: HttpReceiver) -> None:
    chat.answer = {"errcode": 93000, "errmsg": "invalid webhook url"}
    sender = apprise_sender(f"json://127.0.0.1:{chat.port}/hook")

    assert sender.send(replace(LETTER, language="zh")).relayed

    chat.status = 500
    with pytest.raises(NotDelivered):
        sender.send(LETTER)
    assert LETTER.messages[0].text_zh in str(chat.posts[0].document["message"])


def test_an_address_that_apprise_does_not_know_is_said() -> None:
    with pytest.raises(BadSetting, match="ALL is not an address of Apprise"):
        apprise_sender("nowhere://x")


@pytest.mark.parametrize(
    ("channel", "complaint"),
    [
        ("{id: broker, kind: mqtt}", "SHOPFLOOR_BROKER is not set"),
        ("{id: phone, kind: ntfy, url_env: NTFY, topic: duty}", "NTFY is not set"),
        ("{id: all, kind: apprise, url_env: ALL}", "ALL is not set"),
    ],
)
def test_a_channel_without_its_setting_is_said(channel: str, complaint: str) -> None:
    with pytest.raises(BadSetting, match=complaint):
        senders_of(settings(), plant_with("[]", f"[{channel}]"))
