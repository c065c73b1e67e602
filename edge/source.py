"""What every device has in common: readings → what is worth sending, and what is said of them."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import structlog

from config.device import ModbusDevice, OpcUaDevice
from contract.sample import MICROSECOND, Quality
from edge.batch import Batch
from edge.channel import Channel, Floats, Ints, Meaning
from edge.deadband import Reporter

log = structlog.get_logger()
Send = Callable[[Batch], None]


def wall_us() -> int:
    """Now by the wall clock, microseconds since 1970 UTC."""
    return time.time_ns() // 1000


class Source:
    """The channels of one device; `read` of a protocol calls `report` or `lost` once a poll."""

    def __init__(self, device: ModbusDevice | OpcUaDevice, channels: Sequence[Channel], send: Send) -> None:
        self.device = device
        self.channels = channels
        self.meaning = Meaning(channels)
        self.reporter = Reporter(self.meaning.band, _heartbeat_us(device, channels))
        self.series = np.array([channel.series for channel in channels])
        self.send = send
        self.trouble: str | None = None
        self.unknown: set[tuple[int, int]] = set()

    def report(self, raw: Floats, quality: Ints, edge_us: int, source_us: Ints | None = None) -> None:
        """Send what is worth it; without source times the device has no clock, and the edge's counts."""
        value, quality, unknown = self.meaning.values(raw, quality)
        for i, code in set(unknown) - self.unknown:
            channel = self.channels[i]
            log.warning(
                "unknown_state", machine=channel.machine, tag=channel.tag.name, code=code, cure="add it to states"
            )
        self.unknown |= set(unknown)
        self._send(value, quality, edge_us, source_us)

    def lost(self, reason: str, edge_us: int) -> None:
        """Nothing could be read: all channels are BAD; the log hears of it once."""
        if self.trouble is None:
            log.warning("plc_lost", device=self.device.id, reason=reason)
        self.trouble = reason
        count = len(self.channels)
        self._send(np.full(count, np.nan), np.full(count, int(Quality.BAD), np.int64), edge_us, None)

    def found(self) -> None:
        """The device answers; the log hears of it when it did not before."""
        if self.trouble is not None:
            log.info("plc_back", device=self.device.id)
        self.trouble = None

    def _send(self, value: Floats, quality: Ints, edge_us: int, source_us: Ints | None) -> None:
        chosen = self.reporter.worth_sending(value, quality, time.monotonic_ns() // 1000)
        if chosen.any():
            times = np.full(len(self.channels), edge_us, np.int64) if source_us is None else source_us
            names = self.series[chosen].tolist()
            self.send(Batch(names, edge_us, times[chosen], value[chosen], quality[chosen]))


def _heartbeat_us(device: ModbusDevice | OpcUaDevice, channels: Sequence[Channel]) -> int:
    """The device's heartbeat, but often enough that no machine falls silent between two of them."""
    tightest = min((channel.no_data_after for channel in channels), default=timedelta(days=1))
    return min(device.heartbeat, tightest / 3) // MICROSECOND
