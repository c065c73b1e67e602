"""Count steps in the runs of an operation and what people report → the quantities that are booked. Pure.

Produced = good + scrap + rework holds for the rows of any span, so it holds for any partition by hour, shift or
operation. Bounds: `low` is certain, `high` is what may be; both are exact decimals in the order's unit.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mes.facts.reported import NONE, good_of, placed

# The reason of scrap that a counter tells and nobody has explained.
UNASSIGNED = "unassigned"


class QuantityKind(StrEnum):
    """What a part has become."""

    GOOD = "good"
    SCRAP = "scrap"
    REWORK = "rework"


class ScrapPolicy(StrEnum):
    """How scrap that people report meets scrap that a counter tells, in one run and shift.

    EXPLAIN: the report explains the counter, and only what is more than it is more scrap. ADD: both are scrap. REPLACE:
    the counter is not asked.
    """

    EXPLAIN = "explain"
    ADD = "add"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Count:
    """A step of a counter (total, good, scrap) in units of the order, at least `low` and at most `high`."""

    at_us: int
    counter: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Report:
    """What a person, a scan or the ERP says was made, corrections included; `downstream`: found at a later step."""

    at_us: int
    kind: QuantityKind
    quantity: Decimal
    reason: str | None = None
    downstream: bool = False


@dataclass(frozen=True, slots=True)
class Booked:
    """So much of a kind, at an instant; good of a total counter is booked as produced and taken off as scrap is."""

    at_us: int
    kind: QuantityKind
    low: Decimal
    high: Decimal
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How an operation is booked: by counters or by reports, and the edges of its runs and shifts."""

    by_counter: bool
    has: frozenset[str]
    policy: ScrapPolicy
    edges: tuple[int, ...]


def book(counts: Sequence[Count], reports: Sequence[Report], rules: Rules) -> list[Booked]:
    """All rows of an operation, in the order of time."""
    if not rules.by_counter:
        return sorted(map(_row, reports), key=lambda row: row.at_us)
    rows: list[Booked] = []
    told = [report for report in reports if report.kind is not QuantityKind.GOOD]
    cells: dict[int, tuple[list[Count], list[Report]]] = {}
    for count in counts:
        cells.setdefault(bisect_right(rules.edges, count.at_us), ([], []))[0].append(count)
    for report in told:
        cells.setdefault(bisect_right(rules.edges, report.at_us), ([], []))[1].append(report)
    for _, (here, said) in sorted(cells.items()):
        rows += _cell(here, said, rules)
    return sorted(rows, key=lambda row: row.at_us)


def totals(rows: Iterable[Booked]) -> dict[QuantityKind, tuple[Decimal, Decimal]]:
    """(low, high) of each kind."""
    found = dict.fromkeys(QuantityKind, (NONE, NONE))
    for row in rows:
        low, high = found[row.kind]
        found[row.kind] = low + row.low, high + row.high
    return found


def certain_scrap(rows: Iterable[Booked]) -> dict[str, Decimal]:
    """Certain scrap by reason; reasons of none are left out."""
    found: dict[str, Decimal] = {}
    for row in rows:
        if row.kind is QuantityKind.SCRAP:
            reason = row.reason or UNASSIGNED
            found[reason] = found.get(reason, NONE) + row.low
    return {reason: quantity for reason, quantity in found.items() if quantity}


def not_counted(rows: Iterable[Booked], edges: Sequence[int], at_us: int | None = None) -> Decimal:
    """How much scrap and rework is reported beyond all parts that were counted for certain in the same run and shift:
    in that of an instant, or in all together.
    """
    left: dict[int, Decimal] = {}
    for row in rows:
        if row.kind is QuantityKind.GOOD:
            cell = bisect_right(edges, row.at_us)
            left[cell] = left.get(cell, NONE) + row.low
    asked = left.keys() if at_us is None else {bisect_right(edges, at_us)}
    return sum((max(NONE, -left.get(cell, NONE)) for cell in asked), NONE)


def _cell(counts: Sequence[Count], reports: Sequence[Report], rules: Rules) -> list[Booked]:
    scrap = [report for report in reports if report.kind is QuantityKind.SCRAP and not report.downstream]
    late = [report for report in reports if report.kind is QuantityKind.SCRAP and report.downstream]
    rework = [report for report in reports if report.kind is QuantityKind.REWORK]
    told = _told(counts, rules.has) if rules.policy is not ScrapPolicy.REPLACE else []
    if rules.policy is ScrapPolicy.EXPLAIN:
        explained, beyond = explain(told, scrap)
    else:
        explained, beyond = [Booked(c.at_us, QuantityKind.SCRAP, c.low, c.high, UNASSIGNED) for c in told], scrap
    replaced = rules.policy is ScrapPolicy.REPLACE
    more = [*_of_parts(counts, explained, (*beyond, *late), rules.has), *map(_row, rework)]
    return [*explained, *more, *_good(counts, explained, more, rules.has, replaced=replaced)]


