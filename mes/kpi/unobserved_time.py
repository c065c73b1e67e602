"""Facts of machines → the moments of hours in which something was not seen, one after the other. Pure, vectorised."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from contract.sample import State
from mes.facts.model import Int64
from mes.facts.outages import NEVER
from mes.kpi.columns import Columns, distinct, firsts, inside
from mes.kpi.intervals import Intervals, Slices, Spans
from mes.kpi.long_windows import HOUR_US
from mes.kpi.quantities import Counted, Counters


class Moment(NamedTuple):
    """What was told at an instant, and what holds from it on for `length`; planned time, microseconds and parts.

    `starts`: a slice of planned time or an hour begins; `opens`: it does with nothing known of the instant before;
    `late`: for so long before, parts may have been made that become known in it.
    `unobserved`: neither state nor count is known; `outages`: parts may be made that nobody counts, in unobserved time
    or while a counter is silent; `gap`: what was made may have been lost with a reset.
    `running`: for so long the machine may have been at a part; `stepping`: it ends with parts that were seen.
    `parts` were seen, and made while it ran for the last `span`, -1 where that is not all in this slice; `bridged`
    were made in a silence of which so much lies `before` the slice. `cycle` is that of the product in force.
    """

    length: int
    starts: bool
    opens: bool
    late: int
    unobserved: bool
    outages: bool
    gap: bool
    running: int
    stepping: bool
    parts: int
    span: int
    bridged: int
    before: int
    cycle: int


def moments_of(
    cols: Columns, intervals: Intervals, slices: Slices, counters: Counters
) -> Iterator[tuple[int, list[Moment]]]:
    """The moments of each machine in all hours with an outage or a gap."""
    axis = cols.axis
    place = axis.place(cols.row[slices.interval], slices.begin)
    new_hour = slices.begin % HOUR_US == 0
    new_hour[slices.first] = True
    hour = np.cumsum(new_hour) - 1

    def hour_of(counted: Counted) -> Int64:
        found: Int64 = hour[np.searchsorted(place, counted.place, side="right") - 1]
        return found

    wanted = np.zeros(hour[-1] + 1, np.bool_)
    wanted[hour[slices.planned & (slices.outages | slices.after_outage)]] = True
    for counted in counters.hidden:
        wanted[hour_of(counted)] = True
    if not wanted.any():
        return
    chosen = slices.planned & wanted[hour]
    told = [counted.chosen(counted.planned & wanted[hour_of(counted)]) for counted in counters.parts]
    gaps, steps = (_spans(cols, of) for of in (counters.hidden, [one.chosen(~one.steps.bridged) for one in told]))
    spans = [axis.place(row, at) for row, *both in (gaps, steps) for at in both]
    edges = distinct(place[chosen], *(one.place for one in told), *spans)
    number = np.searchsorted(place, edges, side="right") - 1
    inner = chosen[number]
    edges, number = edges[inner], number[inner]
    row, at = axis.instant(edges)
    length = np.minimum(np.append(edges[1:], NEVER), place[number] + slices.length[number]) - edges
    begins = ~np.append(False, slices.planned[:-1]) | new_hour
    starts = begins[number] & (place[number] == edges)
    begin = at[np.maximum.accumulate(np.where(starts, np.arange(at.size), 0))]
    outages = slices.outages[number]
    opens = starts & (slices.after_outage[number] | np.isin(edges, spans[1]))
    late = np.where(outages | opens, cols.silence_us[row], _late(told, row, at, edges))
    unobserved = slices.unobserved[number]
    running = np.where(unobserved | (intervals.state[slices.interval[number]] == State.RUNNING), length, 0)
    ran = np.cumsum(running) - running
    (parts, made_after), (bridged, since) = (_told(told, edges, at, bridged) for bridged in (False, True))
    made_in = np.minimum(np.searchsorted(edges, axis.place(row, made_after)), at.size - 1)
    columns = (
        length,
        starts,
        opens,
        np.where(starts, late, 0),
        unobserved,
        outages,
        inside(edges, axis.bounds(*gaps)),
        running,
        inside(edges, axis.bounds(*steps)),
        parts,
        np.where(made_after < begin, -1, ran - ran[made_in]),
        bridged,
        np.maximum(0, begin - since),
        cols.cycle[cols.piece_at(edges)],
    )
    for first, last in pairwise([*firsts(row).tolist(), row.size]):
        mine = (column[first:last].tolist() for column in columns)
        yield int(row[first]), list(map(Moment._make, zip(*mine, strict=True)))


def _told(counters: Sequence[Counted], place: Int64, at: Int64, bridged: bool) -> tuple[Int64, Int64]:
    """The parts that become known at each place, and after when they were made; the instant itself where none are."""
    parts, since = np.zeros(at.size, np.int64), at.copy()
    for counted in counters:
        which = counted.steps.bridged == bridged
        number = np.searchsorted(place, counted.place[which])
        np.add.at(parts, number, counted.steps.parts[which])
        np.minimum.at(since, number, counted.steps.since[which])
    return parts, since


def _spans(cols: Columns, counters: Sequence[Counted]) -> Spans:
    """The time of some steps, as far as it lies in the window and the hour in which they end."""
    begun = [np.maximum(c.steps.since, c.steps.at // HOUR_US * HOUR_US) for c in counters]
    from_us = cols.axis.from_us
    each = [(c.row, np.maximum(since, from_us[c.row]), c.steps.at) for c, since in zip(counters, begun, strict=True)]
    row, begin, end = (np.concatenate(one) for one in zip(*each, strict=True))
    return row, begin, end


def _late(counters: Sequence[Counted], row: Int64, at: Int64, place: Int64) -> Int64:
    """How long before each instant the step began that tells, within its hour, what was made since."""
    found = np.zeros(at.size, np.int64)
    for counted in counters:
        if counted.place.size:
            number = np.minimum(np.searchsorted(counted.place, place), counted.place.size - 1)
            ends, since = counted.steps.at[number], counted.steps.since[number]
            told = (counted.row[number] == row) & (ends >= at) & (ends // HOUR_US == at // HOUR_US)
            found = np.maximum(found, np.where(told & ~counted.steps.bridged[number], at - since, 0))
    return found
