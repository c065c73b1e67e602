"""A receipt's machine → the parts that may have been made unobserved, followed again. None of the engine's code.

Each slice of planned time and hour of the clock (UTC) by itself. At any instant three numbers tell what may be true,
in microseconds: `made`, the most ideal time of parts that were made bridged; `done`, the most that is done of the part
in the machine; and by how much both together may be more than `made`, `left`.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from verify.law import Spans, joined, within

HOUR = 3_600_000_000


Told = dict[int, "At"]


class Moment(NamedTuple):
    """A part of planned time in which nothing changes; it may be the first of its slice.

    `opens`: with nothing known before it; `late`: parts made so long before may become known in it. `unobserved`:
    neither state nor count is known; `outages`: parts may be made that nobody counts; `gap`: a reset may hide parts;
    `stepping`: it ends with parts that were seen.
    """

    at: int
    length: int
    starts: bool
    opens: bool
    late: int
    unobserved: bool
    outages: bool
    gap: bool
    running: bool
    stepping: bool


class At:
    """What became known at an instant: parts that were seen, made after `before`; parts bridged from `since` on."""

    def __init__(self, at: int) -> None:
        self.seen = self.bridged = 0
        self.before = self.since = at

    def add(self, step: Any) -> None:
        """One step more that ends here."""
        if step.bridged:
            self.bridged, self.since = self.bridged + step.parts, min(self.since, step.since)
        else:
            self.seen, self.before = self.seen + step.parts, min(self.before, step.since)


def unobserved_parts(m: Any, e: Counter[str], steps: list[Any], hidden: list[Any]) -> None:
    """Adds parts that may have been made unobserved to the elements, by the steps of what counts parts."""
    gaps = joined(span(m, step) for step in hidden)
    if not hidden and not m.unobserved_before and not m.outages[0]:
        return
    told: Told = {}
    for step in steps:
        told.setdefault(step.at, At(step.at)).add(step)
    ends = {step.at for step in hidden}
    seen = [step for step in steps if not step.bridged]
    rows = list(moments(m, told, gaps, ends, seen))
    for made, unobserved in followed(m, rows, told, None):
        e["begun_before"] += max(0, made - unobserved)
        e["needed_later"] += max(0, unobserved - made)
    for made, unobserved in followed(m, rows, told, m.shortest):
        at_once = max(0, made - unobserved) // m.shortest
        e["begun_before_parts"] += at_once
        e["unobserved_parts"] += made // m.shortest - at_once


def span(m: Any, step: Any) -> tuple[int, int]:
    """The time of a step, in the window and the hour in which it ends."""
    return max(step.since, m.from_, step.at // HOUR * HOUR), step.at


def moments(m: Any, told: Told, gaps: Spans, ends: set[int], seen: list[Any]) -> Iterator[Moment]:
    """Slices of planned time in which nothing changes, and how much may be done where one begins."""
    stepping = joined(span(m, step) for step in seen)
    next_ = {name: [s for s in seen if s.name == name] for name in {s.name for s in seen}}
    going = False
    for a, b in pairwise(edges(m, told, gaps, stepping)):
        if not within(a, m.planned):
            going = False
            continue
        unobserved, outages, starts = within(a, m.unobserved), within(a, m.outages), not going or a % HOUR == 0
        opens = starts and (a in ends or (m.unobserved_before if a == m.from_ else within(a - 1, m.outages)))
        late = 0
        if starts and (outages or opens):
            late = m.silence
        elif starts:
            following = [next((s for s in own if s.at >= a), None) for own in next_.values()]
            late = max((a - s.since for s in following if s and s.at // HOUR == a // HOUR), default=0)
        running = m.states[m.state_at(a)]["state"] == "running"
        gap = within(a, gaps)
        yield Moment(a, b - a, starts, opens, max(0, late), unobserved, outages, gap, running, within(a, stepping))
        going = True


def followed(m: Any, rows: list[Moment], told: Told, every: int | None) -> Iterator[tuple[int, int]]:
    """(made, unobserved time) of each slice, all parts with one cycle where `every` is given."""
    longest = every or m.longest
    made = done = left = unobserved_us = fell = least = begin = ran = 0
    silent, ran_at, nothing = False, dict[int, int](), At(0)
    for n, (a, length, starts, opens, late, unobserved, outages, gap, running, stepping) in enumerate(rows):
        cycle = every or m.cycle(m.product(a), a)
        if starts:
            if n:
                yield made, unobserved_us
            done = left = late + (longest if outages or opens else cycle)
            silent, begin = opens, a
            made = unobserved_us = fell = least = ran = 0
            ran_at = {}
            if opens:
                made, left = left, 0
        at = told.get(a, nothing)
        if at.bridged:
            least = fell + max(0, at.bridged * m.shortest - max(0, begin - at.since))
            made = max(made, least)
        if at.seen:
            done, left = done - at.seen * cycle, left - at.seen * cycle
            if left < 0:
                made = max(least, made + left + max(0, -done))
            done = min(max(0, done), cycle if at.before < begin else min(cycle, ran - ran_at[at.before]))
            left = max(0, min(left, done))
        time, most = length if unobserved or running else 0, longest if outages else cycle
        ran_at[a], furthest = ran, made + left - done
        ran, done = ran + time, done + time if stepping or (gap and not outages) else min(most, done + time)
        if outages or gap:
            fell = fell if silent else max(least, furthest)
            silent, made, left = True, made + left + time, 0
            unobserved_us += time if unobserved else 0
        else:
            silent, left = False, min(left + time, done)
    if rows:
        yield made, unobserved_us


def edges(m: Any, told: Told, *more: Spans) -> list[int]:
    """The window's begin and end and whatever changes in it."""
    hours = range(m.from_ // HOUR * HOUR, m.to, HOUR)
    cycles = [since for since, _, _ in m.cycles]
    spans = [at for x in (m.planned, m.unobserved, m.outages, *more) for side in x for at in side]
    all_ = {m.from_, m.to, *m.begins, *m.product_begins, *hours, *cycles, *spans, *told}
    all_ |= {at.before for at in told.values()}
    return sorted(at for at in all_ if m.from_ <= at <= m.to)
