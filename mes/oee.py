"""Durations and counts → KPIs by ISO 22400-2. Pure.

Inside there are only integers: microseconds and parts. A ratio is one division, at the end.
Roll-ups add `Elements` and then divide; a mean of ratios does not occur.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from contract.sample import State


@dataclass(frozen=True, slots=True)
class Policy:
    """Which time element each state is booked to, inside planned busy time. Stored with every result."""

    name: str
    version: int
    producing: frozenset[State]
    setup: frozenset[State]
    delay: frozenset[State]
    down: frozenset[State]


# ISO 22400-2 books every stop that lengthens an order, minor stops included, as delay (ADET).
ISO = Policy(
    name="iso-22400-2",
    version=1,
    producing=frozenset({State.RUNNING}),
    setup=frozenset({State.SETUP}),
    delay=frozenset({State.DOWN, State.STARVED, State.BLOCKED, State.STOPPED}),
    down=frozenset({State.IDLE, State.MAINTENANCE}),
)


@dataclass(frozen=True, slots=True)
class Elements:
    """What a window is made of; times in microseconds, additive over time and over machines.

    planned = producing + setup + delay + down + no_data, exactly (PBT = APT + AUST + ADET + ADOT + NO_DATA).
    `ideal` is sum(PRI x PQ) and `ideal_good` sum(PRI x GQ) of the parts whose making was seen;
    parts counted across a hole in the data are in total, good and reject, but not in the ideal times.
    `uncounted` is the planned time of machines that tell no counts: above 0 nothing can be said of their parts.
    """

    planned: int = 0
    producing: int = 0
    setup: int = 0
    delay: int = 0
    down: int = 0
    no_data: int = 0
    total: int = 0
    good: int = 0
    reject: int = 0
    ideal: int = 0
    ideal_good: int = 0
    uncounted: int = 0

    def __add__(self, other: "Elements") -> "Elements":
        return Elements(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


class Undefined(StrEnum):
    """Why a KPI has no value."""

    NOTHING_PLANNED = "nothing_planned"
    NO_DATA = "no_data"
    DID_NOT_PRODUCE = "did_not_produce"
    NO_PARTS = "no_parts"
    NOT_COUNTED = "not_counted"


@dataclass(frozen=True, slots=True)
class Kpi:
    """A ratio 0...1, or why there is none; effectiveness and OEE above 1 show a wrong ideal cycle and are not capped.

    `value` is of the time that was seen. `low` and `high` bound it for all planned time: what is known of NO_DATA
    later lies between them, and can only bring them closer. This claim rests on one assumption: unseen, machines
    make parts at most at their ideal speed, or as fast as they were seen to where that was faster.
    """

    value: float | None
    low: float | None
    high: float | None
    undefined: Undefined | None = None


@dataclass(frozen=True, slots=True)
class Kpis:
    """The four ratios of a window, and the share of its planned time that was seen (None: nothing was planned)."""

    availability: Kpi
    effectiveness: Kpi
    quality_ratio: Kpi
    oee: Kpi
    completeness: float | None


def kpis(e: Elements) -> Kpis:
    """Availability APT/PBT, effectiveness PRI x PQ/APT, quality GQ/PQ weighted by ideal time, OEE PRI x GQ/PBT."""
    seen = e.planned - e.no_data
    # Total and rejects are two registers: a reject read just before its part makes less than nothing of a moment.
    good = max(0, e.ideal_good)
    nothing = _nothing(e, seen)
    no_parts = nothing or (Kpi(None, None, None, Undefined.NOT_COUNTED) if e.uncounted else None)
    return Kpis(
        availability=nothing
        or _bounded(e.producing, seen, low=(e.producing, e.planned), high=(e.producing + e.no_data, e.planned)),
        effectiveness=no_parts or _effectiveness(e),
        quality_ratio=no_parts or _quality(e, good),
        oee=no_parts or _bounded(good, seen, low=(good, e.planned), high=(good + e.no_data, e.planned)),
        completeness=None if e.planned == 0 else seen / e.planned,
    )


def _nothing(e: Elements, seen: int) -> Kpi | None:
    if e.planned == 0:
        return Kpi(None, None, None, Undefined.NOTHING_PLANNED)
    if seen == 0:
        return _unknown(e, Undefined.NO_DATA)
    return None


def _unknown(e: Elements, why: Undefined) -> Kpi:
    """No value; anything from 0 to 1 when unseen time may hold one."""
    return Kpi(None, 0.0, 1.0, why) if e.no_data else Kpi(None, None, None, why)


def _effectiveness(e: Elements) -> Kpi:
    if e.producing == 0:
        return _unknown(e, Undefined.DID_NOT_PRODUCE)
    # Lowest when it ran all the unseen time and made nothing, highest when it ran at ideal speed.
    most = e.producing + e.no_data
    return _bounded(e.ideal, e.producing, low=(e.ideal, most), high=(e.ideal + e.no_data, most))


def _quality(e: Elements, good: int) -> Kpi:
    if e.ideal <= 0:
        return _unknown(e, Undefined.NO_PARTS)
    # Unseen time made at most no_data / PRI parts: lowest when all were bad, highest when all were good.
    most = e.ideal + e.no_data
    return _bounded(good, e.ideal, low=(good, most), high=(good + e.no_data, most))


def _bounded(numerator: int, denominator: int, low: tuple[int, int], high: tuple[int, int]) -> Kpi:
    value = _ratio(numerator, denominator)
    # A value above 1 was seen: then unseen time may have been as fast.
    return Kpi(value, min(value, _ratio(*low)), max(value, _ratio(*high)))


def _ratio(numerator: int, denominator: int) -> float:
    """The float nearest to the exact fraction, the same on every machine."""
    return float(Fraction(numerator, denominator))
