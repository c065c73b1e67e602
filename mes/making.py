"""Count steps of a machine and terms → the parts and ideal times of its Elements. Pure.

A part belongs to the product in force when it became known. Sums of ideal times are Python's integers: no counter
can make them overflow.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from config.device import Machine, Role
from contract.sample import State
from mes.elements import Elements
from mes.facts import Bools, Int64, MachineFacts, Steps
from mes.policy import Policy
from mes.stretches import Intervals, bounds_of, cycle_tape, inside
from mes.terms import Terms

COUNTERS = ("total", "good", "reject", "rework")
Sums = dict[str, int]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Parts of one counter in planned time by piece of the cycle tape: seen ones, and what may be more.

    `excess` is the ideal time, and `excess_parts` the parts, of silences beyond what their length allows at the
    shortest cycle: which product was made in them is not known.
    """

    seen: Int64
    unseen: Int64
    more: Int64
    excess: int
    excess_parts: int

    @property
    def parts(self) -> Int64:
        """All parts, whenever they were made."""
        return self.seen + self.unseen


def counts_parts(machine: Machine) -> bool:
    """True when the machine tells how many parts it makes."""
    return machine.tag_of(Role.TOTAL_COUNT) is not None or machine.tag_of(Role.GOOD_COUNT) is not None


def completed(machine: Machine, counted: Sums) -> Sums:
    """The third of total, good and reject from the two that the machine tells; without rejects all are good."""
    total, good, reject = counted["total"], counted["good"], counted["reject"]
    if machine.tag_of(Role.GOOD_COUNT) is None:
        good = total - reject
    elif machine.tag_of(Role.TOTAL_COUNT) is None:
        total = good + reject
    if machine.tag_of(Role.REJECT_COUNT) is None:
        reject = total - good
    return counted | {"total": total, "good": good, "reject": reject}


def making_of(machine: Machine, facts: MachineFacts, terms: Terms, intervals: Intervals) -> Elements:
    """Parts and ideal times of the window's planned time."""
    at, cycles, products = cycle_tape(facts, terms)
    planned = bounds_of(terms.planned)
    shortest = terms.ideal.shortest(machine.id)
    fastest = {name: tag.fastest_us if (tag := machine.tag_of(Role(f"{name}_count"))) else None for name in COUNTERS}
    ordered = np.array([order is not None for order in facts.order], np.bool_)

    def sort(chosen: Callable[[Steps], Bools] | None = None) -> dict[str, Sorted]:
        kept = {name: _where(getattr(facts, name), planned, chosen) for name in COUNTERS}
        return {name: _sorted(steps, at, cycles, shortest, fastest[name]) for name, steps in kept.items()}

    def summed(sorted_: dict[str, Sorted], column: str, weights: Int64 | None = None) -> Sums:
        return completed(machine, {n: _sum(getattr(s, column), weights) for n, s in sorted_.items()})

    found = sort()
    startup = sort(lambda steps: _in_startup(steps, intervals, terms.policy))
    in_order = sort(lambda steps: ordered[np.maximum(np.searchsorted(facts.order_at, steps.at, side="right") - 1, 0)])
    parts, ideal = summed(found, "parts"), summed(found, "seen", cycles)
    unseen = summed(found, "unseen")
    startup_ideal = summed(startup, "seen", cycles)
    scrap = np.array([terms.planned_scrap_ppm.get(p or "", -1) for p in products], np.int64)
    inspects = _tells_good_from_bad(machine)
    with_plan = (scrap >= 0).astype(np.int64)
    return Elements(
        total=parts["total"],
        good=parts["good"],
        reject=parts["reject"],
        rework=parts["rework"],
        inspected=parts["total"] if inspects else 0,
        first_pass=parts["good"] - parts["rework"] if inspects else 0,
        rework_of=parts["total"] if machine.tag_of(Role.REWORK_COUNT) else 0,
        startup_rejects=summed(startup, "parts")["reject"],
        scrap_with_plan=summed(found, "parts", with_plan)["reject"],
        planned_scrap_ppm=summed(found, "parts", np.maximum(scrap, 0))["total"],
        ideal=ideal["total"],
        ideal_good=ideal["good"],
        ideal_startup=startup_ideal["total"] - startup_ideal["good"],
        counted=summed(found, "seen")["total"],
        order_parts=summed(in_order, "parts")["total"],
        unseen=unseen["total"],
        unseen_reject=unseen["reject"],
        unseen_rework=unseen["rework"],
        unseen_inspected=unseen["total"] if inspects else 0,
        unseen_first_pass=unseen["good"] - unseen["rework"] if inspects else 0,
        unseen_rework_of=unseen["total"] if machine.tag_of(Role.REWORK_COUNT) else 0,
        unseen_order=summed(in_order, "unseen")["total"],
        **_doubts(machine, found, sort(lambda steps: _alone(steps, facts.total))["reject"], cycles),
    )


