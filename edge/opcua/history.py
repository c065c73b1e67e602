"""What a server's history knows of an outage → the samples that were missed, with their own times."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import structlog
from asyncua import ua

from config.device import Role
from config.opcua import OpcUaDevice
from contract.sample import MICROSECOND, Quality, from_us
from edge.buffer.batch import Unread
from edge.channel import Bools, Channel, Floats, Ints
from edge.opcua.link import Link, Misunderstood, bounded
from edge.opcua.values import code_of, quality_of, time_us

log = structlog.get_logger()
VALUES_A_NODE = 1_000
NODES_AT_ONCE = 10
# The level of access that lets a history be read.
HISTORY_READ = 4
START_TIME = ua.NodeId(ua.Int32(ua.ObjectIds.Server_ServerStatus_StartTime))
Value = tuple[int, ua.DataValue]


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a channel at a time."""

    channel: int
    at_us: int
    raw: float
    quality: int


@dataclass
class Outage:
    """A span in which a device was not read: what was read last of each channel, and what first after it."""

    gap: Unread
    # By the source's clock: the newest value read before, which moves on as history comes, and the first read after.
    after_us: Ints
    until_us: Ints
    # What held before, nan where it is not known; and the time of the BAD sample that ended it.
    raw: Floats
    quality: Ints
    bad_us: Ints
    # What was read first after it, with the times of these samples; what history told of tags that a state is made of.
    back_raw: Floats = field(default_factory=lambda: np.zeros(0))
    back_quality: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    back_us: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    inputs: list[Point] = field(default_factory=list)
    # Channels that are whole again, places whose history is read, and a sample that waits to carry the gap.
    found: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    carrier: Point | None = None
    samples: int = 0


async def keeps_history(link: Link, nodes: Sequence[ua.NodeId]) -> list[bool]:
    """Which nodes' history may be read and is being kept: an empty answer of others would prove nothing."""
    kept: list[bool] = []
    for some in link.portions("read", nodes):
        answers = [
            await bounded(link.client.uaclient.read_attributes(list(some), attribute), link.seconds)
            for attribute in (ua.AttributeIds.UserAccessLevel, ua.AttributeIds.Historizing)
        ]
        for level, historizing in zip(*answers, strict=True):
            may = _plain(level) or 0
            kept.append(isinstance(may, int) and bool(may & HISTORY_READ) and _plain(historizing) is True)
    return kept


async def running_since_us(link: Link) -> int | None:
    """When the server was started, by its clock; None when it does not say."""
    [answer] = await link.read([START_TIME])
    return time_us(_plain(answer)) if answer is not None else None


async def missed(
    link: Link, nodes: Mapping[int, ua.NodeId], spans: Mapping[int, tuple[int, int]]
) -> AsyncIterator[tuple[list[int], list[Value]]]:
    """For some places at a time: those whose history is now read to its end, and values strictly within their spans."""
    places = list(nodes)
    most = min(NODES_AT_ONCE, link.limits["history"])
    for start in range(0, len(places), most):
        some = places[start : start + most]
        # The server finds what it kept by the source's own times.
        ahead_us = link.device.time_offset // MICROSECOND
        first, last = min(spans[n][0] for n in some) + ahead_us, max(spans[n][1] for n in some) + ahead_us
        details = ua.ReadRawModifiedDetails(
            IsReadModified=False,
            StartTime=from_us(first),
            EndTime=from_us(last),
            NumValuesPerNode=ua.UInt32(VALUES_A_NODE),
            ReturnBounds=False,
        )
        points: dict[int, bytes | None] = dict.fromkeys(some)
        while points:
            results = await _ask(link, details, [(nodes[n], point) for n, point in points.items()])
            values: list[Value] = []
            ended: list[int] = []
            more: dict[int, bytes | None] = {}
            for (n, before), result in zip(points.items(), results, strict=True):
                if not result.StatusCode.is_good():
                    log.info("no_history", device=link.device.id, node=str(nodes[n]), status=result.StatusCode.name)
                    continue
                inside = getattr(result.HistoryData, "DataValues", None) or ()
                values += [(n, value) for value in inside if spans[n][0] < kept_us(value, link.device) < spans[n][1]]
                if result.ContinuationPoint and result.ContinuationPoint != before:
                    more[n] = result.ContinuationPoint
                else:
                    ended.append(n)
            yield ended, values
            points = more


def holds(channel: Channel, at: Ints, value: Floats, quality: Ints, to_us: int) -> tuple[Ints, Floats, Ints]:
    """The samples of a state with the same again in between, so often that it does not count as silent.

    A server that keeps history and was running all the time says by its silence that nothing changed.
    """
    step = channel.no_data_after // MICROSECOND // 2
    if channel.tag.role is not Role.STATE or at.size == 0 or step <= 0:
        return at, value, quality
    kept = lasting(at, value, channel.tag.hold // MICROSECOND)
    return filled(at[kept], value[kept], quality[kept], step, to_us)


def filled(at: Ints, value: Floats, quality: Ints, step: int, to_us: int) -> tuple[Ints, Floats, Ints]:
    """The samples, each again after every `step` microseconds until the next one, the last until `to_us`."""
    ends = np.append(at[1:], to_us)
    counts = 1 + np.maximum((ends - at - 1) // step, 0)
    which = np.repeat(np.arange(at.size), counts)
    nth = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return at[which] + nth * step, value[which], quality[which]


def lasting(at: Ints, value: Floats, hold_us: int) -> Bools:
    """Which of a state's changes have held for so long; the first and the last are not judged: they go on elsewhere."""
    starts = np.flatnonzero(np.append(True, value[1:] != value[:-1]))
    lengths = np.diff(at[starts], append=np.iinfo(np.int64).max)
    long = lengths >= hold_us
    long[0] = True
    return np.repeat(long, np.diff(starts, append=at.size))


async def _ask(
    link: Link, details: ua.ReadRawModifiedDetails, asked: Sequence[tuple[ua.NodeId, bytes | None]]
) -> list[ua.HistoryReadResult]:
    params = ua.HistoryReadParameters(
        HistoryReadDetails=details,
        TimestampsToReturn=ua.TimestampsToReturn.Both,
        ReleaseContinuationPoints=False,
        NodesToRead=[ua.HistoryReadValueId(NodeId=node, ContinuationPoint=point) for node, point in asked],
    )
    results = await bounded(link.client.uaclient.history_read(params), link.seconds)
    if len(results or ()) != len(asked):
        raise Misunderstood(f"{len(results or ())} answers to {len(asked)} questions")
    return list(results)


def kept_us(value: ua.DataValue, device: OpcUaDevice) -> int:
    """The time of a value of history, 0 where it has none."""
    at_us = time_us(value.SourceTimestamp) or time_us(value.ServerTimestamp)
    return at_us - device.time_offset // MICROSECOND if at_us else 0


def quality_in_history(value: ua.DataValue) -> Quality:
    """As of a live value."""
    return quality_of(code_of(value))


def _plain(answer: ua.DataValue) -> object:
    return answer.Value.Value if answer.Value is not None else None
