"""Letter → the site's broker, at QoS 1."""

import json
import threading

from paho.mqtt.client import MQTTMessageInfo

from alerts.channels.letter import Kind, Letter, Style, document_of_json
from alerts.channels.message import NotDelivered, Refusal, Taken, Trouble
from config.channels import Mqtt
from config.plant import Plant
from contract.topics import event_topic
from runtime.broker import connect_client
from runtime.settings import Settings

TIMEOUT_S = 5.0
EVENT = "alarm.message"


class MqttSender:
    """Publishes each message as our own JSON; one of several alarms is about the whole site."""

    room, pictures = None, False

    def __init__(self, channel: Mqtt, settings: Settings, style: Style, plant: Plant) -> None:
        self.style, self.broker, self.site = style, settings.need_broker(), plant.site.id
        self.timeout_s = TIMEOUT_S
        self.client_id = f"shopfloor-alerts-{plant.site.id}-{channel.id}"
        self.lines = {machine.id: line.id for line in plant.lines for machine in line.machines}

    def parts(self, _: Letter) -> int:
        """One."""
        return 1

    def send(self, letter: Letter) -> Taken:
        """Deliver to the broker, or NotDelivered. A connection each time, so that nothing waits in the client."""
        machine = letter.messages[0].machine if letter.kind is Kind.ALONE else None
        topic = event_topic(self.site, self.lines.get(machine or ""), machine, EVENT)
        content = json.dumps(document_of_json(letter, self.style), ensure_ascii=False).encode()
        connected = threading.Event()
        client = connect_client(self.broker, client_id=self.client_id, on_connect=lambda _: connected.set())
        try:
            if not connected.wait(self.timeout_s):
                raise NotDelivered(Refusal(Trouble.DOWN, "the broker cannot be reached"))
            told = client.publish(topic, content, qos=1)
            if not _acknowledged(told, self.timeout_s):
                raise NotDelivered(Refusal(Trouble.DOWN, "the broker did not answer in time", cut_off=True))
        finally:
            client.disconnect()
            client.loop_stop()
        return Taken(relayed=True)


def _acknowledged(told: MQTTMessageInfo, timeout_s: float) -> bool:
    try:
        told.wait_for_publish(timeout_s)
    except (ValueError, RuntimeError):
        return False
    return told.is_published()
