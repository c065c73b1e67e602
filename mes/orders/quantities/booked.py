"""Count steps in the runs of an operation and what people report → the quantities that are booked. Pure.

Produced = good + scrap + rework holds for the counted rows of any span, so it holds for any partition by hour, shift or
operation. What people report beyond all parts of a run and shift is booked as they say, and marked as not counted.
Bounds: `low` is certain, `high` is what may be; both are exact decimals in the order's unit.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from mes.facts.reported import NONE, Amount, good_of, placed

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
    """So much of a kind, at an instant; good of a total counter is booked as produced and taken off as scrap is.

    `counted` is false of what people report and no counter can have told.
    """

    at_us: int
    kind: QuantityKind
    low: Decimal
    high: Decimal
    reason: str | None = None
    counted: bool = True


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


def counted(counts: Sequence[Count], names: Collection[str]) -> tuple[Decimal | None, Decimal | None]:
    """Good and scrap as the counters of these names alone say for certain; None where they say nothing of it.

    Of total and scrap, good is what is left.
    """
    sums = {name: sum((one.low for one in counts if one.counter == name), NONE) for name in names}
    scrap = sums.get("scrap")
    good = sums.get("good", sums["total"] - (scrap or NONE) if "total" in sums else None)
    if scrap is None and sums.keys() >= {"total", "good"}:
        scrap = sums["total"] - sums["good"]
    return good, scrap


def certain_scrap(rows: Iterable[Booked]) -> dict[str, Decimal]:
    """Certain scrap by reason; reasons of none are left out."""
    found: dict[str, Decimal] = {}
    for row in rows:
        if row.kind is QuantityKind.SCRAP:
            reason = row.reason or UNASSIGNED
            found[reason] = found.get(reason, NONE) + row.low
    return {reason: quantity for reason, quantity in found.items() if quantity}


def not_counted(rows: Iterable[Booked], edges: Sequence[int] = (), at_us: int | None = None) -> Decimal:
    """How much scrap and rework is reported beyond all parts that were counted in the same run and shift: in that of an
    instant, or in all together.
    """
    cell = None if at_us is None else bisect_right(edges, at_us)
    beyond = [row for row in rows if not row.counted]
    return sum((row.low for row in beyond if cell in (None, bisect_right(edges, row.at_us))), NONE)


def _cell(counts: Sequence[Count], reports: Sequence[Report], rules: Rules) -> list[Booked]:
    scrap = [report for report in reports if report.kind is QuantityKind.SCRAP and not report.downstream]
    late = [report for report in reports if report.kind is QuantityKind.SCRAP and report.downstream]
    rework = [report for report in reports if report.kind is QuantityKind.REWORK]
    replaced = rules.policy is ScrapPolicy.REPLACE
    told = [] if replaced else _told(counts, rules.has)
    if rules.policy is ScrapPolicy.EXPLAIN:
        explained, beyond = explain(told, scrap)
    else:
        explained, beyond = [Booked(c.at_us, QuantityKind.SCRAP, c.low, c.high, UNASSIGNED) for c in told], scrap
    good = "good" in rules.has and not (replaced and "total" in rules.has)
    names = {"good", "scrap"} if good and replaced else {"good"} if good else {"total"}
    made = [count for count in counts if count.counter in names]
    off = [] if good else explained
    more, made = _of_parts(_at_least(made, _low(off)), made, off, ((*beyond, *late), rework))
    return [*explained, *more, *_good(made, [*off, *(row for row in more if row.counted)])]


def _of_parts(
    made: Sequence[Count], counts: Sequence[Count], explained: Sequence[Booked], said: Iterable[Sequence[Report]]
) -> tuple[list[Booked], list[Count]]:
    """What people report beyond the counter's scrap, at the instants of the parts that it was; and what was made then.

    It is of parts that are certain, then of such as may have been made while nobody saw: so they were. The rest stays
    where it was said, as not counted.
    """
    sure = good_of([(count.at_us, count.low) for count in counts], [(row.at_us, row.low) for row in explained])
    spare = [(count.at_us, count.high - count.low) for count in made]
    rows: list[Booked] = []
    for reports in said:
        found, left = _placed(sure, reports)
        hidden, left = _placed(spare, left)
        sure = good_of(sure, [(row.at_us, row.low) for row in found])
        spare = good_of(spare, [(row.at_us, row.low) for row in hidden])
        made = _surer(made, hidden)
        rows += [*found, *hidden, *(replace(_row(report), counted=False) for report in left)]
    return rows, list(made)


def _placed(made: Sequence[Amount], reports: Sequence[Report]) -> tuple[list[Booked], list[Report]]:
    """Reports as parts of what was made, and what of them was not."""
    found, rest = placed(made, [(report.at_us, report.quantity) for report in reports])
    return [
        replace(_row(reports[one.number]), at_us=one.at_us, low=one.quantity, high=one.quantity) for one in found
    ], [replace(report, quantity=left) for report, left in zip(reports, rest, strict=True) if left]


def _surer(made: Sequence[Count], seen: Sequence[Booked]) -> list[Count]:
    """The same, with parts that may have been made and were, at their instants."""
    left: dict[int, Decimal] = {}
    for row in seen:
        left[row.at_us] = left.get(row.at_us, NONE) + row.low
    found = []
    for count in made:
        more = min(left.get(count.at_us, NONE), count.high - count.low)
        left[count.at_us] = left.get(count.at_us, NONE) - more
        found.append(replace(count, low=count.low + more))
    return found


def _low(rows: Iterable[Booked]) -> Decimal:
    return sum((row.low for row in rows), NONE)


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


def _good(made: Sequence[Count], off: Sequence[Booked]) -> list[Booked]:
    """What was made less what it was not good for."""
    rows = [Booked(count.at_us, QuantityKind.GOOD, count.low, count.high) for count in made]
    # What may be scrap was made: where both counters were read across one silence it is of what may have been made
    # there, else it is taken off what is certainly made, but no more than there is.
    left = max(NONE, _low(rows) - _low(off))
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
