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
from mes.facts.model import Bools, Int64, Steps
from mes.facts.source_tags import REPORTED, ROLE_OF, STEPS
from mes.kpi.columns import Bounds, Columns, inside, laid
from mes.kpi.intervals import Intervals, among

# Seen parts that became known while it was not heard how good they are: what tells the good ones, the rejects, the
# reworked ones, and those that are good at first pass.
SILENCES = ("no_good", "no_scrap", "no_rework", "no_first_pass")
MORE = ("good_more", "good_less", "more_scrap", "more_rework")
# Integers, one for each machine or piece of a cycle tape.
Ints = np.ndarray[Any, np.dtype[Any]]
# Well below what a column of 64 bits holds.
LARGEST = 2.0**60


@dataclass(frozen=True, slots=True)
class Tells:
    """For each machine: which of the counters it has."""

    total: Bools
    good: Bools
    scrap: Bools
    rework: Bools

    @property
    def good_from_bad(self) -> Bools:
        """Two counters of the three make the third."""
        return (self.total & self.good) | (self.total & self.scrap) | (self.good & self.scrap)

    def repeated(self, times: int) -> "Tells":
        """The same for so many cells of each machine."""
        return Tells(*(np.repeat(getattr(self, name), times) for name in Tells.__slots__))


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
        found: Bools = ~self.steps.bridged & (self.steps.most > self.steps.parts)
        return found

    def chosen(self, which: Bools) -> "Counted":
        """Some of the steps."""
        steps = Steps(*(getattr(self.steps, column)[which] for column in Steps.__slots__))
        return Counted(self.row[which], self.place[which], steps, self.planned[which])


@dataclass(frozen=True, slots=True)
class Counters:
    """All steps: of `each` counter by its name; and those that tell how many `parts` there are, which are the total's,
    or good and scrap where there is none. `hidden` are those of the parts in which some may have come and gone.
    """

    tells: Tells
    each: Mapping[str, Counted]
    parts: Sequence[Counted]
    hidden: Sequence[Counted]


# What is summed of each counter: the parts in planned time, those of them whose making was not seen, those of start-ups
# and of orders; those whose making was seen, and of these what came while the state was not known, or falls under
# SILENCES. What told how good parts are while nothing told how many there are is `early`, and not of parts seen.
COLUMNS = (
    *("parts", "bridged", "startup", "ordered", "ordered_bridged"),
    *("seen", "startup_seen", "no_data_seen", "early", *SILENCES),
)
Table = Mapping[str, Mapping[str, Ints]]


def counts_parts(machine: Machine) -> bool:
    """True when the machine tells how many parts it makes."""
    return machine.tag_of(Role.TOTAL_COUNT) is not None or machine.tag_of(Role.GOOD_COUNT) is not None


def tells_of(machines: Sequence[Machine]) -> Tells:
    """What some machines tell of their parts."""
    roles = [{tag.role for tag in machine.tags} for machine in machines]
    return Tells(**{name: np.array([role in own for own in roles], np.bool_) for name, role in ROLE_OF.items()})


def completed(tells: Tells, counted: Mapping[str, Ints]) -> dict[str, Ints]:
    """The third of total, good and scrap from the two that a machine tells; without scrap all are good.

    Of the good ones those are scrap, too, that people have reported. The last axis is that of the machines.
    """
    total, good, scrap = counted["total"], counted["good"], counted["scrap"]
    good = np.where(tells.good, good, total - scrap)
    total = np.where(tells.good & ~tells.total, good + scrap, total)
    scrap = np.where(tells.scrap, scrap, total - good)
    reported = counted[REPORTED]
    return {**counted, "total": total, "good": good - reported, "scrap": scrap + reported}


def counters_of(cols: Columns) -> Counters:
    """The steps of every counter of the machines."""
    tells = tells_of(cols.machines)
    each = {name: _counted(cols, name) for name in STEPS}
    telling = {"total": tells.total, "good": ~tells.total, "scrap": ~tells.total}
    parts = [each[name].chosen(tell[each[name].row]) for name, tell in telling.items()]
    return Counters(tells, each, parts, [counted.chosen(counted.hides) for counted in parts])


def quantities_of(cols: Columns, intervals: Intervals, counters: Counters) -> dict[str, list[int]]:
    """Parts and ideal times of the planned time of each machine's window."""
    return {name: column.tolist() for name, column in made_in(cols, intervals, counters).items()}


