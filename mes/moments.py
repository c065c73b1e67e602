"""Facts of machines → the moments of hours in which something was not seen, one after the other. Pure, vectorised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from contract.sample import State
from mes.facts import Int64
from mes.fleet import Fleet, firsts, inside
from mes.making import Counted
from mes.stretches import HOUR_US, Intervals, Spans, Stretches

LAST = np.iinfo(np.int64).max


class Moment(NamedTuple):
    """What was told at an instant, and what holds from it on for `length`; planned time, microseconds and parts.

    `starts`: a stretch of planned time or an hour begins; `opens`: it does with nothing known of the instant before;
    `late`: for so long before, parts may have been made that become known in it.
    `blind`: parts may be made of which nothing is told; `gap`: what was made may have been lost with a reset.
    `running`: for so long the machine may have been at a part; `stepping`: it ends with parts that were seen.
    `parts` were seen, and made while it ran for the last `span`, -1 where that is not all in this stretch; `bridged`
    were made in a silence of which so much lies `before` the stretch. `cycle` is that of the product in force.
    """

    length: int
    starts: bool
    opens: bool
    late: int
    blind: bool
    gap: bool
    running: int
    stepping: bool
    parts: int
    span: int
    bridged: int
    before: int
    cycle: int


def moments_of(
    fleet: Fleet, intervals: Intervals, stretches: Stretches, counters: Sequence[Counted]
) -> Iterator[tuple[int, list[Moment]]]:
    """The moments of each machine in all hours with blind time or gaps; by the counters that tell how many parts."""
    axis, row = fleet.axis, fleet.row[stretches.interval]
    hours = Hours(axis.from_us // HOUR_US, axis.to_us // HOUR_US)
    gaps = _spans(fleet, [counted.chosen(counted.hides) for counted in counters])
    dark = stretches.planned & (stretches.blind | stretches.after_blind)
    keys = hours.key(row[dark], stretches.begin[dark]), hours.key(gaps[0], gaps[2])
    wanted = np.unique(np.concatenate(keys))
    if not wanted.size:
        return
    chosen = stretches.planned & np.isin(hours.key(row, stretches.begin), wanted)
    told = [c.chosen(c.planned & np.isin(hours.key(c.row, c.steps.at), wanted)) for c in counters]
    place = axis.place(row, stretches.begin)
    steps = _spans(fleet, [one.chosen(~one.steps.unseen) for one in told])
    spans = [axis.place(of, at) for of, *both in (gaps, steps) for at in both]
    edges = np.unique(np.concatenate([place[chosen], *(one.place for one in told), *spans]))
    number = np.searchsorted(place, edges, side="right") - 1
    inner = chosen[number]
    edges, number = edges[inner], number[inner]
    of, at = axis.instant(edges)
    length = np.minimum(np.append(edges[1:], LAST), place[number] + stretches.length[number]) - edges
    begins = ~np.append(False, stretches.planned[:-1]) | (stretches.begin % HOUR_US == 0)
    begins[stretches.first] = True
    starts = begins[number] & (place[number] == edges)
    begin = at[np.maximum.accumulate(np.where(starts, np.arange(at.size), 0))]
    blind, opens = stretches.blind[number], stretches.after_blind[number] | np.isin(edges, spans[1])
    is_running = blind | (intervals.state[stretches.interval[number]] == State.RUNNING)
    running = np.where(is_running, length, 0)
    ran = np.append(0, np.cumsum(running))[:-1]
    (parts, made_after), (bridged, since) = (_told(told, edges, at, unseen) for unseen in (False, True))
    made_in = np.searchsorted(edges, axis.place(of, made_after))
    columns = (
        length,
        starts,
        starts & opens,
        np.where(blind | opens, fleet.silence_us[of], _late(told, edges, at)),
        blind,
        inside(edges, axis.bounds(*gaps)),
        running,
        inside(edges, axis.bounds(*steps)),
        parts,
        np.where(made_after < begin, -1, ran - ran[np.minimum(made_in, ran.size - 1)]),
        bridged,
        np.maximum(0, begin - since),
        fleet.cycle[fleet.piece_at(edges)],
    )
    for first, last in pairwise([*firsts(of).tolist(), of.size]):
        mine = (column[first:last].tolist() for column in columns)
        yield int(of[first]), list(map(Moment._make, zip(*mine, strict=True)))


def _told(counters: Sequence[Counted], place: Int64, at: Int64, unseen: bool) -> tuple[Int64, Int64]:
    """The parts that become known at each place, and after when they were made; the instant itself where none are."""
    parts, since = np.zeros(at.size, np.int64), at.copy()
    for counted in counters:
        which = counted.steps.unseen == unseen
        number = np.searchsorted(place, counted.place[which])
        np.add.at(parts, number, counted.steps.parts[which])
        np.minimum.at(since, number, counted.steps.since[which])
    return parts, since


def _spans(fleet: Fleet, counters: Sequence[Counted]) -> Spans:
    """The time of some steps, as far as it lies in the window and the hour in which they end."""
    begun = [np.maximum(c.steps.since, c.steps.at // HOUR_US * HOUR_US) for c in counters]
    each = [
        (c.row, np.maximum(since, fleet.axis.from_us), c.steps.at) for c, since in zip(counters, begun, strict=True)
    ]
    row, begin, end = (np.concatenate(one) for one in zip(*each, strict=True))
    return row, begin, end


def _late(counters: Sequence[Counted], place: Int64, at: Int64) -> Int64:
    """How long before each place the step began that tells, within its hour, what was made since."""
    found = np.zeros(place.size, np.int64)
    for counted in counters:
        if counted.place.size:
            number = np.minimum(np.searchsorted(counted.place, place), counted.place.size - 1)
            ends, since = counted.steps.at[number], counted.steps.since[number]
            same = (counted.place[number] - place == ends - at) & (ends // HOUR_US == at // HOUR_US)
            seen = same & (ends >= at) & ~counted.steps.unseen[number]
            found = np.maximum(found, np.where(seen, at - since, 0))
    return found


@dataclass(frozen=True, slots=True)
class Hours:
    """The full hours of a window, from the first to the last one."""

    first: int
    last: int

    def key(self, row: Int64, at: Int64) -> Int64:
        """One number for a machine and an hour."""
        found: Int64 = row * (self.last - self.first + 1) + (at // HOUR_US - self.first)
        return found
