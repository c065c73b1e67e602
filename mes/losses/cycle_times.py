"""Count steps of a machine and terms → how long its parts took, against the ideal. Pure.

A cycle is the planned busy time from one part to the next; where a reading brought several parts, each took its share.
It can be measured as finely only as the counter was read, and not at all across a silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np

from config.device import Machine, Role
from mes.facts.model import Bools, Int64, MachineFacts, Steps, no_steps
from mes.facts.outages import NEVER
from mes.kpi.columns import alone, bounds_of, cycle_tape, inside
from mes.kpi.evaluation import Evaluation
from mes.kpi.intervals import elapsed, intervals_of, slices_of
from mes.kpi.times import PLANNED_STOP

# Of the ideal cycle, per cent; a cycle belongs to the bin whose lower edge it has reached.
EDGES = (0, 50, 80, 90, 95, 100, 105, 110, 125, 150, 200, 300, 500, 1000, int(NEVER))


class Pace(StrEnum):
    """What a cycle of so many times the ideal is."""

    FASTER = "faster_than_ideal"
    IDEAL = "ideal"
    SLOW = "slow"
    SMALL_STOP = "small_stop"
    LONG_STOP = "long_stop"


PACES = ((0, Pace.FASTER), (95, Pace.IDEAL), (105, Pace.SLOW), (125, Pace.SMALL_STOP), (300, Pace.LONG_STOP))


@dataclass(frozen=True, slots=True)
class Cycles:
    """Measured cycles, parallel columns: `us` for all `parts` of a cycle, of it in minor and in longer stops.

    `product` indexes `products`. `unmeasured`: parts in planned time whose time was not seen from begin to end.
    """

    us: Int64
    parts: Int64
    ideal_us: Int64
    minor_us: Int64
    longer_us: Int64
    read_us: Int64
    product: Int64
    products: tuple[str | None, ...]
    unmeasured: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Cycles from `low` to below `high` per cent of the ideal one; None: without end."""

    low: int
    high: int | None
    pace: Pace
    cycles: int
    parts: int
    us: int
    minor_us: int
    longer_us: int


@dataclass(frozen=True, slots=True)
class Typical:
    """How long a part of a product took: a tenth took at most `fast_us`, half `median_us`, nine tenths `slow_us`.

    `read_us` is the longest time between two readings for half of the cycles: nothing shorter can be told. It is 0
    where the machine itself has measured them.
    """

    product: str | None
    ideal_us: int
    parts: int
    fast_us: int
    median_us: int
    slow_us: int
    read_us: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a machine itself shows of its last cycle: microseconds from an instant on, 0 where that is not known."""

    at: Int64
    us: Int64


def cycles_of(machine: Machine, facts: MachineFacts, evaluation: Evaluation, shown: Shown | None = None) -> Cycles:
    """The cycles of the parts that became known in planned time; none of a machine that tells no parts.

    Where the machine itself shows them, its times count: that of the last part of each reading.
    """
    steps = _told(machine, facts)
    if facts.to_us <= facts.from_us or not steps.at.size:
        none: Int64 = np.zeros(0, np.int64)
        return Cycles(none, none, none, none, none, none, none, (), 0)
    if shown is not None:
        return _as_shown(facts, evaluation, steps, shown)
    cols = alone(machine, facts, evaluation)
    intervals = intervals_of(cols)
    slices = slices_of(cols, intervals)
    number = slices.interval
    busy = slices.planned & (intervals.element != PLANNED_STOP)[number]
    stopped, minor = intervals.stop[number], intervals.minor[number]

    def since_last(chosen: Bools) -> Int64:
        return np.diff(elapsed(slices, chosen)(steps.at), prepend=np.int64(0))

    us = since_last(busy)
    measured = ~steps.bridged & (us > 0) & (since_last(slices.outages) == 0)
    # Of the first part it is not known when the one before was made, and an bridged step is no instant of a part.
    measured[0] = False
    measured[1:] &= ~steps.bridged[:-1]
    planned = inside(steps.at, bounds_of(evaluation.planned))
    kept = planned & measured
    at, cycles, products = cycle_tape(facts, evaluation)
    piece = np.maximum(np.searchsorted(at, steps.at, side="right") - 1, 0)
    return Cycles(
        us=us[kept],
        parts=steps.parts[kept],
        ideal_us=cycles[piece][kept],
        minor_us=since_last(busy & stopped & minor)[kept],
        longer_us=since_last(busy & stopped & ~minor)[kept],
        read_us=(steps.at - steps.since)[kept],
        product=piece[kept],
        products=products,
        unmeasured=sum(steps.parts[planned & ~measured].tolist()),
    )


def _as_shown(facts: MachineFacts, evaluation: Evaluation, steps: Steps, shown: Shown) -> Cycles:
    us = np.append(0, shown.us)[np.searchsorted(shown.at, steps.at, side="right")]
    planned = inside(steps.at, bounds_of(evaluation.planned))
    kept = planned & ~steps.bridged & (us > 0)
    at, cycles, products = cycle_tape(facts, evaluation)
    piece = np.maximum(np.searchsorted(at, steps.at, side="right") - 1, 0)[kept]
    one, nothing = np.ones(piece.size, np.int64), np.zeros(piece.size, np.int64)
    left = sum(steps.parts[planned].tolist()) - piece.size
    return Cycles(us[kept], one, cycles[piece], nothing, nothing, nothing, piece, products, left)


def histogram(found: Sequence[Cycles]) -> list[Bin]:
    """Cycles of any number of machines and products by their share of the ideal; a bin's sums are exact."""

    def column(name: str) -> Int64:
        return np.concatenate([np.zeros(0, np.int64), *(getattr(one, name) for one in found)])

    us, parts, ideal = column("us"), column("parts"), column("ideal_us")
    # The part of a per cent is cut off, which moves no cycle over an edge.
    per_cent = us * 100 // (np.minimum(parts, NEVER // ideal) * ideal)
    count = partial(np.histogram, per_cent, bins=np.array(EDGES, np.int64))
    cycles = count()[0].tolist()
    sums = [count(weights=column(name))[0].tolist() for name in ("parts", "us", "minor_us", "longer_us")]
    edges = zip(EDGES, (*EDGES[1:-1], None), strict=False)
    return [Bin(low, high, _pace(low), *numbers) for (low, high), *numbers in zip(edges, cycles, *sums, strict=True)]


