"""Tags of a Modbus device → the fewest requests. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge.channel import Channel
from edge.decode import width

MAX_BITS = 2000
# Reading this many unused registers costs less than another request.
BRIDGE = 16


@dataclass(frozen=True, slots=True)
class Request:
    """One read: `count` registers or bits of a table from `first`; `places` are the channels that it serves."""

    table: str
    first: int
    count: int
    places: tuple[int, ...]


def plan(channels: Sequence[Channel], places: Iterable[int], max_registers: int, bridge: int = BRIDGE) -> list[Request]:
    """Requests for the channels at these places; a value of several registers is never split."""
    requests: list[Request] = []
    chosen = sorted(places, key=lambda i: (channels[i].tag.table, channels[i].tag.register_ or 0))
    for i in chosen:
        tag = channels[i].tag
        first, end = tag.register_ or 0, (tag.register_ or 0) + width(tag)
        most = MAX_BITS if tag.type == "bool" else max_registers
        last = requests[-1] if requests else None
        if (
            last is not None
            and last.table == tag.table
            and first <= last.first + last.count + bridge
            and max(end, last.first + last.count) - last.first <= most
        ):
            count = max(end - last.first, last.count)
            requests[-1] = Request(last.table, last.first, count, (*last.places, i))
        else:
            requests.append(Request(tag.table, first, end - first, (i,)))
    return requests


def halves(request: Request, channels: Sequence[Channel], max_registers: int) -> list[Request]:
    """The same tags in smaller requests that bridge nothing, to find the one that cannot be read."""
    middle = max(1, len(request.places) // 2)
    first, second = request.places[:middle], request.places[middle:]
    return plan(channels, first, max_registers, bridge=0) + plan(channels, second, max_registers, bridge=0)
