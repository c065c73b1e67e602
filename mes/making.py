"""Count steps of a machine and terms → the parts and ideal times of its Elements. Pure.

A part belongs to the product in force when it became known. Sums of ideal times are Python's integers: no counter
can make them overflow.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from config.device import Machine, Role
from contract.sample import State
from mes.elements import Elements
from mes.facts import Bools, Int64, MachineFacts, Steps
from mes.policy import Policy
from mes.stretches import Intervals, among, bounds_of, cycle_tape, inside
from mes.terms import Terms

COUNTERS = ("total", "good", "reject", "rework")


@dataclass(frozen=True, slots=True)
class Counted:
    """The steps of one counter in planned time: the piece of the cycle tape that each belongs to, and its parts.

    `seen` are parts whose making was seen, `unseen` the others, `more` what may be more of those seen.
    """

    steps: Steps
    piece: Int64
    seen: Int64
    unseen: Int64
    more: Int64

    def by_piece(self, column: str, pieces: int, chosen: Bools | None) -> Int64:
        """The sum for each piece of one column, or of seen and unseen as `parts`; of the chosen steps, if any are."""
        parts = self.seen + self.unseen if column == "parts" else getattr(self, column)
        sums = np.zeros(pieces, np.int64)
        if parts.size:
            np.add.at(sums, self.piece, parts if chosen is None else np.where(chosen, parts, 0))
        return sums

    def excess(self, shortest: int) -> tuple[int, int]:
        """Ideal time, and parts, of silences beyond what their length allows at the shortest cycle.

        Which product was made in them is not known.
        """
        lengths = (self.steps.at - self.steps.since)[self.steps.unseen].tolist()
        silences = list(zip(lengths, self.steps.parts[self.steps.unseen].tolist(), strict=True))
        return (
            sum(max(0, parts * shortest - length) for length, parts in silences),
            sum(max(0, parts - length // shortest) for length, parts in silences),
        )


@dataclass(frozen=True, slots=True)
class Making:
    """All counters of a machine in a window, on one cycle tape."""

    machine: Machine
    counters: dict[str, Counted]
    cycles: Int64

    def sums(
        self, column: str, weights: Int64 | None = None, chosen: Mapping[str, Bools] | None = None
    ) -> dict[str, int]:
        """The sum of a column for each counter, of its chosen steps if any are, and for what follows from them."""
        chosen = chosen or {}
        return completed(self.machine, {n: self.sum(n, column, weights, chosen.get(n)) for n in self.counters})

    def sum(self, name: str, column: str, weights: Int64 | None = None, chosen: Bools | None = None) -> int:
        """The sum of a column of one counter, each piece by its weight, where some are given."""
        counted = self.counters[name]
        if not counted.piece.size:
            return 0
        parts = counted.by_piece(column, self.cycles.size, chosen)
        if weights is None:
            return int(parts.sum())
        return sum(p * w for p, w in zip(parts.tolist(), weights.tolist(), strict=True))


def counts_parts(machine: Machine) -> bool:
    """True when the machine tells how many parts it makes."""
    return machine.tag_of(Role.TOTAL_COUNT) is not None or machine.tag_of(Role.GOOD_COUNT) is not None


def completed(machine: Machine, counted: dict[str, int]) -> dict[str, int]:
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
    fastest = {name: tag.fastest_us if (tag := machine.tag_of(Role(f"{name}_count"))) else None for name in COUNTERS}
    counters = {name: _counted(getattr(facts, name), planned, at, cycles, fastest[name]) for name in COUNTERS}
    making = Making(machine, counters, cycles)
    made_at = {name: counted.steps.at for name, counted in counters.items() if counted.piece.size}
    starts = _startups(intervals, terms.policy)
    startup = {name: inside(made, starts) for name, made in made_at.items()}
    ordered = np.array([order is not None for order in facts.order], np.bool_)
    in_order = {
        name: ordered[np.maximum(np.searchsorted(facts.order_at, made, side="right") - 1, 0)]
        for name, made in made_at.items()
    }
    parts, unseen = making.sums("parts"), making.sums("unseen")
    ideal = making.sums("seen", cycles)
    startup_ideal = making.sums("seen", cycles, startup)
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
        startup_rejects=making.sums("parts", chosen=startup)["reject"],
        scrap_with_plan=making.sums("parts", with_plan)["reject"],
        planned_scrap_ppm=making.sums("parts", np.maximum(scrap, 0))["total"],
        ideal=ideal["total"],
        ideal_good=ideal["good"],
        ideal_startup=startup_ideal["total"] - startup_ideal["good"],
        counted=making.sums("seen")["total"],
        order_parts=making.sums("parts", chosen=in_order)["total"],
        unseen=unseen["total"],
        unseen_reject=unseen["reject"],
        unseen_rework=unseen["rework"],
        unseen_inspected=unseen["total"] if inspects else 0,
        unseen_first_pass=unseen["good"] - unseen["rework"] if inspects else 0,
        unseen_rework_of=unseen["total"] if machine.tag_of(Role.REWORK_COUNT) else 0,
        unseen_order=making.sums("unseen", chosen=in_order)["total"],
        **_doubts(making, terms.ideal.shortest(machine.id), facts.total),
    )


def _doubts(making: Making, shortest: int, total: Steps) -> dict[str, int]:
    """What parts and ideal times may still turn out to be.

    A good count that is the difference of two others is less when there were more rejects, and more when more in total.
    Rejects across a silence of their own counter that no silence of the total covers may be of parts that were seen.
    """
    machine, cycles = making.machine, making.cycles
    own_good, own_total = machine.tag_of(Role.GOOD_COUNT) is not None, machine.tag_of(Role.TOTAL_COUNT) is not None
    told = ("total",) if own_total else ("good", "reject")
    excess = [making.counters[name].excess(shortest) for name in told]
    late = making.sum("reject", "unseen", cycles, _alone(making.counters["reject"].steps, total))
    return {
        "more_parts": sum(making.sum(name, "more") for name in told),
        "more_reject": making.sum("reject", "more"),
        "more_rework": making.sum("rework", "more"),
        "excess": sum(ideal for ideal, _ in excess),
        "excess_parts": sum(parts for _, parts in excess),
        "ideal_more": sum(making.sum(name, "more", cycles) for name in told),
        "good_more": making.sum("good" if own_good else "total", "more", cycles),
        "good_less": 0 if own_good else making.sum("reject", "more", cycles) + late,
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


def _startups(intervals: Intervals, policy: Policy) -> tuple[Int64, Int64]:
    """Begins and ends of what lies soon after the begin of production that followed a set-up."""
    after = (intervals.state == State.RUNNING) & among(policy.startup_after)[intervals.before]
    ends = np.minimum(intervals.begin + policy.startup_us, intervals.end)
    return intervals.begin[after], ends[after]


def _counted(steps: Steps, planned: tuple[Int64, Int64], at: Int64, cycles: Int64, fastest: int | None) -> Counted:
    keep = inside(steps.at, planned)
    steps = Steps(*(getattr(steps, name)[keep] for name in Steps.__slots__))
    piece = np.maximum(np.searchsorted(at, steps.at, side="right") - 1, 0)
    # The bound of a step is that of the shortest cycle of all; the product in force allows as many or fewer, unless
    # the plant file says how fast the counter can be.
    # What may be more of a step across a silence is in the blind time that it lies in.
    fit = (steps.at - steps.since) // (cycles[piece] if fastest is None else fastest) + 1
    most = np.maximum(steps.parts, np.minimum(steps.most, fit))
    zero = np.int64(0)
    return Counted(
        steps,
        piece,
        seen=np.where(steps.unseen, zero, steps.parts),
        unseen=np.where(steps.unseen, steps.parts, zero),
        more=np.where(steps.unseen, zero, most - steps.parts),
    )
