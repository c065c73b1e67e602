"""A receipt → the tree from a KPI down to its time elements and parts, with the numbers of each step. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mes.kpi.elements import Elements
from mes.kpi.formulas import Exact, Formula, exact, factors, formulas, in_symbols, nearest
from mes.kpi.policy import Policy

Receipt = Mapping[str, Any]
# A KPI that is made of others.
MADE_OF: dict[str, tuple[str, ...]] = {"oee": ("availability", "effectiveness", "quality_ratio")}
# What is added up for each KPI; the first ones are in its formula, the others are the rest of the whole.
ELEMENTS_OF: dict[str, tuple[str, ...]] = {
    "availability": ("producing", "planned", "no_data", "setup", "delay", "down"),
    "effectiveness": ("ideal", "producing", "running_uncounted"),
    "quality_ratio": ("ideal_good", "ideal", "total", "scrap", "rework"),
    "teep": ("ideal_good", "planned", "no_data", "calendar"),
    "first_pass_yield": ("first_pass", "inspected", "rework"),
    "scrap_ratio": ("scrap", "total"),
    "rework_ratio": ("rework", "rework_of"),
    "throughput_rate": ("order_parts", "order_time"),
    "setup_ratio": ("setup", "producing"),
    "mtbf": ("producing", "setup", "delay", "repair", "failures"),
    "mttf": ("producing", "setup", "delay", "repair_busy", "failures"),
    "mttr": ("repair", "failures"),
}
OTHERS = ("producing", "setup", "delay", "down", "planned", "no_data")
PARTS = ("total", "good", "scrap", "rework", "inspected", "first_pass", "rework_of", "order_parts")
COUNTS = (*PARTS, "failures", "stops", "minor_stops")
# What the facts below a time element or a count are: intervals of the tape, spans of the calendar, count steps.
STATES = ("producing", "setup", "delay", "down", "no_data")
STEPS = {"total": "total", "scrap": "scrap", "good": "good", "rework": "rework", "ideal": "total"}
FACTS = (*STATES, *STEPS, "planned")
# Where no value is zero by itself: an element that is always told.
ALWAYS = frozenset({"planned", "producing", "total", "ideal", "no_data"})
RATIOS_OF_PARTS = frozenset({"first_pass_yield", "scrap_ratio", "rework_ratio", "actual_to_planned_scrap_ratio"})


@dataclass(frozen=True, slots=True)
class Number:
    """A time element or a count: `us` is a time, `count` parts or stops; `facts` whether something lies below it."""

    name: str
    us: int | None
    count: int | None
    facts: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A KPI with its formula, its numbers, and what it is made of."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    undefined: str | None
    unit: str
    symbols: str
    pairs: tuple[tuple[int, int], ...]
    times: bool
    steps: tuple["Step", ...] = ()
    numbers: tuple[Number, ...] = field(default=())


def tree(receipt: Receipt, policy: Policy, wanted: str | None = None) -> Step:
    """The tree of one KPI of a receipt: the wanted one, or OEE where it is of all, or the only one."""
    names: list[str] = [one["name"] for one in receipt["kpis"]]
    name = wanted if wanted is not None and wanted in names else "oee" if "oee" in names else names[0]
    elements = Elements(**receipt["elements"])
    return _step(elements, {one.name: one for one in formulas(policy)}, name)


def _step(e: Elements, every: Mapping[str, Formula], name: str) -> Step:
    formula = every[name]
    found: Exact = exact(e, formula)
    told = nearest(found)
    below = MADE_OF.get(name, ())
    return Step(
        name=name,
        value=told.value,
        low=told.low,
        high=told.high,
        undefined=told.undefined.value if told.undefined else None,
        unit=formula.unit.value,
        symbols=in_symbols(e, formula),
        pairs=tuple(factors(e, formula)),
        times=name not in RATIOS_OF_PARTS and formula.unit.value == "1",
        steps=tuple(_step(e, every, one) for one in below),
        numbers=() if below else _numbers(e, ELEMENTS_OF.get(name, OTHERS)),
    )


def _numbers(e: Elements, names: Sequence[str]) -> tuple[Number, ...]:
    found = []
    for name in names:
        number: int = getattr(e, name)
        if number or name in ALWAYS:
            is_count = name in COUNTS
            found.append(Number(name, None if is_count else number, number if is_count else None, name in FACTS))
    return tuple(found)