def typical(found: Cycles) -> list[Typical]:
    """How long parts took, by product and ideal cycle, the most frequent first."""
    groups: dict[tuple[str | None, int], list[int]] = {}
    for i, (piece, ideal) in enumerate(zip(found.product.tolist(), found.ideal_us.tolist(), strict=True)):
        groups.setdefault((found.products[piece], ideal), []).append(i)
    made = [_typical(found, product, ideal, np.array(rows, np.int64)) for (product, ideal), rows in groups.items()]
    return sorted(made, key=lambda t: (-t.parts, t.product or "", t.ideal_us))


def _typical(found: Cycles, product: str | None, ideal: int, rows: Int64) -> Typical:
    each, parts = found.us[rows] // found.parts[rows], found.parts[rows]
    order = np.argsort(each, kind="stable")
    # As Python's integers: a counter that tells nonsense overflows nothing.
    sums, total = np.cumsum(parts[order].astype(object)), sum(parts.tolist())

    def reached(share: int) -> int:
        first = next(i for i, so_far in enumerate(sums.tolist()) if so_far * 10 >= total * share)
        return int(each[order[first]])

    read = int(np.sort(found.read_us[rows])[(rows.size - 1) // 2])
    return Typical(product, ideal, total, reached(1), reached(5), reached(9), read)


def _told(machine: Machine, facts: MachineFacts) -> Steps:
    """When parts became known, whatever they turned out to be; steps of one instant as one."""
    if machine.tag_of(Role.TOTAL_COUNT):
        counters = [facts.total]
    else:
        counters = [facts.good, facts.scrap] if machine.tag_of(Role.GOOD_COUNT) else []
    columns = [np.concatenate([getattr(c, name) for c in (no_steps(), *counters)]) for name in Steps.__slots__]
    made = np.flatnonzero((columns[2] > 0) | columns[4])
    order = made[np.argsort(columns[0][made], kind="stable")]
    at, since, parts, most, bridged = (column[order] for column in columns)
    if not at.size:
        return Steps(at, since, parts, most, bridged)
    first = np.flatnonzero(np.diff(at, prepend=at[0] - 1))
    return Steps(
        at[first],
        np.minimum.reduceat(since, first),
        np.add.reduceat(parts, first),
        np.add.reduceat(most, first),
        np.logical_or.reduceat(bridged, first),
    )


def _pace(low: int) -> Pace:
    return [pace for edge, pace in PACES if low >= edge][-1]
