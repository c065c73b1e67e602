"""Tags of a Modbus device → the fewest requests. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from config.modbus import BIT_TABLES
from edge.channel import Channel

Wall = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a device answers in one request, and how many unused addresses may be read to save another request."""

    registers: int = 125
    bits: int = 2000
    gap: int = 16


@dataclass(frozen=True, slots=True)
class Request:
    """One read: `count` registers or bits of a table from `first`; `places` are the channels that it serves."""

    table: str
    first: int
    count: int
    places: tuple[int, ...]


def plan(
    channels: Sequence[Channel],
    places: Iterable[int],
    limits: Limits,
    walls: Collection[Wall] = (),
    refused: Collection[int] = (),
) -> list[Request]:
    """Requests for the channels at these places; a value of several registers is never split.

    No request goes across a wall, a (table, address) before which a device must be asked anew, nor across the address
    of a refused channel.
    """
    requests: list[Request] = []
    before, across = -1, True
    for i in sorted({*places, *refused}, key=lambda i: (channels[i].tag.table, channels[i].tag.register_ or 0, i)):
        tag = channels[i].tag
        if i in refused:
            across = False
            continue
        first, end = tag.register_ or 0, (tag.register_ or 0) + tag.width
        most = limits.bits if tag.table in BIT_TABLES else limits.registers
        last = requests[-1] if requests else None
        if (
            last is not None
            and across
            and last.table == tag.table
            and first <= last.first + last.count + limits.gap
            and max(end, last.first + last.count) - last.first <= most
            and (first == before or (tag.table, first) not in walls)
        ):
            count = max(end - last.first, last.count)
            requests[-1] = Request(last.table, last.first, count, (*last.places, i))
        else:
            requests.append(Request(tag.table, first, end - first, (i,)))
        before, across = first, True
    return requests


def request_of(channels: Sequence[Channel], places: Sequence[int]) -> Request:
    """One request for channels of one table, from the first of their addresses to the last."""
    tags = [channels[i].tag for i in places]
    first = min(tag.register_ or 0 for tag in tags)
    end = max((tag.register_ or 0) + tag.width for tag in tags)
    return Request(tags[0].table, first, end - first, tuple(places))


def halves(request: Request, channels: Sequence[Channel]) -> tuple[Request, Request]:
    """The same channels in two requests, to find the one that cannot be read; each begins and ends with a channel."""
    middle = max(1, len(request.places) // 2)
    return request_of(channels, request.places[:middle]), request_of(channels, request.places[middle:])
