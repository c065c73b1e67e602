"""Count steps of machines and terms → the parts and ideal times of their Elements. Pure.

A part belongs to the product in force when it became known. Sums of ideal times are Python's integers: no counter
can make them overflow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from config.device import Machine, Role
from contract.sample import State
from mes import signals
from mes.facts import Bools, Int64, Steps
from mes.fleet import Bounds, Fleet, inside, laid
from mes.stretches import Intervals, among

COUNTERS = {name: role for role, name in signals.COUNTERS.items()}
# Integers, one for each machine or piece of a cycle tape.
Ints = np.ndarray[Any, np.dtype[Any]]
# Well below what a column of 64 bits holds.
LARGEST = 2.0**60


@dataclass(frozen=True, slots=True)
class Tells:
    """For each machine: which of the counters it has."""

    total: Bools
    good: Bools
    reject: Bools
    rework: Bools

    @property
    def good_from_bad(self) -> Bools:
        """Two counters of the three make the third."""
        return (self.total & self.good) | (self.total & self.reject) | (self.good & self.reject)


@dataclass(frozen=True, slots=True)
class Counted:
    """Steps of one counter: whose each is, its place, and which are in planned time."""

    row: Int64
    place: Int64
    steps: Steps
    planned: Bools

    @property
    def hides(self) -> Bools:
        """Seen steps in which parts may have come and gone."""
        found: Bools = ~self.steps.unseen & (self.steps.most > self.steps.parts)
        return found

    def chosen(self, which: Bools) -> "Counted":
        """Some of the steps."""
        steps = Steps(*(getattr(self.steps, column)[which] for column in Steps.__slots__))
        return Counted(self.row[which], self.place[which], steps, self.planned[which])


@dataclass(frozen=True, slots=True)
class Counters:
    """All steps: of `each` counter by its name; and those that tell how many `parts` there are, which are the total's,
    or good and reject where there is none. `hidden` are those of the parts in which some may have come and gone.
    """

    tells: Tells
    each: Mapping[str, Counted]
    parts: Sequence[Counted]
    hidden: Sequence[Counted]


# What is summed of each counter: the parts in planned time, those of them whose making was seen or was not, and how
# many more of the seen ones there may be; of start-ups and of orders; and unseen ones that no silence of the total has.
COLUMNS = ("parts", "unseen", "startup", "ordered", "ordered_unseen", "seen", "more", "startup_seen", "alone")
Table = Mapping[str, Mapping[str, Ints]]


def counts_parts(machine: Machine) -> bool:
    """True when the machine tells how many parts it makes."""
    return machine.tag_of(Role.TOTAL_COUNT) is not None or machine.tag_of(Role.GOOD_COUNT) is not None


def tells_of(machines: Sequence[Machine]) -> Tells:
    """What some machines tell of their parts."""
    roles = [{tag.role for tag in machine.tags} for machine in machines]
    return Tells(**{name: np.array([role in own for own in roles], np.bool_) for name, role in COUNTERS.items()})


def completed(tells: Tells, counted: Mapping[str, Ints]) -> dict[str, Ints]:
    """The third of total, good and reject from the two that a machine tells; without rejects all are good.

    The last axis is that of the machines.
    """
    total, good, reject = counted["total"], counted["good"], counted["reject"]
    good = np.where(tells.good, good, total - reject)
    total = np.where(tells.good & ~tells.total, good + reject, total)
    reject = np.where(tells.reject, reject, total - good)
    return {**counted, "total": total, "good": good, "reject": reject}


def counters_of(fleet: Fleet) -> Counters:
    """The steps of every counter of the machines."""
    tells = tells_of(fleet.machines)
    each = {name: _counted(fleet, name) for name in COUNTERS}
    telling = {"total": tells.total, "good": ~tells.total, "reject": ~tells.total}
    parts = [each[name].chosen(tell[each[name].row]) for name, tell in telling.items()]
    return Counters(tells, each, parts, [counted.chosen(counted.hides) for counted in parts])


def making_of(fleet: Fleet, intervals: Intervals, counters: Counters) -> dict[str, list[int]]:
    """Parts and ideal times of the planned time of each machine's window."""
    tells, total_steps = counters.tells, counters.each["total"]
    starts = _startups(fleet, intervals)
    alone = ~_within(counters.each["reject"], (total_steps.chosen(total_steps.steps.unseen),))
    each = [
        _by_piece(fleet, counted, starts, _within(counted, counters.hidden), alone if name == "reject" else None)
        for name, counted in counters.each.items()
    ]
    pieces = np.array(each)
    ppm = np.array([fleet.terms.planned_scrap_ppm.get(product or "", -1) for product in fleet.product], np.int64)
    ones, has_plan, plan = np.ones(ppm.size, np.int64), (ppm >= 0).astype(np.int64), np.maximum(ppm, 0)
    told, told_time, told_with_plan, told_plan = (
        _told(pieces, weights, fleet.first_cycle) for weights in (ones, fleet.cycle, has_plan, plan)
    )
    parts, time, of_plan, planned = (
        _table(completed(tells, one)) for one in (told, told_time, told_with_plan, told_plan)
    )
    both = tells.good_from_bad
    total, good, reject, rework = (parts[name] for name in COUNTERS)
    columns = {
        "total": total["parts"],
        "good": good["parts"],
        "reject": reject["parts"],
        "rework": rework["parts"],
        "inspected": np.where(both, total["parts"], 0),
        "first_pass": np.where(both, good["parts"] - rework["parts"], 0),
        "rework_of": np.where(tells.rework, total["parts"], 0),
        "startup_rejects": reject["startup"],
        "scrap_with_plan": of_plan["reject"]["parts"],
        "planned_scrap_ppm": planned["total"]["parts"],
        "ideal": time["total"]["seen"],
        "ideal_good": time["good"]["seen"],
        "ideal_startup": time["total"]["startup_seen"] - time["good"]["startup_seen"],
        "counted": total["seen"],
        "order_parts": total["ordered"],
        "unseen": total["unseen"],
        "unseen_reject": reject["unseen"],
        "unseen_rework": rework["unseen"],
        "unseen_inspected": np.where(both, total["unseen"], 0),
        "unseen_first_pass": np.where(both, good["unseen"] - rework["unseen"], 0),
        "unseen_rework_of": np.where(tells.rework, total["unseen"], 0),
        "unseen_order": total["ordered_unseen"],
        **_doubts(tells, _table(told), _table(told_time)),
    }
    return {name: column.tolist() for name, column in columns.items()}


