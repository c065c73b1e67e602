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

    def __add__(self, other: "Elements") -> "Elements":
        return Elements(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


class Undefined(StrEnum):
    """Why a KPI has no value."""

    NOTHING_PLANNED = "nothing_planned"
    NO_DATA = "no_data"
    DID_NOT_PRODUCE = "did_not_produce"
    NO_PARTS = "no_parts"


@dataclass(frozen=True, slots=True)
class Kpi:
    """A ratio 0...1, or why there is none; effectiveness and OEE above 1 show a wrong ideal cycle and are not capped.

    `value` is of the time that was seen; `low` and `high` bound it whatever happened while nothing was seen.
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
    nothing = _nothing(e, seen)
    return Kpis(
        availability=nothing
        or _kpi(e.producing, seen, low=(e.producing, e.planned), high=(e.producing + e.no_data, e.planned)),
        effectiveness=nothing or _effectiveness(e),
        quality_ratio=nothing or _quality(e),
        oee=nothing
        or _kpi(e.ideal_good, seen, low=(e.ideal_good, e.planned), high=(e.ideal_good + e.no_data, e.planned)),
        completeness=None if e.planned == 0 else seen / e.planned,
    )


def _nothing(e: Elements, seen: int) -> Kpi | None:
    if e.planned == 0:
        return Kpi(None, None, None, Undefined.NOTHING_PLANNED)
    if seen == 0:
        return Kpi(None, 0.0, 1.0, Undefined.NO_DATA)
    return None


def _effectiveness(e: Elements) -> Kpi:
    if e.producing == 0:
        return Kpi(None, None, None, Undefined.DID_NOT_PRODUCE)
    most = e.producing + e.no_data
    return _kpi(
        e.ideal, e.producing, low=(e.ideal, most), high=(max(e.ideal, e.producing), e.producing) if e.no_data else None
    )


def _quality(e: Elements) -> Kpi:
    if e.ideal == 0:
        return Kpi(None, None, None, Undefined.NO_PARTS)
    # Unseen time could have made at most no_data / PRI parts: all good or all bad.
    most = e.ideal + e.no_data
    return _kpi(e.ideal_good, e.ideal, low=(e.ideal_good, most), high=(e.ideal_good + e.no_data, most))


def _kpi(numerator: int, denominator: int, low: tuple[int, int] | None, high: tuple[int, int] | None) -> Kpi:
    value = _ratio(numerator, denominator)
    return Kpi(value, _ratio(*low) if low else value, _ratio(*high) if high else value)


def _ratio(numerator: int, denominator: int) -> float:
    """The float nearest to the exact fraction, the same on every machine."""
    return float(Fraction(numerator, denominator))
