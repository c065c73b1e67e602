"""The times that an OPC UA server gives, and when each value was known to hold → the times of samples. Pure.

A value keeps its source time as long as it does not change, so its age says nothing of whether it still holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from asyncua import ua

from config.opcua import OpcUaDevice
from contract.sample import FUTURE_US, MICROSECOND
from edge.channel import Bools, Channel, Ints
from edge.opcua.values import time_us

# Zones differ by whole quarters of an hour.
QUARTER_US = 15 * 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class Heard:
    """What one answer of a server says of each channel: times are 0 where it says none."""

    answered: Bools
    at_us: Ints
    server_us: Ints
    # When the server published, None when it was read: then all other subscribed values still hold.
    confirmed_us: int | None
    # Further values follow that were published together with these.
    more: bool


class Times:
    """Of each channel: the newest time that its source gave, and until when its value is known to hold."""

    def __init__(self, device: OpcUaDevice, channels: Sequence[Channel]) -> None:
        count = len(channels)
        self.device, self.channels = device, channels
        self.subscribed = np.array([device.subscribes(channel.tag) for channel in channels], np.bool_)
        self.source_us = np.zeros(count, np.int64)
        self.held_us = np.zeros(count, np.int64)
        # How far the source's clock was ahead of ours when a channel last changed; unknown until it has.
        self.ahead_us = np.zeros(count, np.int64)
        self.ahead_known = np.zeros(count, np.bool_)
        self.lag_us = (device.poll + (device.sampling or device.poll)) // MICROSECOND
        # A clock that differs by more would make a machine that is read look silent, or its newest value an old one.
        near = [min(channel.no_data_after // MICROSECOND // 2, FUTURE_US) for channel in channels]
        self.near_us = np.array(near, np.int64)

    def forget(self) -> None:
        """The connection is a new one: nothing is known to hold. What the sources said last is still known."""
        self.subscribed[:] = [self.device.subscribes(channel.tag) for channel in self.channels]
        self.held_us[:] = 0
        self.ahead_known[:] = False

    def take(self, heard: Heard, bad: Bools, was_bad: Bools, newest_us: Ints, edge_us: int) -> tuple[Ints, Bools]:
        """The times of the present readings, and for which of them an old time was given although another was known.

        A change has the time that its source gives it. No change was before the time until which its earlier value
        was known to hold: a source time that says so is an old one, or of a clock that is behind, and the change is
        dated to when it was seen. So what was BAD until then stays so.
        """
        changed = heard.answered & (heard.at_us != self.source_us)
        self._learn(changed, heard.at_us - edge_us)
        self.source_us = np.where(heard.answered, heard.at_us, self.source_us)
        before_us = self.held_us
        seen_us = self._seen(heard, edge_us)
        until_us = self._until(seen_us, edge_us)
        if heard.more:
            self.held_us = np.where(heard.answered, np.minimum(heard.at_us, until_us), before_us)
        else:
            confirmed = heard.answered | bad | (before_us == 0)
            if heard.confirmed_us is not None:
                confirmed |= self.subscribed
            self.held_us = np.where(confirmed, until_us, before_us)
        known = before_us > 0
        floor = np.where(known, before_us - np.where(was_bad, 0, self.near_us), newest_us)
        old = changed & (heard.at_us <= floor)
        times = np.where(old, seen_us, np.where(changed, heard.at_us, self.held_us))
        # No series runs backwards, whatever a clock does.
        return np.where(newest_us > 0, np.maximum(times, newest_us + 1), times), old & known & ~was_bad

    def _learn(self, changed: Bools, off_us: Ints) -> None:
        """How far the clocks differ; a change that was seen late, or has an old time, tells nothing."""
        learned = changed & (self.source_us > 0)
        self.ahead_us = np.where(learned, off_us, self.ahead_us)
        self.ahead_known = np.where(learned, np.abs(off_us) <= self.near_us, self.ahead_known)

    def _seen(self, heard: Heard, edge_us: int) -> Ints:
        """When the server said this, by its clock where that is not far from ours."""
        theirs = np.full(self.held_us.size, edge_us if heard.confirmed_us is None else heard.confirmed_us, np.int64)
        theirs = np.where(heard.server_us > heard.at_us, heard.server_us, theirs)
        return np.where(np.abs(theirs - edge_us) <= self.near_us, theirs, edge_us)

    def _until(self, seen_us: Ints, edge_us: int) -> Ints:
        """Until when a value that is confirmed is known to hold, by its source's clock, its server's or ours.

        By the source's clock it is taken a little back, so that a change that is already on its way does not come
        before it.
        """
        by_source = edge_us + np.clip(self.ahead_us - self.lag_us, -self.near_us, self.near_us)
        return np.where(self.ahead_known, by_source, seen_us)


def times_of(answer: ua.DataValue, time: str, ahead_us: int, edge_us: int) -> tuple[int, int]:
    """The time of a reading as the device's keys `time` and `time_offset` have it, and the server's; 0 for none."""
    if time == "received":
        return edge_us, 0
    server_us = servers_us(answer.ServerTimestamp, ahead_us, edge_us) or 0
    source_us = time_us(answer.SourceTimestamp) if time == "source" else None
    return (source_us - ahead_us if source_us else server_us or edge_us), server_us


def servers_us(instant: object, ahead_us: int, edge_us: int) -> int | None:
    """A time by the server's own clock, which may show the zone of the source's or not; None where there is none."""
    at_us = time_us(instant)
    if ahead_us and at_us is not None and abs(at_us - ahead_us - edge_us) < abs(at_us - edge_us):
        return at_us - ahead_us
    return at_us


def clock_cure(ahead_us: int, server_ahead_us: int | None) -> str:
    """Which key helps when a source's clock is so far ahead of ours, and the server's so far where that is known."""
    server_right = server_ahead_us is not None and abs(server_ahead_us) <= FUTURE_US
    other = "time: server" if server_right else "time: received"
    cure = f"set that clock, or write '{other}' for this device"
    quarters = round(ahead_us / QUARTER_US)
    if quarters and abs(ahead_us - quarters * QUARTER_US) <= FUTURE_US:
        hours = f"{quarters * 15}min" if quarters % 4 else f"{quarters // 4}h"
        cure += f"; if it shows local time, 'time_offset: {hours}'"
    return cure
