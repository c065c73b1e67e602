"""What devices answered → what of it is worth sending, in one pass over the channels of all that answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from contract.sample import FUTURE_US, TEXT, Quality
from edge import metrics
from edge.buffer.batch import Batch, Unread
from edge.channel import GOOD, Bools, Channel, Floats, Ints, Meaning, joined
from edge.deadband import Reporter
from edge.states import States
from edge.texts import Texts

log = structlog.get_logger()
Send = Callable[[Batch], None]
# A pass over so many readings takes some milliseconds, in which nothing is polled.
MOST_WAITING = 10_000


class Reported:
    """The channels of a source as they are reported, first those that are read, then those that are made of them."""

    def __init__(self, channels: Sequence[Channel], heartbeat_us: int) -> None:
        read = read_of(channels)
        self.channels = [*read, *(channel for channel in channels if channel.tag.made)]
        self.meaning = Meaning(read)
        tags = [channel.tag for channel in self.channels]
        # A state that is made has no band: each change of it counts.
        band = np.array([0.0 if tag.made else tag.deadband for tag in tags], np.float64)
        share = np.array([0.0 if tag.made else tag.deadband_percent / 100 for tag in tags], np.float64)
        self.reporter = Reporter(band, share, heartbeat_us)
        # As objects: the names are made once, and not again for each reading.
        self.series = np.array([channel.series for channel in self.channels], np.object_)
        self.vital = np.array([channel.vital for channel in self.channels], np.bool_)
        self.texts = Texts()
        self.text_places = [i for i, channel in enumerate(read) if channel.tag.type == "string"]
        self.garbled: set[int] = set()
        self.states = States(self.channels, self.texts)
        self.unknown: set[tuple[int, int]] = set()
        # The time of the newest sample of each channel: no series runs backwards.
        self.newest_us = np.zeros(len(channels), np.int64)
        self.gaps: list[Unread] = []

    def doubt_garbled(self, value: Floats, quality: Ints) -> None:
        """A text with characters that could not be read is UNCERTAIN; the log hears of each tag when it begins."""
        for i in self.text_places:
            if quality[i] != TEXT or not self.texts.garbled(value[i]):
                self.garbled.discard(i)
                continue
            quality[i] = TEXT + int(Quality.UNCERTAIN)
            if i not in self.garbled:
                channel = self.channels[i]
                cure = "set the tag's encoding (Modbus), or have the server send UTF-8 (OPC UA)"
                log.warning("garbled_text", machine=channel.machine, tag=channel.tag.name, cure=cure)
            self.garbled.add(i)

    def tell_unknown(self, i: int, code: int) -> None:
        """Once: a state code that the plant file does not name."""
        if (i, code) not in self.unknown:
            self.unknown.add((i, code))
            channel = self.channels[i]
            cure = "add it to states"
            log.warning("unknown_state", machine=channel.machine, tag=channel.tag.name, code=code, cure=cure)


@dataclass(frozen=True, slots=True)
class Answer:
    """The readings of one source at one time; without source times it has no clock, and the edge's counts."""

    of: Reported
    raw: Floats
    quality: Ints
    edge_us: int
    steady_us: int
    source_us: Ints | None


@dataclass(frozen=True, slots=True)
class Columns:
    """What some sources show, one after the other, each with all its channels from its place in `starts` on."""

    of: Sequence[Reported]
    starts: Sequence[int]
    value: Floats
    quality: Ints
    times: Ints
    edge_us: Ints
    steady_us: Ints
    # Where it is given, all others have nothing new to show.
    among: Bools | None = None