def made_in(cols: Columns, intervals: Intervals, counters: Counters, cells: int = 1) -> dict[str, Ints]:
    """The same for each of so many cells of every machine, which are the pieces from one `first_cycle` to the next."""
    tells = counters.tells.repeated(cells)
    starts = _startups(cols, intervals)
    silences = _silences(cols, counters.tells)
    each = [
        _by_piece(cols, counted, starts, silences, _early(cols, counters, name))
        for name, counted in counters.each.items()
    ]
    pieces = np.array(each)
    ppm = np.array([cols.evaluation.planned_scrap_ppm.get(product or "", -1) for product in cols.product], np.int64)
    ones, has_plan, plan = np.ones(ppm.size, np.int64), (ppm >= 0).astype(np.int64), np.maximum(ppm, 0)
    told, told_time, told_with_plan, told_plan = (
        _told(pieces, weights, cols.first_cycle) for weights in (ones, cols.cycle, has_plan, plan)
    )
    parts, time, of_plan, planned = (
        _table(completed(tells, one)) for one in (told, told_time, told_with_plan, told_plan)
    )
    both, doubts = tells.good_from_bad, _doubts(tells, _table(told), _table(told_time))
    total, good, scrap, rework = (parts[name] for name in ROLE_OF)
    return {
        "total": total["parts"],
        "good": good["parts"],
        "scrap": scrap["parts"],
        "rework": rework["parts"],
        "inspected": np.where(both, total["parts"], 0),
        "first_pass": np.where(both, good["parts"] - rework["parts"], 0),
        "rework_of": np.where(tells.rework, total["parts"], 0),
        "startup_rejects": scrap["startup"],
        "scrap_with_plan": of_plan["scrap"]["parts"],
        "planned_scrap_ppm": planned["total"]["parts"],
        "ideal": time["total"]["seen"],
        "ideal_good": time["good"]["seen"],
        "ideal_time_state_unknown": time["total"]["no_data_seen"],
        "ideal_time_good_state_unknown": time["good"]["no_data_seen"],
        "ideal_startup": time["total"]["startup_seen"] - time["good"]["startup_seen"],
        "counted": total["seen"],
        "order_parts": total["ordered"],
        "bridged": total["bridged"],
        "bridged_scrap": scrap["bridged"] + doubts["less_scrap"],
        "bridged_rework": rework["bridged"] + doubts["less_rework"],
        "bridged_inspected": np.where(both, total["bridged"], 0),
        "bridged_first_pass": np.where(both, good["bridged"] - rework["bridged"] + doubts["less_first_pass"], 0),
        "bridged_rework_of": np.where(tells.rework, total["bridged"], 0),
        "bridged_order": total["ordered_bridged"],
        **{name: doubts[name] for name in MORE},
        "more_first_pass": np.where(both, doubts["more_first_pass"], 0),
    }


def _told(pieces: Int64, weights: Int64, first: Int64) -> dict[str, Ints]:
    """The pieces of each counter by their weights, summed for each machine; as Python's integers where 64 bits fail."""
    largest = float(np.abs(pieces.astype(np.float64)).max(initial=0)) * float(weights.max()) * weights.size
    exact = pieces if largest < LARGEST else pieces.astype(object)
    return dict(zip(STEPS, np.add.reduceat(exact * weights, first, axis=2), strict=True))


def _table(counters: Mapping[str, Ints]) -> Table:
    return {name: dict(zip(COLUMNS, rows, strict=True)) for name, rows in counters.items()}


