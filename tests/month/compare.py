"""What the system says beside what was: where the two are different, window by window."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from mes.kpi import Exact
from simulator.machine import ideal_cycle_us
from tests.month.life import END_US, PLANT, Life
from tests.month.reckon import POLICIES, Reckoner
from tests.month.said import Said
from tests.month.windows import Window, planned, windows

WINDOWS = windows()
Told = Mapping[tuple[str, str], Said]


def reckoners(life: Life) -> dict[str, Reckoner]:
    """The truth of each machine."""
    spans = planned()
    return {
        m.id: Reckoner(life.truth, m.id, spans, {p.id: ideal_cycle_us(PLANT, m, p.id) for p in PLANT.products}, END_US)
        for m in PLANT.machines
    }


def pairs(truths: Mapping[str, Reckoner], told: Told) -> Iterator[tuple[str, Window, Reckoner, Said]]:
    """Each machine's windows with both."""
    for name, truth in truths.items():
        for window in WINDOWS:
            yield name, window, truth, told[name, window.name]


def errors(truths: Mapping[str, Reckoner], told: Told) -> Iterator[str]:
    """Every number that is not the truth, as a line; and every interval wider than nothing where nothing is open.

    A counter that was set back may have counted parts that nobody read: there the interval may be wider.
    """
    for name, window, truth, one in pairs(truths, told):
        place = f"{name} {window.name}"
        total, good, reject = truth.counts(window.span)
        if (one.counts.total, one.counts.good, one.counts.reject) != (total, good, reject):
            yield f"{place}: {one.counts} is not {total}, {good}, {reject}"
        if dict(one.states) != truth.in_state(window.span):
            yield f"{place}: {one.states} is not {truth.in_state(window.span)}"
        open_ = truth.set_back(window.span)
        for policy in POLICIES:
            if one.elements[policy].no_data:
                yield f"{place} {policy}: {one.elements[policy].no_data} us of no data"
            for kpi, real in truth.kpis(window.span, policy).items():
                said = one.kpis[policy][kpi]
                if said.value != real:
                    yield f"{place} {policy} {kpi}: {said.value} is not {real}"
                if not holds(said, real) or not (open_ or real is None or said.low == real == said.high):
                    yield f"{place} {policy} {kpi}: {real} within [{said.low}, {said.high}]"


def holds(said: Exact, real: Fraction | None) -> bool:
    """Whether what was lies between the bounds; a bound of None bounds nothing."""
    if real is None:
        return True
    return (said.low is None or said.low <= real) and (said.high is None or real <= said.high)
