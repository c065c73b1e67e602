"""The channels of a plant → a sender and a courier for each."""

import threading
from collections.abc import Callable

from alerts.channels.courier import Courier, Sender
from alerts.channels.email import EmailSender
from alerts.channels.webhook import WebhookSender
from config.channels import Channel, Webhook
from config.plant import Plant
from runtime.settings import Settings


def senders_of(settings: Settings, plant: Plant) -> list[tuple[Channel, Sender]]:
    """Each channel of the plant with its sender, or BadSetting for the first that lacks its setting."""
    return [
        (channel, WebhookSender(channel, settings) if isinstance(channel, Webhook) else EmailSender(channel, settings))
        for channel in plant.channels
    ]


class Couriers:
    """One courier a channel."""

    def __init__(
        self,
        url: str,
        senders: list[tuple[Channel, Sender]],
        ending: threading.Event,
        beat_of: Callable[[str], Callable[[], None]],
    ) -> None:
        """`beat_of` a loop's name is what that loop calls each time it turns."""
        self.all = [
            Courier(url, channel, sender, ending, beat_of(f"channel {channel.id}")) for channel, sender in senders
        ]

    def start(self) -> None:
        """Start all."""
        for courier in self.all:
            courier.start()

    def join(self, seconds: float) -> None:
        """Wait for all, for at most so many seconds."""
        for courier in self.all:
            courier.join(seconds / len(self.all))