class Reports:
    """Answers wait here until `flush`, or until they are more than `most` readings; `send` gets what is worth it."""

    def __init__(self, send: Send, most: int = MOST_WAITING) -> None:
        self.send, self.most = send, most
        self.waiting: list[Answer] = []
        self.readings = 0

    def take(self, answer: Answer) -> None:
        """What a source answered just now."""
        self.waiting.append(answer)
        self.readings += answer.raw.size
        if self.readings > self.most:
            self.flush()

    def flush(self) -> None:
        """Report all that waits, in the order in which each source answered."""
        waiting, self.waiting, self.readings = self.waiting, [], 0
        while waiting:
            together: dict[int, Answer] = {}
            later = [answer for answer in waiting if together.setdefault(id(answer.of), answer) is not answer]
            self.tell(meant(list(together.values())))
            waiting = later

    def tell(self, columns: Columns) -> None:
        """Send what is worth it; it counts as sent."""
        of = columns.of
        reporter = Reporter.joined([one.reporter for one in of])
        chosen = reporter.worth_sending(columns.value, columns.quality, columns.steady_us, columns.among)
        _count(columns.quality if columns.among is None else columns.quality[columns.among])
        if not chosen.any():
            return
        reporter.hand_back([one.reporter for one in of])
        metrics.SAMPLES.inc(int(chosen.sum()))
        newest_us = joined([one.newest_us for one in of])
        # A clock that was wrong for a moment must not hold back all that comes when it is right again.
        sound = chosen & (columns.times <= columns.edge_us + FUTURE_US)
        np.maximum(columns.times, newest_us, out=newest_us, where=sound)
        if len(of) > 1:
            for one, start in zip(of, columns.starts, strict=True):
                one.newest_us[:] = newest_us[start : start + one.newest_us.size]
        vital, series = joined([one.vital for one in of]), joined([one.series for one in of])
        for kind in (True, False):
            part = np.flatnonzero(chosen & (vital == kind))
            if part.size:
                self.send(_batch(columns, part, series[part].tolist(), kind))


def meant(answers: Sequence[Answer]) -> Columns:
    """What the raw numbers of different sources mean, with the states that are made of them."""
    of = [answer.of for answer in answers]
    meaning = Meaning.joined([one.meaning for one in of])
    raw, quality = joined([answer.raw for answer in answers]), joined([answer.quality for answer in answers])
    value, quality, unknown = meaning.values(raw, quality)
    sizes = [answer.raw.size for answer in answers]
    starts = [0, *np.cumsum(sizes[:-1]).tolist()]
    for place, code in unknown:
        which = int(np.searchsorted(starts, place, "right")) - 1
        of[which].tell_unknown(place - starts[which], code)
    for one, start, size in zip(of, starts, sizes, strict=True):
        if one.text_places:
            one.doubt_garbled(value[start : start + size], quality[start : start + size])
    times = joined([np.full(a.raw.size, a.edge_us, np.int64) if a.source_us is None else a.source_us for a in answers])
    if any(one.states.made for one in of):
        parts = [slice(start, start + size) for start, size in zip(starts, sizes, strict=True)]
        made = [
            answer.of.states.take(value[part], quality[part], times[part], answer.steady_us)
            for answer, part in zip(answers, parts, strict=True)
        ]
        value, quality, times = (np.concatenate(column) for column in zip(*made, strict=True))
        sizes = [len(one.channels) for one in of]
        starts = [0, *np.cumsum(sizes[:-1]).tolist()]
    edge_us = np.repeat(np.array([answer.edge_us for answer in answers], np.int64), sizes)
    steady_us = np.repeat(np.array([answer.steady_us for answer in answers], np.int64), sizes)
    return Columns(of, starts, value, quality, times, edge_us, steady_us)


def read_of(channels: Sequence[Channel]) -> list[Channel]:
    """The channels that the device is asked for."""
    return [channel for channel in channels if not channel.tag.made]


def _batch(columns: Columns, part: Ints, names: list[str], vital: bool) -> Batch:
    """The readings at these places, with the gaps of the sources that they are of."""
    gaps: list[Unread] = []
    for one, start in zip(columns.of, columns.starts, strict=True):
        if one.gaps and np.searchsorted(part, start) < np.searchsorted(part, start + len(one.channels)):
            gaps += one.gaps
            one.gaps = []
    value, quality = columns.value[part], columns.quality[part]
    texts = _texts(columns, part, value, quality)
    return Batch(names, columns.edge_us[part], columns.times[part], value, quality, vital, tuple(gaps), texts)


def _texts(columns: Columns, part: Ints, value: Floats, quality: Ints) -> dict[int, str]:
    """The texts among the readings at these places, whose values become the keys of them: each source has its own."""
    texts: dict[int, str] = {}
    places = np.flatnonzero(quality >= TEXT)
    if not places.size:
        return texts
    keys: dict[str, int] = {}
    which = np.searchsorted(columns.starts, part[places], "right") - 1
    for place, source in zip(places.tolist(), which.tolist(), strict=True):
        [text] = columns.of[source].texts.of([value[place]]).values()
        key = keys.setdefault(text, len(keys))
        texts[key], value[place] = text, key
    return texts


def _count(quality: Ints) -> None:
    """Readings by their quality."""
    if not (quality & 3).any():
        metrics.BY_QUALITY[GOOD].inc(quality.size)
        return
    for counter, count in zip(metrics.BY_QUALITY, np.bincount(quality & 3, minlength=3), strict=True):
        counter.inc(int(count))
