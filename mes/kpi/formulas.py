"""The KPIs of ISO 22400-2, each in one place: formula, unit, when it is undefined, bounds. Pure.

Inside there are only integers. A KPI is one division of exact sums, at the end, and then the float nearest to it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from mes.kpi.elements import Elements
from mes.kpi.long_windows import HOUR_US
from mes.kpi.policy import Divisor, Policy
from mes.kpi.scenarios import Scenario, certain, scenarios, seen, state_uncertain

Ratio = Callable[[Scenario, Elements], tuple[int, int]]
SECOND_US = 1_000_000
PPM = 1_000_000


class Undefined(StrEnum):
    """Why a KPI has no value."""

    NOTHING_PLANNED = "nothing_planned"
    NO_DATA = "no_data"
    DID_NOT_PRODUCE = "did_not_produce"
    NO_PARTS = "no_parts"
    NOT_COUNTED = "not_counted"
    NOT_HEARD = "not_heard"
    NO_ORDER = "no_order"
    NOT_BUSY = "not_busy"
    NO_FAILURES = "no_failures"
    NO_SCRAP_PLAN = "no_scrap_plan"


@dataclass(frozen=True, slots=True)
class Kpi:
    """A number, or why there is none; effectiveness and OEE above 1 show a wrong ideal cycle and are not capped.

    `value` is of the time that was seen. `low` and `high` bound it for all planned time: what becomes known later lies
    between them, and brings them closer; None: no bound can be given. This claim rests on four assumptions: nothing
    happens between two samples that lie closer than `no_data_after`; parts take their ideal cycle of running time, or
    as long as the counter then shows; a product is the one last read; how good a part is is told when it is counted.
    A value that cannot be true is told as the nearest bound: of parts that a counter bridged, and that are counted
    where the silence ended, no more than fit.
    """

    value: float | None
    low: float | None
    high: float | None
    undefined: Undefined | None = None


class Unit(StrEnum):
    """What a value is in."""

    RATIO = "1"
    SECONDS = "s"
    PARTS_PER_HOUR = "1/h"


@dataclass(frozen=True, slots=True)
class Formula:
    """How one KPI is made: the product of ratios, times `scale`; numerators and denominators are linear in a Case.

    `counts`: it needs machines that tell their parts; `stops`: it counts stops. `by_time`: it compares parts with the
    time in which they were made, which must be heard as well as seen (`heard`). `loose`: while anything is in doubt,
    all that can be said is that it is not below 0.
    """

    name: str
    symbols: str
    ratios: tuple[Ratio, ...]
    empty: Undefined
    counts: bool = False
    stops: bool = False
    by_time: bool = False
    unit: Unit = Unit.RATIO
    scale: Fraction = Fraction(1)
    higher_is_better: bool = True
    loose: bool = False


FORMULAS = (
    Formula("availability", "APT / (PBT - NO_DATA)", (lambda c, _: (c.producing, c.planned),), Undefined.NO_DATA),
    Formula(
        "effectiveness",
        "sum(PRI x PQ) / APT",
        (lambda c, _: (c.ideal, c.producing),),
        Undefined.DID_NOT_PRODUCE,
        counts=True,
        by_time=True,
    ),
    Formula(
        "quality_ratio",
        "sum(PRI x GQ) / sum(PRI x PQ)",
        (lambda c, _: (c.good, c.ideal),),
        Undefined.NO_PARTS,
        counts=True,
    ),
    Formula(
        "oee",
        "sum(PRI x GQ) / (PBT - NO_DATA)",
        (lambda c, _: (c.good, c.planned),),
        Undefined.NO_DATA,
        counts=True,
        by_time=True,
    ),
    Formula(
        "nee",
        "AUPT / APT x sum(PRI x GQ) / (PBT - NO_DATA)",
        (lambda c, _: (c.processing, c.producing), lambda c, _: (c.good, c.planned)),
        Undefined.DID_NOT_PRODUCE,
        counts=True,
        by_time=True,
    ),
    Formula(
        "teep",
        "sum(PRI x GQ) / (PBT - NO_DATA) x PBT / calendar time",
        (lambda c, _: (c.good, c.planned), lambda c, e: (c.pbt, e.calendar)),
        Undefined.NO_DATA,
        counts=True,
        by_time=True,
    ),
    Formula("utilization_efficiency", "APT / AUBT", (lambda c, _: (c.producing, c.busy),), Undefined.NOT_BUSY),
    Formula("allocation_efficiency", "AUBT / (PBT - NO_DATA)", (lambda c, _: (c.busy, c.planned),), Undefined.NO_DATA),
    Formula("allocation_ratio", "AUBT / AOET", (lambda c, e: (c.order_busy, e.order_time),), Undefined.NO_ORDER),
    Formula(
        "technical_efficiency",
        "APT / (APT + ADET)",
        (lambda c, _: (c.producing, c.producing + c.delay),),
        Undefined.NOT_BUSY,
    ),
    Formula(
        "setup_ratio",
        "AUST / AUPT",
        (lambda c, _: (c.setup, c.processing),),
        Undefined.NOT_BUSY,
        higher_is_better=False,
    ),
    Formula(
        "production_process_ratio",
        "APT / AOET",
        (lambda c, e: (c.order_producing, e.order_time),),
        Undefined.NO_ORDER,
    ),
    Formula(
        "throughput_rate",
        "PQ / AOET",
        (lambda c, e: (c.order_parts, e.order_time),),
        Undefined.NO_ORDER,
        counts=True,
        unit=Unit.PARTS_PER_HOUR,
        scale=Fraction(HOUR_US),
    ),
    Formula(
        "first_pass_yield",
        "(GQ - RQ) / IP",
        (lambda c, _: (c.first_pass, c.inspected),),
        Undefined.NOT_COUNTED,
        counts=True,
    ),
    Formula(
        "scrap_ratio",
        "SQ / PQ",
        (lambda c, _: (c.scrap, c.total),),
        Undefined.NO_PARTS,
        counts=True,
        higher_is_better=False,
    ),
    Formula(
        "rework_ratio",
        "RQ / PQ",
        (lambda c, _: (c.rework, c.rework_of),),
        Undefined.NOT_COUNTED,
        counts=True,
        higher_is_better=False,
    ),
    Formula(
        "actual_to_planned_scrap_ratio",
        "SQ / PSQ",
        (lambda _, e: (e.scrap_with_plan * PPM, e.planned_scrap_ppm),),
        Undefined.NO_SCRAP_PLAN,
        counts=True,
        higher_is_better=False,
        loose=True,
    ),
)


def _failure_formulas(divisor: Divisor) -> tuple[Formula, ...]:
    """MTBF, MTTF and MTTR by the count of failures, or by one more as the standard prints it."""
    plus = 1 if divisor is Divisor.FAILURES_PLUS_1 else 0
    by = "(FE + 1)" if plus else "FE"

    def formula(name: str, symbols: str, time: Callable[[Elements], int], higher_is_better: bool = True) -> Formula:
        return Formula(
            name,
            f"{symbols} / {by}",
            (lambda _, e: (time(e), e.failures + plus),),
            Undefined.NO_FAILURES,
            stops=True,
            unit=Unit.SECONDS,
            scale=Fraction(1, SECOND_US),
            higher_is_better=higher_is_better,
            loose=True,
        )

    return (
        formula("mtbf", "sum(TBF)", lambda e: _busy(e) + e.repair - e.repair_busy),
        formula("mttf", "sum(TTF)", lambda e: _busy(e) - e.repair_busy),
        formula("mttr", "sum(TTR)", lambda e: e.repair, higher_is_better=False),
    )


def _busy(e: Elements) -> int:
    return e.producing + e.setup + e.delay


_BY_DIVISOR = {divisor: (*FORMULAS, *_failure_formulas(divisor)) for divisor in Divisor}
BY_NAME = {formula.name: formula for formula in FORMULAS}


def formulas(policy: Policy) -> tuple[Formula, ...]:
    """All KPIs, in the variants of a policy."""
    return _BY_DIVISOR[policy.divisor]


@dataclass(frozen=True, slots=True)
class Exact:
    """A KPI before its last step, the division: fractions, or None as in Kpi."""

    value: Fraction | None
    low: Fraction | None
    high: Fraction | None
    undefined: Undefined | None = None


def exacts(e: Elements, policy: Policy) -> dict[str, Exact]:
    """All KPIs of a policy by name, in exact numbers."""
    return {formula.name: exact(e, formula) for formula in formulas(policy)}


def exact(e: Elements, formula: Formula) -> Exact:
    """One KPI of a window in exact numbers."""
    why = _nothing(e, formula)
    if why in (Undefined.NOTHING_PLANNED, Undefined.NOT_COUNTED):
        return Exact(None, None, None, why)
    value = None if why else _product(factors(e, formula), formula)
    low, high = _bounds(e, formula, value)
    if value is not None:
        value = value if low is None else max(value, low)
        value = value if high is None else min(value, high)
    return Exact(value, low, high, (why or formula.empty) if value is None else None)


def factors(e: Elements, formula: Formula) -> list[tuple[int, int]]:
    """The numerators and denominators of what was seen, whose product is the value, but for the scale."""
    case = seen(e)
    return [
        *(ratio(case, e) for ratio in formula.ratios),
        *([heard(e)] if formula.by_time and e.running_uncounted else []),
    ]


def in_symbols(e: Elements, formula: Formula) -> str:
    """The formula in symbols, with those of all factors."""
    return f"{formula.symbols} x RUN / HEARD" if formula.by_time and e.running_uncounted else formula.symbols


def heard(e: Elements) -> tuple[int, int]:
    """All running time over that in which parts were heard, so that the others are taken to be made as fast as these.

    But no faster than ideal: where these were, the same ratio of parts.
    """
    of, ideal = e.running - e.running_uncounted, seen(e).ideal
    return (ideal + e.running_uncounted, ideal) if ideal > of > 0 else (e.running, of)


def kpi(e: Elements, formula: Formula) -> Kpi:
    """One KPI of a window, in the floats nearest to its exact numbers."""
    return nearest(exact(e, formula))


def nearest(found: Exact) -> Kpi:
    """The same in the nearest floats."""
    return Kpi(_nearest(found.value), _nearest(found.low), _nearest(found.high), found.undefined)


def _nearest(number: Fraction | None) -> float | None:
    return None if number is None else float(number)


def named(e: Elements, name: str) -> Kpi:
    """One KPI whose formula is the same in every policy, or KeyError."""
    return kpi(e, BY_NAME[name])


def kpis(e: Elements, policy: Policy) -> dict[str, Kpi]:
    """All KPIs of a window by name."""
    return {name: nearest(number) for name, number in exacts(e, policy).items()}


def completeness(e: Elements) -> float | None:
    """The share of planned time that was seen, and heard where the machine ran; None when nothing was planned."""
    return float(Fraction(e.planned - e.no_data - e.running_uncounted, e.planned)) if e.planned else None


def _nothing(e: Elements, formula: Formula) -> Undefined | None:
    if e.planned == 0:
        return Undefined.NOTHING_PLANNED
    if formula.counts and e.uncounted:
        return Undefined.NOT_COUNTED
    if e.planned == e.no_data:
        return Undefined.NO_DATA
    return Undefined.NOT_HEARD if formula.by_time and 0 < e.running_uncounted == e.running else None


def _product(pairs: Iterable[tuple[int, int]], formula: Formula) -> Fraction | None:
    product = formula.scale
    for numerator, denominator in pairs:
        if denominator == 0:
            return None
        product *= Fraction(numerator, denominator)
    return product


def _bounds(e: Elements, formula: Formula, value: Fraction | None) -> tuple[Fraction | None, Fraction | None]:
    """The least and the largest value that may be true, None where there is none; the value when all is certain."""
    in_doubt = state_uncertain(e) or e.undecided or e.state_uncertain_stops if formula.stops else not certain(e)
    if not in_doubt:
        return value, value
    if formula.loose:
        return Fraction(0), None
    low, high = formula.scale, formula.scale
    unbounded, found = False, scenarios(e)
    for ratio in formula.ratios:
        pairs = {ratio(case, e) for case in found}
        ratios = [Fraction(numerator, denominator) for numerator, denominator in pairs if denominator]
        # With something over nothing the ratio grows without end as the denominator shrinks.
        unbounded |= any(numerator and not denominator for numerator, denominator in pairs)
        if not ratios:
            return None, None
        low, high = low * min(ratios), high * max(ratios)
    return low, None if unbounded else high