def _told(pieces: Int64, weights: Int64, first: Int64) -> dict[str, Ints]:
    """The pieces of each counter by their weights, summed for each machine; as Python's integers where 64 bits fail."""
    largest = float(np.abs(pieces.astype(np.float64)).max(initial=0)) * float(weights.max()) * weights.size
    exact = pieces if largest < LARGEST else pieces.astype(object)
    return dict(zip(COUNTERS, np.add.reduceat(exact * weights, first, axis=2), strict=True))


def _table(counters: Mapping[str, Ints]) -> Table:
    return {name: dict(zip(COLUMNS, rows, strict=True)) for name, rows in counters.items()}


def _doubts(tells: Tells, parts: Table, time: Table) -> dict[str, Ints]:
    """What parts and ideal times may still turn out to be.

    A good count that is the difference of two others is less when there were more rejects.
    Rejects across a silence of their own counter that no silence of the total covers may be of parts that were seen.
    """
    return {
        "more_reject": parts["reject"]["more"],
        "more_rework": parts["rework"]["more"],
        "good_more": time["good"]["more"],
        "good_less": np.where(tells.good, 0, time["reject"]["more"] + time["reject"]["alone"]),
    }


def _within(counted: Counted, others: Sequence[Counted]) -> Bools:
    """Which steps end together with one of the others that began no later: in whatever window they are, so is that."""
    place, since = (np.concatenate(both) for both in zip(*((o.place, o.steps.since) for o in others), strict=True))
    if not place.size:
        return np.zeros(counted.place.size, np.bool_)
    order = np.lexsort((since, place))
    near = order[np.minimum(np.searchsorted(place[order], counted.place), place.size - 1)]
    found: Bools = (place[near] == counted.place) & (since[near] <= counted.steps.since)
    return found


def _startups(fleet: Fleet, intervals: Intervals) -> Bounds:
    """What lies soon after the begin of production that followed a set-up."""
    policy = fleet.terms.policy
    after = (intervals.state == State.RUNNING) & among(policy.startup_after)[intervals.before]
    ends = np.minimum(intervals.begin + policy.startup_us, intervals.end)
    return fleet.axis.bounds(fleet.row[after], intervals.begin[after], ends[after])


def _counted(fleet: Fleet, name: str) -> Counted:
    each: list[Steps] = [getattr(facts, name) for facts in fleet.facts]
    row, at = laid([steps.at for steps in each])
    columns = (np.concatenate([getattr(steps, column) for steps in each]) for column in Steps.__slots__[1:])
    place = fleet.axis.place(row, at)
    return Counted(row, place, Steps(at, *columns), inside(place, fleet.planned))


def _by_piece(fleet: Fleet, counted: Counted, starts: Bounds, in_room: Bools, alone: Bools | None) -> Int64:
    """COLUMNS of one counter for each piece of the cycle tapes; what steps `in_room` may hide is in mes/room.py."""
    steps, place = counted.steps, counted.place
    sums = np.zeros((len(COLUMNS), place.size + 1), np.int64)
    if not place.size:
        return sums[:, np.zeros(fleet.cycle.size, np.int64)]
    # The bound of a step is that of the shortest cycle of all, or of the counter's own rate; the product in force most
    # often allows fewer. What may be more of a step across a silence is in the blind time that it lies in.
    cycle = fleet.cycle[fleet.piece_at(place)]
    most = np.maximum(steps.parts, np.minimum(steps.most, (steps.at - steps.since) // cycle + 1))
    parts, zero = np.where(counted.planned, steps.parts, 0), np.int64(0)
    seen, unseen = np.where(steps.unseen, zero, parts), np.where(steps.unseen, parts, zero)
    startup, in_order = inside(place, starts), inside(place, fleet.ordered)
    columns = {
        "parts": parts,
        "unseen": unseen,
        "startup": np.where(startup, parts, zero),
        "ordered": np.where(in_order, parts, zero),
        "ordered_unseen": np.where(in_order, unseen, zero),
        "seen": seen,
        "more": np.where(counted.planned & ~steps.unseen & ~in_room, most - steps.parts, zero),
        "startup_seen": np.where(startup, seen, zero),
        "alone": unseen if alone is None else np.where(alone, unseen, zero),
    }
    np.cumsum(np.array([columns[name] for name in COLUMNS]), axis=1, out=sums[:, 1:])
    begin = np.searchsorted(place, np.concatenate((fleet.cycle_place, place[-1:] + 1)))
    found: Int64 = sums[:, begin[1:]] - sums[:, begin[:-1]]
    return found
