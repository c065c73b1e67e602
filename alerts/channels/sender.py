"""What every channel can do. Pure."""

from typing import Protocol

from alerts.channels.letter import Letter, Style
from alerts.channels.message import Taken


class Sender(Protocol):
    """Brings one message to one channel. `room`: bytes of text in one part, None without a limit."""

    @property
    def style(self) -> Style:
        """How its messages are written."""

    @property
    def room(self) -> int | None:
        """Bytes of text that one part holds."""

    @property
    def pictures(self) -> bool:
        """Whether a message takes a picture along."""

    def parts(self, letter: Letter) -> int:
        """In how many parts it goes."""

    def send(self, letter: Letter) -> Taken:
        """Deliver the part that is due, or NotDelivered."""
