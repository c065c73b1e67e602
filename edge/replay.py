"""The past of channels, reading by reading in the order of time → the states that are made of them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from edge.channel import BAD, Channel
from edge.states import States
from edge.texts import Texts


@dataclass(frozen=True, slots=True)
class Told:
    """A state of a made channel at a time; nan and BAD where it is not known."""

    channel: Channel
    at_us: int
    value: float
    quality: int


@dataclass
class Replay:
    """States as they would have been told live; `channels` has those that are read, then those that are made of them.

    A reading that is older than one before it is passed over: what was made of it is told already.
    """

    channels: Sequence[Channel]
    texts: Texts = field(default_factory=Texts)
    told: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.states = States(self.channels, self.texts)
        count = sum(not channel.tag.made for channel in self.channels)
        self.value, self.quality = np.full(count, np.nan), np.full(count, BAD, np.int64)
        self.times = np.zeros(count, np.int64)
        self.newest_us = 0

    def feed(self, at_us: int, readings: Mapping[int, tuple[float, int]]) -> list[Told]:
        """Values and qualities of some channels at an instant, by their number → the made states then.

        A state comes when each tag that it is made of has been told once.
        """
        if at_us < self.newest_us:
            return []
        self.newest_us = at_us
        for i, (number, good) in readings.items():
            self.value[i], self.quality[i] = number, good
        self.told |= readings.keys()
        self.times[:] = at_us
        value, quality, times = self.states.take(self.value, self.quality, self.times, at_us)
        return [
            Told(made.channel, int(times[made.place]), float(value[made.place]), int(quality[made.place]))
            for made in self.states.made
            if made.inputs and self.told.issuperset(made.inputs)
        ]

    def waiting_us(self, channel: Channel) -> int | None:
        """Since when a state is so that has not yet held long enough; None where none waits."""
        waiting = next(made.hold.waiting for made in self.states.made if made.channel is channel)
        return None if waiting is None else waiting.at_us
