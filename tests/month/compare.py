"""What the system says beside what was: where the two do not agree, as lines."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from mes.kpi.formulas import Exact
from simulator.machine import ideal_cycle_us
from tests.month.life import BEAT_US, END_US, PLANT, Life
from tests.month.reckon import POLICIES, Reckoner
from tests.month.said import Said
from tests.month.windows import Span, Window, planned, windows

WINDOWS = windows()
PLANNED = planned()
# By how much a destroyed span may reach beyond itself: what was held before it, and until everything was told again.
SILENCE_US = max(machine.no_data_after for machine in PLANT.machines).seconds * 1_000_000
# Planned time of which so much was destroyed cannot be complete.
NOTICED_US = 1_000_000
Truths = Mapping[str, Reckoner]
Told = Mapping[tuple[str, str], Said]
Unobserved = Mapping[str, Sequence[Span]]


def reckoners(life: Life) -> dict[str, Reckoner]:
    """The truth of each machine."""
    return {
        m.id: Reckoner(
            life.truth, m.id, PLANNED, {p.id: ideal_cycle_us(PLANT, m, p.id) for p in PLANT.products}, END_US
        )
        for m in PLANT.machines
    }


def errors(truths: Truths, told: Told, unobserved: Unobserved) -> Iterator[str]:
    """Every number that is not the truth, or has bounds, in windows of which nothing was destroyed.

    A counter that was set back may have counted parts that nobody read: there a KPI has bounds, and yet the true value.
    One that shows the same again within a minute may have been misread: its parts are within the bounds only.
    """
    for name, window, truth, one in untouched(truths, told, unobserved):
        place, counted = f"{name} {window.name}", (one.counts.total, one.counts.good, one.counts.scrap)
        misread, made = truth.looks_misread(window.span), truth.counts(window.span)
        if counted != made and not 0 <= made[0] - counted[0] <= misread:
            yield f"{place}: {counted} is not {made}"
        if dict(one.states) != truth.in_state(window.span):
            yield f"{place}: {one.states} is not {truth.in_state(window.span)}"
        doubtful = truth.set_back(window.span)
        for policy, kpi, real, said in kpis(truth, window, one):
            if said.value != real and not misread:
                yield f"{place} {policy} {kpi}: {said.value} is not {real}"
            if real is not None and not doubtful and not said.low == real == said.high:
                yield f"{place} {policy} {kpi}: [{said.low}, {said.high}] though nothing is open"
        if one.elements[POLICIES[0]].no_data:
            yield f"{place}: {one.elements[POLICIES[0]].no_data} us of no data"


def outside(truths: Truths, told: Told) -> Iterator[str]:
    """Every KPI whose truth lies outside its bounds."""
    for name, window, truth, one in pairs(truths, told):
        for policy, kpi, real, said in kpis(truth, window, one):
            if not holds(said, real):
                yield f"{name} {window.name} {policy} {kpi}: {real} is not in [{said.low}, {said.high}]"


def not_told(truths: Truths, told: Told, unobserved: Unobserved) -> Iterator[str]:
    """Every window that is said to be complete though something was destroyed in its planned time."""
    for name, window, _, one in pairs(truths, told):
        destroyed = overlap(unobserved[name], [cut for span in PLANNED for cut in _cut(span, window.span)])
        if destroyed > NOTICED_US and not one.elements[POLICIES[0]].no_data:
            yield f"{name} {window.name}: complete, though {destroyed} us were destroyed"


def widened(truths: Truths, before: Told, after: Told) -> Iterator[str]:
    """Every KPI of which less is known than before."""
    for name, window, truth, new in pairs(truths, after):
        old = before[name, window.name]
        for policy, kpi, _, said in kpis(truth, window, new):
            was = old.kpis[policy][kpi]
            if (said.low, said.high) != (None, None) != (was.low, was.high) and not within(said, was):
                yield f"{name} {window.name} {policy} {kpi}: [{was.low}, {was.high}] became [{said.low}, {said.high}]"


def untouched(truths: Truths, told: Told, unobserved: Unobserved) -> Iterator[tuple[str, Window, Reckoner, Said]]:
    """Windows of which nothing was destroyed, and nothing near them."""
    for name, window, truth, one in pairs(truths, told):
        if not overlap(
            [(start - SILENCE_US, end + BEAT_US + NOTICED_US) for start, end in unobserved[name]], [window.span]
        ):
            yield name, window, truth, one


def pairs(truths: Truths, told: Told) -> Iterator[tuple[str, Window, Reckoner, Said]]:
    """Each machine's windows with both."""
    for name, truth in truths.items():
        for window in WINDOWS:
            yield name, window, truth, told[name, window.name]


def kpis(truth: Reckoner, window: Window, one: Said) -> Iterator[tuple[str, str, Fraction | None, Exact]]:
    """Policy, name, truth and what is said of each KPI of a window."""
    for policy in POLICIES:
        for kpi, real in truth.kpis(window.span, policy).items():
            yield policy, kpi, real, one.kpis[policy][kpi]


def holds(said: Exact, real: Fraction | None) -> bool:
    """Whether what was lies between the bounds; a bound of None bounds nothing."""
    return real is None or ((said.low is None or said.low <= real) and (said.high is None or real <= said.high))


def within(inner: Exact, outer: Exact) -> bool:
    """Whether bounds lie within bounds."""
    low = outer.low is None or (inner.low is not None and inner.low >= outer.low)
    return low and (outer.high is None or (inner.high is not None and inner.high <= outer.high))


def overlap(some: Sequence[Span], others: Sequence[Span]) -> int:
    """How long spans lie in spans."""
    return sum(max(0, min(b, d) - max(a, c)) for a, b in some for c, d in others)


def _cut(span: Span, window: Span) -> list[Span]:
    start, end = max(span[0], window[0]), min(span[1], window[1])
    return [(start, end)] if start < end else []
