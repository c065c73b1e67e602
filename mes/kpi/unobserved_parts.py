"""Moments of machines → how many parts their unobserved time may have made. Pure.

A part takes its ideal cycle of running time. So what was made unobserved is bounded by three things: how long the time
is; how much of the part that was in the machine may have been done before; how much of the first parts that were
counted afterwards must have been done in it. Each hour of the clock (UTC) and slice of planned time is looked at by
itself, so that these bounds add up over hours, and whatever becomes known can only narrow them.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mes.kpi.columns import Columns
from mes.kpi.elements import UNOBSERVED
from mes.kpi.intervals import Intervals, Slices
from mes.kpi.quantities import Counters
from mes.kpi.unobserved_time import Moment, moments_of

# More than can be done of any part.
FAR = 2**62
# So many moments most often tell how far a part is, whatever was before them; else four times as many are tried.
LOOK_BACK = 8


@dataclass(frozen=True, slots=True)
class Cycles:
    """Microseconds a part: of any product whatever, where `every` is given; else by the product in force.

    In unobserved time it is not known, so a part takes the machine's longest, and what a counter bridges its shortest.
    """

    shortest: int
    longest: int
    every: int | None = None

    def at(self, moment: Moment) -> int:
        """The cycle of a product that is known."""
        return self.every or moment.cycle


class Possibilities:
    """All that may be true at an instant of a slice of planned time; microseconds.

    Parts of so much ideal time were made bridged, and so much is done of the one in the machine: any two numbers of
    which the first is at most `made`, the second at most `done`, and both together at most `made` + `left`.
    """

    __slots__ = ("cycles", "done", "fell", "least", "left", "made", "silent", "unobserved")

    def __init__(self, cycles: Cycles, done: int) -> None:
        """All was seen so far, and so much may be done that becomes known later."""
        self.cycles, self.made, self.done, self.left = cycles, 0, done, done
        self.unobserved, self.silent, self.fell, self.least = 0, False, 0, 0

    def pass_by(self, moment: Moment) -> None:
        """What is told at a moment, then the time that it lasts."""
        cycle, capped = self.cycles.at(moment), not moment.stepping
        if moment.bridged:
            self.bridge(moment.bridged * self.cycles.shortest - moment.before)
        if moment.parts:
            self.finish(moment.parts * cycle, cycle if moment.span < 0 else min(cycle, moment.span))
        self.done += moment.running
        if moment.outages:
            self.silence(moment.running)
            self.unobserved += moment.length if moment.unobserved else 0
            cycle = self.cycles.longest
        elif moment.gap:
            self.silence(moment.running)
            capped = False
        else:
            self.silent, self.left = False, self.left + moment.running
        if capped:
            self.done = min(cycle, self.done)
        self.left = min(self.left, self.done)

    def silence(self, running: int) -> None:
        """The part in the machine may be finished bridged, and others after it."""
        if not self.silent:
            self.silent, self.fell = True, max(self.least, self.made + self.left - self.done + running)
        self.made, self.left = self.made + self.left + running, 0

    def finish(self, ideal: int, most: int) -> None:
        """Counted parts took so long; what there was no time for since was done unobserved. `most` is done of the next.

        Parts that are faster than ideal tell nothing of what was before them.
        """
        self.done, self.left = self.done - ideal, self.left - ideal
        if self.left < 0:
            self.made = max(self.least, self.made + self.left - min(0, self.done))
        self.done = min(max(0, self.done), most)
        self.left = min(max(0, self.left), self.done)

    def bridge(self, ideal: int) -> None:
        """A counter tells that at least so much was made in the silence that ends here.

        Where that is more than fits, the part in the machine was as far as it may have been when it began.
        """
        self.least = self.fell + max(0, ideal)
        self.made = max(self.made, self.least)


def unobserved_parts_of(
    cols: Columns, intervals: Intervals, slices: Slices, counters: Counters
) -> dict[str, list[int]]:
    """UNOBSERVED of each machine's Elements."""
    found = {name: [0] * len(cols.facts) for name in UNOBSERVED}
    for number, moments in moments_of(cols, intervals, slices, counters):
        shortest, longest = int(cols.shortest[number]), int(cols.longest[number])
        for worlds in followed(moments, Cycles(shortest, longest)):
            found["begun_before"][number] += max(0, worlds.made - worlds.unobserved)
            found["needed_later"][number] += max(0, worlds.unobserved - worlds.made)
        for worlds in followed(moments, Cycles(shortest, shortest, shortest)):
            at_once = max(0, worlds.made - worlds.unobserved) // shortest
            found["begun_before_parts"][number] += at_once
            found["unobserved_parts"][number] += worlds.made // shortest - at_once
    return found


def followed(moments: Sequence[Moment], cycles: Cycles) -> Iterator[Possibilities]:
    """What may be true at the end of each slice of one machine's planned time."""
    starts = [number for number, moment in enumerate(moments) if moment.starts]
    for first, last in pairwise([*starts, len(moments)]):
        yield _end(moments[first:last], cycles)


def _end(moments: Sequence[Moment], cycles: Cycles) -> Possibilities:
    """What may be true at the end of a slice."""
    first = moments[0]
    worlds = Possibilities(cycles, first.late + (cycles.longest if first.outages or first.opens else cycles.at(first)))
    if first.opens:
        worlds.silence(0)
    outages, number = [at for at, moment in enumerate(moments) if moment.outages or moment.gap], 0
    while number < len(moments):
        if worlds.left == worlds.done and not moments[number].bridged:
            # What is seen now tells nothing of unobserved time any more: up to the next one only progress matters.
            following = bisect_left(outages, number)
            if following == len(outages):
                break
            if outages[following] > number:
                worlds.left = worlds.done = _done(moments[number : outages[following]], cycles, worlds.done)
                worlds.silent, number = False, outages[following]
        worlds.pass_by(moments[number])
        number += 1
    return worlds


def _done(moments: Sequence[Moment], cycles: Cycles, done: int) -> int:
    """How much may be done of a part after moments that were seen; from the last of them alone if these tell it."""
    back = LOOK_BACK
    while back < len(moments):
        low, high = Possibilities(cycles, 0), Possibilities(cycles, FAR)
        for moment in moments[-back:]:
            low.pass_by(moment)
            high.pass_by(moment)
        if low.done == high.done:
            return low.done
        back *= 4
    worlds = Possibilities(cycles, done)
    for moment in moments:
        worlds.pass_by(moment)
    return worlds.done
