"""Elements → what may be true: the case that was seen, and the extreme cases around it. Pure.

Time of an uncertain state may turn out to be any element, whole, but for what observed parts must have taken of it.
Parts may have been made in it as far as unobserved_parts.py allows, all good or all scrap; the same holds for counted
parts whose quality nobody told.
Every KPI is a ratio of sums that are linear in these choices, so its least and its largest value lie in an extreme
case, and what becomes known later lies between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from mes.kpi.elements import Elements

OPTIONS = ("producing", "setup", "delay", "down", "planned_stop")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way that a window may have been; times in microseconds. `pbt` is planned busy time, seen or not."""

    pbt: int
    producing: int
    setup: int
    delay: int
    down: int
    ideal: int
    good: int
    total: int
    scrap: int
    inspected: int
    first_pass: int
    rework_of: int
    rework: int
    order_busy: int
    order_producing: int
    order_parts: int

    @property
    def planned(self) -> int:
        """Planned busy time whose state is told by this case."""
        return self.producing + self.setup + self.delay + self.down

    @property
    def busy(self) -> int:
        """AUBT: the unit is used for an order."""
        return self.producing + self.setup + self.delay

    @property
    def processing(self) -> int:
        """AUPT."""
        return self.producing + self.setup


def seen(e: Elements) -> Scenario:
    """What was seen: without the time that nobody saw, nor what was made in it."""
    return Scenario(
        pbt=e.planned,
        producing=e.producing,
        setup=e.setup,
        delay=e.delay,
        down=e.down,
        ideal=e.ideal - e.ideal_time_state_unknown,
        # Total and scrap are two registers: scrap read just before its part makes less than nothing of a moment.
        good=max(0, e.ideal_good - e.ideal_time_good_state_unknown),
        total=e.total,
        scrap=e.scrap,
        inspected=e.inspected,
        first_pass=max(0, e.first_pass),
        rework_of=e.rework_of,
        rework=e.rework,
        order_busy=e.order_busy,
        order_producing=e.order_producing,
        order_parts=e.order_parts,
    )


def state_uncertain(e: Elements) -> int:
    """Planned time whose state is not certain."""
    held = (
        e.state_uncertain_producing
        + e.state_uncertain_setup
        + e.state_uncertain_delay
        + e.state_uncertain_down
        + e.state_uncertain_planned_stop
    )
    return held + e.no_data


def certain(e: Elements) -> bool:
    """True when nothing can turn out otherwise: then a KPI has no bounds but itself."""
    unobserved, bridged = (
        (e.begun_before, e.begun_before_parts),
        (e.bridged, e.bridged_scrap, e.bridged_rework, e.bridged_first_pass),
    )
    evaluated = (e.good_more, e.good_less, e.more_scrap, e.more_rework, e.more_first_pass)
    return not state_uncertain(e) and not any((*unobserved, *bridged, *evaluated))


@lru_cache(maxsize=64)
def scenarios(e: Elements) -> tuple[Scenario, ...]:
    """The extreme cases; only what was seen when nothing is in doubt."""
    return (seen(e),) if certain(e) else tuple(_extremes(e))


def _extremes(e: Elements) -> Iterator[Scenario]:
    # Time in which something may have been made, and stops of which only the class is open, are choices of their own.
    open_class, free = state_uncertain(e) - e.unobserved, e.unobserved - e.needed_later
    for sure in _counts(e):
        for other in OPTIONS if open_class else OPTIONS[:1]:
            decided = _spent(_spent(sure, other, open_class), "producing", e.needed_later)
            for option in OPTIONS:
                case = _spent(decided, option, free, e.state_uncertain_order)
                yield case
                parts, ideal = e.begun_before_parts, e.begun_before
                if option == "producing":
                    parts, ideal = parts + e.unobserved_parts, ideal + free
                if parts or ideal:
                    made = _more(case, parts, ideal)
                    yield replace(made, good=made.good + ideal, first_pass=made.first_pass + parts)
                    yield replace(made, scrap=made.scrap + parts, rework=made.rework + parts)


def _counts(e: Elements) -> Iterator[Scenario]:
    """Only what is certain of the times; of parts that nobody has judged all are good, or all bad."""
    least = Scenario(
        pbt=0,
        producing=e.producing - e.state_uncertain_producing,
        setup=e.setup - e.state_uncertain_setup,
        delay=e.delay - e.state_uncertain_delay,
        down=e.down - e.state_uncertain_down,
        ideal=e.ideal,
        good=max(0, e.ideal_good),
        total=e.total - e.bridged,
        scrap=max(0, e.scrap - e.bridged_scrap),
        inspected=max(0, e.inspected - e.bridged_inspected),
        first_pass=max(0, e.first_pass - e.bridged_first_pass),
        rework_of=max(0, e.rework_of - e.bridged_rework_of),
        rework=max(0, e.rework - e.bridged_rework),
        order_busy=e.order_busy - e.state_uncertain_order_busy,
        order_producing=e.order_producing - e.state_uncertain_order_producing,
        order_parts=max(0, e.order_parts - e.bridged_order),
    )
    yield replace(
        least,
        good=max(0, e.ideal_good + e.good_more),
        first_pass=max(0, e.first_pass - e.bridged_first_pass + e.more_first_pass),
    )
    if e.good_more or e.good_less or e.more_scrap or e.more_rework or e.more_first_pass:
        yield replace(
            least,
            good=max(0, e.ideal_good - e.good_less),
            scrap=max(0, e.scrap - e.bridged_scrap + e.more_scrap),
            rework=least.rework + e.more_rework,
        )


def _more(case: Scenario, parts: int, ideal: int) -> Scenario:
    """The case with more parts, whatever they turned out to be."""
    return replace(
        case,
        ideal=case.ideal + ideal,
        total=case.total + parts,
        inspected=case.inspected + parts,
        rework_of=case.rework_of + parts,
        order_parts=case.order_parts + parts,
    )


def _spent(sure: Scenario, option: str, length: int, in_order: int = 0) -> Scenario:
    """So much more time was spent on one element, of it some in an order."""
    time = {name: getattr(sure, name) for name in OPTIONS[:-1]}
    if option in time:
        time[option] += length
    busy = in_order if option in ("producing", "setup", "delay") else 0
    return replace(
        sure,
        **time,
        pbt=sum(time.values()),
        order_busy=sure.order_busy + busy,
        order_producing=sure.order_producing + (in_order if option == "producing" else 0),
    )