def _of_parts(
    counts: Sequence[Count], explained: Sequence[Booked], reports: Sequence[Report], has: frozenset[str]
) -> list[Booked]:
    """Scrap beyond the counter's, at the instants of the parts that it was; what was never counted stays where it was
    said.
    """
    made = [(count.at_us, count.low) for count in counts if count.counter == ("good" if "good" in has else "total")]
    if "good" not in has:
        made = good_of(made, [(row.at_us, row.low) for row in explained])
    found, rest = placed(made, [(report.at_us, report.quantity) for report in reports])
    rows = [
        Booked(one.at_us, QuantityKind.SCRAP, one.quantity, one.quantity, reports[one.number].reason) for one in found
    ]
    return rows + [
        Booked(report.at_us, QuantityKind.SCRAP, left, left, report.reason)
        for report, left in zip(reports, rest, strict=True)
        if left
    ]


def _told(counts: Sequence[Count], has: frozenset[str]) -> list[Count]:
    """Scrap as counters tell it: by one of its own, or what of the total did not become good."""
    total, good, scrap = ([c for c in counts if c.counter == name] for name in ("total", "good", "scrap"))
    if "scrap" in has or not {"total", "good"} <= has:
        return _at_most(scrap, sum((c.high for c in total), NONE)) if "total" in has else scrap
    low = max(NONE, sum((c.low for c in total), NONE) - sum((c.high for c in good), NONE))
    high = max(low, sum((c.high for c in total), NONE) - sum((c.low for c in good), NONE))
    return [Count(max(c.at_us for c in counts), "scrap", low, high)] if high else []


def _at_most(scrap: Sequence[Count], made: Decimal) -> list[Count]:
    """The same, no more uncertain than that all that was made is scrap."""
    left = max(NONE, made - sum((c.low for c in scrap), NONE))
    found = []
    for count in sorted(scrap, key=lambda count: count.at_us):
        hidden = min(left, count.high - count.low)
        left -= hidden
        found.append(Count(count.at_us, count.counter, count.low, count.low + hidden))
    return found


def _at_least(made: Sequence[Count], scrap: Decimal) -> list[Count]:
    """The same, at least as certain as the scrap that a counter tells: that was made."""
    missing = max(NONE, scrap - sum((count.low for count in made), NONE))
    found = []
    for count in made:
        more = min(missing, count.high - count.low)
        missing -= more
        found.append(Count(count.at_us, count.counter, count.low + more, count.high))
    return found


def _good(
    counts: Sequence[Count],
    explained: Sequence[Booked],
    more: Sequence[Booked],
    has: frozenset[str],
    *,
    replaced: bool,
) -> list[Booked]:
    """What was made less what it was not good for."""
    by: Mapping[str, list[Count]] = {
        name: [c for c in counts if c.counter == name] for name in ("total", "good", "scrap")
    }
    if "good" in has and not (replaced and "total" in has):
        made, off = by["good"], list(more)
        if replaced:
            made = [*made, *by["scrap"]]
    else:
        made, off = _at_least(by["total"], sum((row.low for row in explained), NONE)), [*explained, *more]
    rows = [Booked(count.at_us, QuantityKind.GOOD, count.low, count.high) for count in made]
    # What may be scrap was made: where both counters were read across one silence it is of what may have been made
    # there, else it is taken off what is certainly made, but no more than there is.
    left = max(NONE, sum((row.low for row in rows), NONE) - sum((row.low for row in off), NONE))
    beside: dict[int, Decimal] = {}
    for row in rows:
        beside[row.at_us] = beside.get(row.at_us, NONE) + row.high - row.low
    for row in off:
        covered = min(beside.get(row.at_us, NONE), row.high - row.low)
        beside[row.at_us] = beside.get(row.at_us, NONE) - covered
        hidden = min(left, row.high - row.low - covered)
        left -= hidden
        rows.append(Booked(row.at_us, QuantityKind.GOOD, -row.low - hidden, -row.low))
    return rows


def explain(told: Sequence[Count], said: Sequence[Report]) -> tuple[list[Booked], list[Report]]:
    """Scrap of a counter with the reasons that people gave, the earliest first; and reports of more than it told."""
    rows: list[Booked] = []
    waiting = [(report, report.quantity) for report in sorted(said, key=lambda report: (report.at_us, report.reason))]
    for count in sorted(told, key=lambda count: count.at_us):
        left = count.low
        while left > 0 and waiting:
            report, open_ = waiting.pop(0)
            part = min(left, open_)
            rows.append(Booked(count.at_us, QuantityKind.SCRAP, part, part, report.reason))
            left -= part
            if open_ > part:
                waiting.insert(0, (report, open_ - part))
        if left or count.high > count.low:
            rows.append(Booked(count.at_us, QuantityKind.SCRAP, left, left + count.high - count.low, UNASSIGNED))
    return rows, [Report(report.at_us, report.kind, open_, report.reason) for report, open_ in waiting]


def _row(report: Report) -> Booked:
    return Booked(report.at_us, report.kind, report.quantity, report.quantity, report.reason)