def _doubts(machine: Machine, found: dict[str, Sorted], late_rejects: Sorted, cycles: Int64) -> Sums:
    """What parts and ideal times may still turn out to be.

    A good count that is the difference of two others is less when there were more rejects, and more when more in total.
    `late_rejects` are those across a silence of their own counter that no silence of the total covers: they may be of
    parts that were seen.
    """
    own_good, own_total = machine.tag_of(Role.GOOD_COUNT) is not None, machine.tag_of(Role.TOTAL_COUNT) is not None
    told = ("total",) if own_total else ("good", "reject")

    def over(names: tuple[str, ...], column: str, weights: Int64 | None = None) -> int:
        return sum(_sum(getattr(found[name], column), weights) for name in names)

    return {
        "more_parts": over(told, "more"),
        "more_reject": over(("reject",), "more"),
        "more_rework": over(("rework",), "more"),
        "excess": sum(found[name].excess for name in told),
        "excess_parts": sum(found[name].excess_parts for name in told),
        "ideal_more": over(told, "more", cycles),
        "good_more": over(("good",) if own_good else ("total",), "more", cycles),
        "good_less": 0 if own_good else over(("reject",), "more", cycles) + _sum(late_rejects.unseen, cycles),
    }


def _alone(steps: Steps, total: Steps) -> Bools:
    """Steps that no silence of the total covers which ends with them: it is in whatever window they are in."""
    alone = np.ones(steps.at.size, np.bool_)
    if total.at.size > 0:
        place = np.minimum(np.searchsorted(total.at, steps.at), total.at.size - 1)
        alone &= (total.at[place] != steps.at) | ~total.unseen[place] | (total.since[place] > steps.since)
    return alone


def _tells_good_from_bad(machine: Machine) -> bool:
    roles = (Role.TOTAL_COUNT, Role.GOOD_COUNT, Role.REJECT_COUNT)
    return sum(machine.tag_of(role) is not None for role in roles) > 1


def _in_startup(steps: Steps, intervals: Intervals, policy: Policy) -> Bools:
    """Steps soon after the begin of production that followed a set-up."""
    after = (intervals.state == State.RUNNING) & np.isin(intervals.before, [int(s) for s in policy.startup_after])
    ends = np.minimum(intervals.begin + policy.startup_us, intervals.end)
    return inside(steps.at, (intervals.begin[after], ends[after]))


def _where(steps: Steps, planned: tuple[Int64, Int64], chosen: Callable[[Steps], Bools] | None) -> Steps:
    keep = inside(steps.at, planned)
    if chosen is not None:
        keep &= chosen(steps)
    return Steps(*(getattr(steps, name)[keep] for name in Steps.__slots__))


def _sorted(steps: Steps, at: Int64, cycles: Int64, shortest: int, fastest: int | None) -> Sorted:
    piece = np.maximum(np.searchsorted(at, steps.at, side="right") - 1, 0)
    # The bound of a step is that of the shortest cycle of all; the product in force allows as many or fewer, unless
    # the plant file says how fast the counter can be.
    # What may be more of a step across a silence is in the blind time that it lies in.
    fit = (steps.at - steps.since) // (cycles[piece] if fastest is None else fastest) + 1
    most = np.maximum(steps.parts, np.minimum(steps.most, fit))

    def by_piece(parts: Int64) -> Int64:
        sums = np.zeros(at.size, np.int64)
        np.add.at(sums, piece, parts)
        return sums

    zero = np.int64(0)
    lengths = (steps.at - steps.since)[steps.unseen].tolist()
    silences = list(zip(lengths, steps.parts[steps.unseen].tolist(), strict=True))
    return Sorted(
        excess=sum(max(0, parts * shortest - length) for length, parts in silences),
        excess_parts=sum(max(0, parts - length // shortest) for length, parts in silences),
        seen=by_piece(np.where(steps.unseen, zero, steps.parts)),
        unseen=by_piece(np.where(steps.unseen, steps.parts, zero)),
        more=by_piece(np.where(steps.unseen, zero, most - steps.parts)),
    )


def _sum(parts: Int64, weights: Int64 | None) -> int:
    if weights is None:
        return int(parts.sum())
    return sum(p * w for p, w in zip(parts.tolist(), weights.tolist(), strict=True))
