"""The channels of a plant → a sender and a courier for each."""

import threading
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from alerts.channels.apprise import AppriseSender
from alerts.channels.courier import Courier
from alerts.channels.course import Course
from alerts.channels.email import EmailSender
from alerts.channels.enclosures import Enclosures
from alerts.channels.letter import Style
from alerts.channels.mqtt import MqttSender
from alerts.channels.ntfy import NtfySender
from alerts.channels.sender import Sender
from alerts.channels.web_push import WebPushSender
from alerts.channels.webhook import WebhookSender, link_of
from config.channels import Apprise, Channel, Email, Mqtt, Ntfy, Webhook, WebPush
from config.plant import Plant
from runtime.settings import Settings


def style_of(settings: Settings, plant: Plant) -> Style:
    """How the messages of a plant are written."""
    lines = {machine.id: (line.name.en, line.name.zh) for line in plant.lines for machine in line.machines}
    return Style(ZoneInfo(plant.site.zone), link_of(settings), lines)


def senders_of(settings: Settings, plant: Plant) -> list[tuple[Channel, Sender]]:
    """Each channel of the plant with its sender, or BadSetting for the first that lacks its setting."""
    style = style_of(settings, plant)
    return [(channel, _sender(channel, settings, plant, style)) for channel in plant.channels]


def _sender(channel: Channel, settings: Settings, plant: Plant, style: Style) -> Sender:
    match channel:
        case Webhook():
            return WebhookSender(channel, settings, style)
        case Email():
            return EmailSender(channel, settings, style)
        case Ntfy():
            return NtfySender(channel, settings, style)
        case Mqtt():
            return MqttSender(channel, settings, style, plant)
        case Apprise():
            return AppriseSender(channel, settings, style)
        case WebPush():
            return WebPushSender(channel, settings, style)


def enclosures_of(settings: Settings, plant: Plant, senders: list[tuple[Channel, Sender]]) -> dict[str, Enclosures]:
    """By channel, what its messages take along; BadSetting where a picture needs what is not installed."""
    return {
        channel.id: Enclosures(settings.public_url, Course(plant, channel.id) if sender.pictures else None)
        for channel, sender in senders
    }


class Couriers:
    """One courier a channel."""

    def __init__(
        self,
        url: str,
        senders: list[tuple[Channel, Sender]],
        ending: threading.Event,
        beat_of: Callable[[str], Callable[[], None]],
        enclosures: Mapping[str, Enclosures],
    ) -> None:
        """`beat_of` a loop's name is what that loop calls each time it turns; `enclosures` by channel."""
        chains = {channel.id: channel.chain for channel, _ in senders}
        self.all = [
            Courier(
                url,
                channel,
                sender,
                ending,
                beat_of(f"channel {channel.id}"),
                chains,
                enclosures.get(channel.id),
            )
            for channel, sender in senders
        ]

    def start(self) -> None:
        """Start all."""
        for courier in self.all:
            courier.start()

    def join(self, seconds: float) -> None:
        """Wait for all, for at most so many seconds."""
        for courier in self.all:
            courier.join(seconds / len(self.all))
