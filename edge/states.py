"""Readings of a source → the states that are made of several of them, or must hold before they count. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from config.expression import Value, Values, spoken
from config.made import inputs_of
from contract.sample import MICROSECOND
from edge.channel import BAD, STATES, Bools, Channel, Floats, Ints
from edge.texts import Texts


@dataclass(frozen=True, slots=True)
class Waiting:
    """A state that may come to count: since when it is so, by its source's clock and by the one that nobody sets."""

    state: float
    at_us: int
    steady_us: int


@dataclass
class Hold:
    """One state that counts when it has held for `hold_us`, and then from when it began; None: not known."""

    hold_us: int
    counts: float | None = None
    waiting: Waiting | None = None
    last_us: int = -1

    def settle(self, state: float | None, began_us: int, known_us: int, steady_us: int) -> tuple[float | None, int]:
        """The state that counts and up to when that is known, after one more reading.

        `began_us` is since when the reading is so if it differs from the one before, `known_us` up to when it is.
        What is not known is so at once, and what had not held long enough until then is not known either.
        """
        counts, at_us = self._next(state, max(began_us, self.last_us + 1), known_us, steady_us)
        self.counts, self.last_us = counts, max(at_us, self.last_us)
        return counts, self.last_us

    def _next(self, state: float | None, began_us: int, known_us: int, steady_us: int) -> tuple[float | None, int]:
        waiting = self.waiting
        if state == self.counts or state is None:
            self.waiting = None
            back = state is not None or self.counts is None
            return state, known_us if back else waiting.at_us if waiting else began_us
        if waiting is None or waiting.state != state:
            waiting = Waiting(state, began_us, steady_us)
        if steady_us - waiting.steady_us < self.hold_us:
            self.waiting = waiting
            return self.counts, waiting.at_us - 1
        self.waiting = None
        return state, waiting.at_us


@dataclass
class Made:
    """One state: the channel it goes out by, those it is made of (none when it is read itself), and its hold."""

    place: int
    channel: Channel
    inputs: list[int]
    names: list[str]
    hold: Hold
    # What was read last, and the state and quality that it made.
    before: list[tuple[Value, int]] = field(default_factory=list)
    said: tuple[float | None, int] = (None, BAD)


class States:
    """All such states of one source; `channels` has those that are read first, then those that are made of them."""

    def __init__(self, channels: Sequence[Channel], texts: Texts) -> None:
        self.texts = texts
        self.text = [channel.tag.type == "string" for channel in channels]
        self.count = len(channels)
        self.made = [
            _made(place, channel, channels)
            for place, channel in enumerate(channels)
            if channel.tag.made or channel.tag.hold
        ]

    def take(self, value: Floats, quality: Ints, times: Ints, steady_us: int) -> tuple[Floats, Ints, Ints]:
        """The columns of what was read → those of all channels, with each state that counts and since when it is so."""
        if not self.made:
            return value, quality, times
        more = self.count - value.size
        value = np.append(value, np.full(more, np.nan))
        quality = np.append(quality, np.full(more, BAD))
        times = np.append(times, np.zeros(more, np.int64))
        for made in self.made:
            state, good, began, known = self._now(made, value, quality, times)
            state, at_us = made.hold.settle(state, began, known, steady_us)
            value[made.place] = np.nan if state is None else state
            quality[made.place] = BAD if state is None else good
            times[made.place] = at_us
        return value, quality, times

    def end(self, times: Ints, steady_us: int, of: Bools) -> None:
        """No state of these channels is known from these times on, or from when the one that waits began."""
        for made in self.made:
            if not of[made.place]:
                continue
            at_us = int(times[made.place])
            _, times[made.place] = made.hold.settle(None, at_us, at_us, steady_us)
            made.before = []

    def made_of(self, places: Sequence[int]) -> list[int]:
        """The channels that are made of one of these, by their place."""
        wanted = set(places)
        return [made.place for made in self.made if wanted.intersection(made.inputs)]

    def _now(self, made: Made, value: Floats, quality: Ints, times: Ints) -> tuple[float | None, int, int, int]:
        """What a state is by the readings: state, quality, since when, and up to when that is known."""
        place = made.place
        if not made.inputs:
            bad = quality[place] == BAD
            at_us = int(times[place])
            return (None if bad else float(value[place])), int(quality[place]), at_us, at_us
        read = [self._value(i, value, quality) for i in made.inputs]
        at = times[made.inputs].tolist()
        if read == made.before:
            return *made.said, max(at), min(at)
        changed = [t for t, now, then in zip(at, read, made.before, strict=True) if now != then] if made.before else at
        state = state_by_rules(made.channel, dict(zip(made.names, (known for known, _ in read), strict=True)))
        worst = max((q for known, q in read if known is not None), default=BAD)
        made.before, made.said = read, (state, worst)
        return state, worst, max(changed), min(at)

    def _value(self, i: int, value: Floats, quality: Ints) -> tuple[Value, int]:
        q = int(quality[i]) & 3
        if q == BAD:
            return None, q
        return (self.texts.texts.get(int(value[i])) if self.text[i] else float(value[i])), q


def state_by_rules(channel: Channel, values: Values) -> float | None:
    """The word of the first condition that holds; None when nobody can say, or none holds and there is no 'else'."""
    for rule in channel.tag.when:
        holds = rule.condition.holds(values)
        if holds is None:
            return None
        if holds:
            return STATES[rule.word]
    return STATES[channel.tag.otherwise] if channel.tag.otherwise else None


def _made(place: int, channel: Channel, channels: Sequence[Channel]) -> Made:
    own = {other.tag.name: i for i, other in enumerate(channels) if other.machine == channel.machine}
    tags = inputs_of(channel.tag, [channels[i].tag for i in own.values()])
    return Made(
        place,
        channel,
        [own[tag.name] for tag in tags],
        [spoken(tag.name) for tag in tags],
        Hold(channel.tag.hold // MICROSECOND),
    )
