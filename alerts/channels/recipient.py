"""Who gets a message. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipient:
    """A channel of the plant file, by its id: its own group, or one person at an address of that person there.

    `language` is 'en' or 'zh'; None: both.
    """

    channel: str
    person: str | None = None
    address: str | None = None
    language: str | None = None
