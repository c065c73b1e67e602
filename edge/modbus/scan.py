"""Which addresses of a Modbus table can be read: what to ask next, from the answers so far. Pure."""

from collections.abc import Generator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """A question: can `count` addresses from `first` on be read in one request?"""

    first: int
    count: int


Search = Generator[Probe, bool, None]
Longest = Generator[Probe, bool, int]


def search(first: int, last: int, most: int, width: int = 1) -> Search:
    """Probes for the addresses from `first` to `last`; each is sent back True when it was answered.

    A request is refused as a whole when it touches one address that is not there. So what can be read is found by
    large requests, its ends by bisection; only what cannot be read has to be asked for one by one. `most` addresses go
    into one request, and fewer once the device has shown twice that it takes no more. `width`: a device that gives out
    only whole values of so many registers is asked for these.
    """
    at, length = first, 0
    after_refusal = False
    while at <= last:
        known = 0
        if after_refusal:
            known = min(width, last - at + 1)
            if not (yield Probe(at, known)):
                at += width
                continue
        room = min(most, last - at + 1)
        before, length = length, (yield from _longest(at, room, known, width))
        after_refusal = length < room
        if after_refusal and length > width and length == before:
            most, after_refusal = length, False
        at += length or width


def _longest(at: int, room: int, known: int, width: int) -> Longest:
    """How many addresses from `at` on can be read in one request, `room` at most; `known` of them surely."""
    if room <= known or (yield Probe(at, room)):
        return room
    low, high = known, room
    while high - low > width:
        middle = low + max(width, (high - low) // 2 // width * width)
        if (yield Probe(at, middle)):
            low = middle
        else:
            high = middle
    return low