def _doubts(tells: Tells, parts: Table, time: Table) -> dict[str, Ints]:
    """How much more or less of what was seen may be good, rejects, reworked, or good at first pass.

    Where no counter tells the good ones they are the parts less the rejects: all that are not judged may be either.
    Where none tells the rejects they are the parts less the good ones. What is told of parts that are not counted
    stands among the unobserved parts.
    """

    def known(of: Table, column: str) -> Ints:
        found: Ints = np.where(tells.total, of["total"][column], of["good"][column] + of["scrap"][column])
        return found

    def scrapped(of: Table, column: str) -> Ints:
        found: Ints = of["scrap"][column] + of[REPORTED][column]
        return found

    own, by_good = tells.good, tells.good & ~tells.scrap
    good_us = known(time, "no_good") - np.where(own, time["good"]["no_good"], scrapped(time, "no_good"))
    scrap = known(parts, "no_scrap") - np.where(by_good, parts["good"]["no_scrap"], scrapped(parts, "no_scrap"))
    rework = known(parts, "no_rework") - parts["rework"]["no_rework"]
    # Of parts that are known to be rejects nobody asks whether they were reworked.
    not_rejected = known(parts, "no_first_pass") - scrapped(parts, "no_first_pass")
    counted = parts["good"]["no_rework"] - parts[REPORTED]["no_rework"]
    good = np.where(own, counted, not_rejected) - parts["rework"]["no_first_pass"]
    more_good = np.where(own, known(parts, "no_good") - parts["good"]["no_good"], 0)
    early = {name: parts[name]["early"] for name in ROLE_OF}
    return {
        "good_more": np.where(own, good_us, 0),
        "good_less": np.where(own, 0, good_us),
        "more_scrap": scrap,
        "less_scrap": np.where(by_good, scrap - early["good"], early["scrap"]),
        "more_rework": rework,
        "less_rework": early["rework"],
        "more_first_pass": good + more_good,
        "less_first_pass": good + np.where(own, early["good"], -early["scrap"]) - early["rework"],
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


def _early(cols: Columns, counters: Counters, name: str) -> Bools:
    """Which steps of a counter that tells how good parts are came while these were not counted.

    Only good parts are reworked: without a total it is the good counter that counts what rework judges.
    """
    counted, total = counters.each[name], counters.tells.total
    without = ("good",) if name == "rework" else ()
    of = [() if name == "total" else ("total",) if has else without for has in total.tolist()]
    judges = np.array([names != () for names in of], np.bool_)[counted.row] & (name != REPORTED)
    silent = cols.axis.bounds(*cols.silences(of))
    found: Bools = judges & (inside(counted.place - 1, silent) | _within(counted, counters.hidden))
    return found


def _silences(cols: Columns, tells: Tells) -> dict[str, Bounds]:
    """In which time what SILENCES are about was not heard; where there is no total, good and rejects are the parts."""
    has = list(zip(tells.total.tolist(), tells.good.tolist(), tells.scrap.tolist(), strict=True))
    good = [() if not total else ("good",) if own else ("scrap",) for total, own, _ in has]
    told: dict[str, Sequence[tuple[str, ...]]] = {
        "no_good": good,
        "no_scrap": [() if not total else ("scrap",) if own else ("good",) for total, _, own in has],
        "no_rework": [("rework",)] * len(has),
        "no_first_pass": [(*of, "rework") for of in good],
    }
    return {name: cols.axis.bounds(*cols.silences(counters)) for name, counters in told.items()}


def _startups(cols: Columns, intervals: Intervals) -> Bounds:
    """What lies soon after the begin of production that followed a set-up."""
    policy = cols.evaluation.policy
    after = (intervals.state == State.RUNNING) & among(policy.startup_after)[intervals.before]
    ends = np.minimum(intervals.begin + policy.startup_us, intervals.end)
    return cols.axis.bounds(cols.row[after], intervals.begin[after], ends[after])


def _counted(cols: Columns, name: str) -> Counted:
    each: list[Steps] = [getattr(facts, name) for facts in cols.facts]
    row, at = laid([steps.at for steps in each])
    columns = (np.concatenate([getattr(steps, column) for steps in each]) for column in Steps.__slots__[1:])
    place = cols.axis.place(row, at)
    return Counted(row, place, Steps(at, *columns), inside(place, cols.planned))


def _by_piece(cols: Columns, counted: Counted, starts: Bounds, silences: Mapping[str, Bounds], early: Bools) -> Int64:
    """COLUMNS of one counter for each piece of the cycle tapes."""
    steps, place = counted.steps, counted.place
    sums = np.zeros((len(COLUMNS), place.size + 1), np.int64)
    if not place.size:
        return sums[:, np.zeros(cols.cycle.size, np.int64)]
    parts, zero = np.where(counted.planned, steps.parts, 0), np.int64(0)
    seen, bridged = np.where(steps.bridged | early, zero, parts), np.where(steps.bridged, parts, zero)
    no_data = cols.state[np.searchsorted(cols.state_place, place, side="right") - 1] == State.NO_DATA
    startup, in_order = inside(place, starts), inside(place, cols.ordered)
    columns = {
        "parts": parts,
        "bridged": bridged,
        "startup": np.where(startup, parts, zero),
        "ordered": np.where(in_order, parts, zero),
        "ordered_bridged": np.where(in_order, bridged, zero),
        "seen": seen,
        "startup_seen": np.where(startup, seen, zero),
        "no_data_seen": np.where(no_data, seen, zero),
        # What becomes known at the end of a silence belongs to it.
        **{name: np.where(inside(place - 1, bounds), seen, zero) for name, bounds in silences.items()},
        "early": np.where(early & ~steps.bridged, parts, zero),
    }
    np.cumsum(np.array([columns[name] for name in COLUMNS]), axis=1, out=sums[:, 1:])
    begin = np.searchsorted(place, np.concatenate((cols.cycle_place, place[-1:] + 1)))
    found: Int64 = sums[:, begin[1:]] - sums[:, begin[:-1]]
    return found
