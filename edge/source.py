"""What every device has in common: what is said of it when it answers, when it does not, and when nobody asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import structlog

from config.device import ModbusDevice
from config.opcua import OpcUaDevice
from contract.gap import Cause
from contract.sample import MICROSECOND
from edge.buffer.batch import Unread
from edge.buffer.journal import Numbered
from edge.channel import BAD, Bools, Channel, Floats, Ints
from edge.clock import steady_us
from edge.report import Answer, Columns, Reported, Reports

log = structlog.get_logger()


class Standing:
    """Whether a device answers, as the log tells it: lost with the first of its paces, back with the last of them."""

    def __init__(self) -> None:
        self.lost_paces: set[int] = set()

    def lost(self, pace: "Source", reason: str) -> None:
        """One pace had no answer; told once a device."""
        if not self.lost_paces:
            log.warning("plc_lost", device=pace.device.id, reason=reason)
        self.lost_paces.add(id(pace))

    def back(self, pace: "Source") -> None:
        """One pace has its answer again; told once all have."""
        self.lost_paces.discard(id(pace))
        if not self.lost_paces:
            log.info("plc_back", device=pace.device.id)


class Source(Reported):
    """The channels of one device; its protocol calls `report` or `lost` once a poll, with those that are read.

    A device that is read at several paces has a source for each, and one standing for all.
    """

    def __init__(
        self,
        device: ModbusDevice | OpcUaDevice,
        channels: Sequence[Channel],
        reports: Reports,
        standing: Standing | None = None,
    ) -> None:
        super().__init__(channels, _heartbeat_us(device, channels))
        self.device, self.reports, self.standing = device, reports, standing or Standing()
        self.trouble: str | None = None
        self.last_read_us = 0
        self.away_from_us = 0
        # The span before this life of the agent, until somebody has asked the device for what was in it.
        self.down: Unread | None = None

    def report(self, raw: Floats, quality: Ints, edge_us: int, source_us: Ints | None = None) -> None:
        """What was read goes with the next report; without source times the device has no clock."""
        if self.trouble is not None:
            self.standing.back(self)
            self._gap(Cause.DEVICE_AWAY, self.away_from_us, edge_us)
        self.trouble = None
        self.last_read_us = edge_us
        self.reports.take(Answer(self, raw, quality, edge_us, steady_us(), source_us))

    def lost(self, reason: str, edge_us: int) -> None:
        """Nothing could be read: all channels are BAD since the last read; the log hears of it once."""
        self.reports.flush()
        times = np.full(len(self.channels), edge_us, np.int64)
        if self.trouble is None:
            self.standing.lost(self, reason)
            self.away_from_us = self.last_read_us or edge_us
            self._gap(Cause.DEVICE_AWAY, self.away_from_us, None)
            times = np.maximum(self.newest_us, self.away_from_us) + 1
        self.trouble = reason
        every = np.ones(len(self.channels), np.bool_)
        self.states.end(times, steady_us(), every)
        self._tell_bad(times, edge_us, every)

    def was_down(self, from_us: int, edge_us: int, cause: Cause, earlier: Numbered) -> None:
        """The agent itself read nothing since its `earlier` life, or of this device: BAD from there on."""
        span = Unread(cause, self.device.id, min(from_us, edge_us), edge_us, self.series.tolist())
        ended = replace(span, epoch=earlier.epoch, last_seq=earlier.seq, numbered=earlier.samples)
        self.gaps.append(ended)
        self.down = ended
        every = np.ones(len(self.channels), np.bool_)
        self._tell_bad(np.maximum(self.newest_us, min(from_us, edge_us)) + 1, edge_us, every)

    def dropped(self, places: Sequence[int], after_us: Ints, edge_us: int) -> None:
        """Values of these were lost on the way: states, counters and what is made of them are BAD in between.

        A process value is true at its time whatever came before it: of these the gap on record says enough.
        `after_us` is, for each channel that is read, the time of the newest value that came.
        """
        of = np.zeros(len(self.channels), np.bool_)
        of[[*places, *self.states.made_of(places)]] = True
        of &= self.vital
        if not of.any():
            return
        self.reports.flush()
        times = self.newest_us.copy()
        times[: after_us.size] = np.maximum(times[: after_us.size], after_us)
        times += 1
        self.states.end(times, steady_us(), of)
        self._tell_bad(times, edge_us, of)

    def tell(self, cause: Cause, from_us: int, to_us: int | None, series: Sequence[str]) -> None:
        """Put on record, with the next readings, that some series were not read in a span."""
        self.gaps.append(Unread(cause, self.device.id, from_us, to_us, series))

    def _gap(self, cause: Cause, from_us: int, to_us: int | None) -> None:
        self.tell(cause, from_us, to_us, self.series.tolist())

    def _tell_bad(self, times: Ints, edge_us: int, of: Bools) -> None:
        count = len(self.channels)
        value, bad = np.full(count, np.nan), np.full(count, BAD, np.int64)
        edge, steady = np.full(count, edge_us, np.int64), np.full(count, steady_us(), np.int64)
        self.reports.tell(Columns([self], [0], value, bad, times, edge, steady, of))


def _heartbeat_us(device: ModbusDevice | OpcUaDevice, channels: Sequence[Channel]) -> int:
    """The device's heartbeat, but often enough that no machine falls silent between two of them."""
    tightest = min((channel.no_data_after for channel in channels), default=timedelta(days=1))
    return min(device.heartbeat, tightest / 3) // MICROSECOND
