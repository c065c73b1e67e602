"""What every device has in common: readings → what is worth sending, and what is said of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import structlog

from config.device import ModbusDevice
from config.opcua import OpcUaDevice
from contract.gap import Cause
from contract.sample import FUTURE_US, MICROSECOND, TEXT, Quality
from edge import metrics
from edge.buffer.batch import Batch, Unread
from edge.buffer.journal import Numbered
from edge.channel import GOOD, Channel, Floats, Ints, Meaning
from edge.clock import steady_us
from edge.deadband import Reporter
from edge.states import States
from edge.texts import Texts

log = structlog.get_logger()
Send = Callable[[Batch], None]


class Source:
    """The channels of one device; its protocol calls `report` or `lost` once a poll, with those that are read.

    `channels` has first the ones that are read, in their order, then those that are made of them.
    """

    def __init__(self, device: ModbusDevice | OpcUaDevice, channels: Sequence[Channel], send: Send) -> None:
        self.device = device
        read = read_of(channels)
        channels = [*read, *(channel for channel in channels if channel.tag.made)]
        self.channels = channels
        self.meaning = Meaning(read)
        no_band = np.zeros(len(channels) - len(read))
        band, share = np.append(self.meaning.band, no_band), np.append(self.meaning.share, no_band)
        self.reporter = Reporter(band, share, _heartbeat_us(device, channels))
        # As objects: the names are made once, and not again for each reading.
        self.series = np.array([channel.series for channel in channels], np.object_)
        vital = np.array([channel.vital for channel in channels], np.bool_)
        self.kinds = (True, np.flatnonzero(vital)), (False, np.flatnonzero(~vital))
        self.send = send
        self.texts = Texts()
        self.text_places = [i for i, channel in enumerate(read) if channel.tag.type == "string"]
        self.garbled: set[int] = set()
        self.states = States(channels, self.texts)
        self.trouble: str | None = None
        self.unknown: set[tuple[int, int]] = set()
        self.last_read_us = 0
        self.away_from_us = 0
        # The time of the newest sample of each channel: no series runs backwards.
        self.newest_us = np.zeros(len(channels), np.int64)
        self.gaps: list[Unread] = []
        # The span before this life of the agent, until somebody has asked the device for what was in it.
        self.down: Unread | None = None

    def report(self, raw: Floats, quality: Ints, edge_us: int, source_us: Ints | None = None) -> None:
        """Send what is worth it; without source times the device has no clock, and the edge's counts."""
        value, quality, unknown = self.meaning.values(raw, quality)
        for i, code in set(unknown) - self.unknown:
            channel = self.channels[i]
            log.warning(
                "unknown_state", machine=channel.machine, tag=channel.tag.name, code=code, cure="add it to states"
            )
        self.unknown |= set(unknown)
        self._doubt_garbled(value, quality)
        if self.trouble is not None:
            log.info("plc_back", device=self.device.id)
            self._gap(Cause.DEVICE_AWAY, self.away_from_us, edge_us)
        self.trouble = None
        self.last_read_us = edge_us
        times = np.full(value.size, edge_us, np.int64) if source_us is None else source_us
        self._send(*self.states.take(value, quality, times, steady_us()), edge_us)

    def _doubt_garbled(self, value: Floats, quality: Ints) -> None:
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

    def lost(self, reason: str, edge_us: int) -> None:
        """Nothing could be read: all channels are BAD since the last read; the log hears of it once."""
        times = np.full(len(self.channels), edge_us, np.int64)
        if self.trouble is None:
            log.warning("plc_lost", device=self.device.id, reason=reason)
            self.away_from_us = self.last_read_us or edge_us
            self._gap(Cause.DEVICE_AWAY, self.away_from_us, None)
            times = np.maximum(self.newest_us, self.away_from_us) + 1
        self.trouble = reason
        self.states.end(times, steady_us())
        self._send(*self._nothing(), times, edge_us)

    def was_down(self, from_us: int, edge_us: int, cause: Cause, earlier: Numbered) -> None:
        """The agent itself read nothing since its `earlier` life, or of this device: BAD from there on."""
        span = Unread(cause, self.device.id, min(from_us, edge_us), edge_us, self.series.tolist())
        ended = replace(span, epoch=earlier.epoch, last_seq=earlier.seq, numbered=earlier.samples)
        self.gaps.append(ended)
        self.down = ended
        self._send(*self._nothing(), np.maximum(self.newest_us, min(from_us, edge_us)) + 1, edge_us)

    def tell(self, cause: Cause, from_us: int, to_us: int | None, series: Sequence[str]) -> None:
        """Put on record, with the next readings, that some series were not read in a span."""
        self.gaps.append(Unread(cause, self.device.id, from_us, to_us, series))

    def _gap(self, cause: Cause, from_us: int, to_us: int | None) -> None:
        self.tell(cause, from_us, to_us, self.series.tolist())

    def _nothing(self) -> tuple[Floats, Ints]:
        count = len(self.channels)
        return np.full(count, np.nan), np.full(count, int(Quality.BAD), np.int64)

    def _send(self, value: Floats, quality: Ints, times: Ints, edge_us: int) -> None:
        chosen = self.reporter.worth_sending(value, quality, steady_us())
        _count(quality)
        if not chosen.any():
            return
        metrics.SAMPLES.inc(int(chosen.sum()))
        # A clock that was wrong for a moment must not hold back all that comes when it is right again.
        np.maximum(times, self.newest_us, out=self.newest_us, where=chosen & (times <= edge_us + FUTURE_US))
        for vital, places in self.kinds:
            part = places[chosen[places]]
            if part.size:
                gaps, self.gaps = tuple(self.gaps), []
                names, values, qualities = self.series[part].tolist(), value[part], quality[part]
                texts = self.texts.of(values[qualities >= TEXT].tolist())
                self.send(Batch(names, edge_us, times[part], values, qualities, vital, gaps, texts))


def _count(quality: Ints) -> None:
    """Readings by their quality."""
    if not (quality & 3).any():
        metrics.BY_QUALITY[GOOD].inc(quality.size)
        return
    for counter, count in zip(metrics.BY_QUALITY, np.bincount(quality & 3, minlength=3), strict=True):
        counter.inc(int(count))


def read_of(channels: Sequence[Channel]) -> list[Channel]:
    """The channels that the device is asked for."""
    return [channel for channel in channels if not channel.tag.made]


def _heartbeat_us(device: ModbusDevice | OpcUaDevice, channels: Sequence[Channel]) -> int:
    """The device's heartbeat, but often enough that no machine falls silent between two of them."""
    tightest = min((channel.no_data_after for channel in channels), default=timedelta(days=1))
    return min(device.heartbeat, tightest / 3) // MICROSECOND
