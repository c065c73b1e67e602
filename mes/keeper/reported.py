"""Count steps in a run and shift, and the scrap that people report there → steps of reported scrap. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise

import numpy as np

from mes.facts.model import Int64, Span, Steps, no_steps
from mes.facts.reported import NONE, Amount, beyond, good_of, placed

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Report:
    """Scrap of an operation in its units, corrections included; `downstream`: found at a later step."""

    at_us: int
    quantity: Decimal
    downstream: bool


def cells(run: Span, edges: Sequence[int], wanted: Span) -> list[Span]:
    """A run, cut where shifts begin and end: the pieces that reach into a span."""
    cuts = sorted({*run, *(edge for edge in edges if run[0] < edge < run[1])})
    return [(a, b) for a, b in pairwise(cuts) if a < wanted[1] and b > wanted[0]]


def reported_steps(
    cell: Span, units: Decimal, counted: Mapping[str, Steps], has: frozenset[str], reports: Sequence[Report]
) -> Steps:
    """Which of the parts that counters told in a cell people have reported to be scrap, beyond the scrap of counters.

    A part of the counter stands for so many units of what people report. A part that may have been made outside the
    cell is none of it. Halves of a part wait until they make a whole.
    """
    begin, end = cell
    inside = {name: _inside(steps, cell) for name, steps in counted.items()}
    here = [report for report in reports if begin <= report.at_us < end]
    scrap = inside["scrap"] if "scrap" in has else []
    told = _told(inside, has) * units
    own = [(report.at_us, report.quantity) for report in here if not report.downstream]
    later = [(report.at_us, report.quantity) for report in here if report.downstream]
    more = _whole([*beyond(told, own), *later], units)
    made = inside["good"] if "good" in has else good_of(inside["total"], scrap)
    found_at: dict[int, Decimal] = {}
    for one in placed(made, more)[0]:
        found_at[one.at_us] = found_at.get(one.at_us, NONE) + one.quantity
    return _steps(found_at, counted["good" if "good" in has else "total"])


def _told(inside: Mapping[str, Sequence[Amount]], has: frozenset[str]) -> Decimal:
    """Parts of which counters say that they are scrap: by one of its own, or what of the total did not become good."""
    total, good, scrap = (sum((q for _, q in inside[name]), NONE) for name in ("total", "good", "scrap"))
    if "scrap" in has:
        return scrap
    return max(NONE, total - good) if {"total", "good"} <= has else NONE


def _whole(amounts: Sequence[Amount], units: Decimal) -> list[Amount]:
    """The same in whole parts of the counter."""
    found, sum_, given = [], NONE, NONE
    for at, quantity in sorted(amounts):
        sum_ += quantity
        parts = (sum_ / units).quantize(ONE, ROUND_FLOOR) - given
        given += parts
        if parts:
            found.append((at, parts))
    return found


def _inside(steps: Steps, span: Span) -> list[Amount]:
    """Parts that were certainly made in a span."""
    kept = (steps.at >= span[0]) & (steps.at < span[1]) & (~steps.bridged | (steps.since >= span[0]))
    return [(at, Decimal(parts)) for at, parts in zip(steps.at[kept].tolist(), steps.parts[kept].tolist(), strict=True)]


def _steps(found_at: Mapping[int, Decimal], made: Steps) -> Steps:
    if not found_at:
        return no_steps()
    at: Int64 = np.array(sorted(found_at), np.int64)
    parts: Int64 = np.array([int(found_at[one]) for one in at.tolist()], np.int64)
    return Steps(at, at, parts, parts, made.bridged[np.searchsorted(made.at, at)])
