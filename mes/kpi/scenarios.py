"""Elements → what may be true: the case that was seen, and the extreme cases around it. Pure.

Unsure time may turn out to be any element, whole, but for what seen parts must have taken of it; parts may have been
made in it as far as there is room (unobserved_parts.py), all good or all bad; so are seen parts that nobody has judged.
Every KPI is a ratio of sums that are linear in these choices, so its least and its largest value lie in an extreme
case, and what becomes known later lies between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from mes.kpi.elements import Elements

OPTIONS = ("producing", "setup", "delay", "down", "planned_stop")


@dataclass(frozen=True, slots=True)
class Case:
    """One way that a window may have been; times in microseconds. `pbt` is planned busy time, seen or not."""

    pbt: int
    producing: int
    setup: int
    delay: int
    down: int
    ideal: int
    good: int
    total: int
    reject: int
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


def seen(e: Elements) -> Case:
    """What was seen: without the time that nobody saw, nor what was made in it."""
    return Case(
        pbt=e.planned,
        producing=e.producing,
        setup=e.setup,
        delay=e.delay,
        down=e.down,
        ideal=e.ideal - e.ideal_no_data,
        # Total and rejects are two registers: a reject read just before its part makes less than nothing of a moment.
        good=max(0, e.ideal_good - e.ideal_good_no_data),
        total=e.total,
        reject=e.reject,
        inspected=e.inspected,
        first_pass=max(0, e.first_pass),
        rework_of=e.rework_of,
        rework=e.rework,
        order_busy=e.order_busy,
        order_producing=e.order_producing,
        order_parts=e.order_parts,
    )


def unsure(e: Elements) -> int:
    """Planned time whose state is not certain."""
    held = e.unsure_producing + e.unsure_setup + e.unsure_delay + e.unsure_down + e.unsure_planned_stop
    return held + e.no_data


def certain(e: Elements) -> bool:
    """True when nothing can turn out otherwise: then a KPI has no bounds but itself."""
    room, bridged = (e.flight, e.flight_parts), (e.unseen, e.unseen_reject, e.unseen_rework, e.unseen_first_pass)
    judged = (e.good_more, e.good_less, e.more_reject, e.more_rework, e.more_first_pass)
    return not unsure(e) and not any((*room, *bridged, *judged))


@lru_cache(maxsize=64)
def cases(e: Elements) -> tuple[Case, ...]:
    """The extreme cases; only what was seen when nothing is in doubt."""
    return (seen(e),) if certain(e) else tuple(_extremes(e))


def _extremes(e: Elements) -> Iterator[Case]:
    # Time in which something may have been made, and stops of which only the class is open, are choices of their own.
    open_class, free = unsure(e) - e.dark, e.dark - e.owed
    for sure in _counts(e):
        for other in OPTIONS if open_class else OPTIONS[:1]:
            decided = _spent(_spent(sure, other, open_class), "producing", e.owed)
            for option in OPTIONS:
                case = _spent(decided, option, free, e.unsure_order)
                yield case
                parts, ideal = e.flight_parts, e.flight
                if option == "producing":
                    parts, ideal = parts + e.dark_parts, ideal + free
                if parts or ideal:
                    made = _more(case, parts, ideal)
                    yield replace(made, good=made.good + ideal, first_pass=made.first_pass + parts)
                    yield replace(made, reject=made.reject + parts, rework=made.rework + parts)


def _counts(e: Elements) -> Iterator[Case]:
    """Only what is certain of the times; of parts that nobody has judged all are good, or all bad."""
    least = Case(
        pbt=0,
        producing=e.producing - e.unsure_producing,
        setup=e.setup - e.unsure_setup,
        delay=e.delay - e.unsure_delay,
        down=e.down - e.unsure_down,
        ideal=e.ideal,
        good=max(0, e.ideal_good),
        total=e.total - e.unseen,
        reject=max(0, e.reject - e.unseen_reject),
        inspected=max(0, e.inspected - e.unseen_inspected),
        first_pass=max(0, e.first_pass - e.unseen_first_pass),
        rework_of=max(0, e.rework_of - e.unseen_rework_of),
        rework=max(0, e.rework - e.unseen_rework),
        order_busy=e.order_busy - e.unsure_order_busy,
        order_producing=e.order_producing - e.unsure_order_producing,
        order_parts=max(0, e.order_parts - e.unseen_order),
    )
    yield replace(
        least,
        good=max(0, e.ideal_good + e.good_more),
        first_pass=max(0, e.first_pass - e.unseen_first_pass + e.more_first_pass),
    )
    if e.good_more or e.good_less or e.more_reject or e.more_rework or e.more_first_pass:
        yield replace(
            least,
            good=max(0, e.ideal_good - e.good_less),
            reject=max(0, e.reject - e.unseen_reject + e.more_reject),
            rework=least.rework + e.more_rework,
        )


def _more(case: Case, parts: int, ideal: int) -> Case:
    """The case with more parts, whatever they turned out to be."""
    return replace(
        case,
        ideal=case.ideal + ideal,
        total=case.total + parts,
        inspected=case.inspected + parts,
        rework_of=case.rework_of + parts,
        order_parts=case.order_parts + parts,
    )


def _spent(sure: Case, option: str, length: int, in_order: int = 0) -> Case:
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
