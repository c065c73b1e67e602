"""The laws that every number of this house obeys, each over many made-up shop floors.

Together these are more than 10,000 cases in a whole run.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import reduce, wraps
from itertools import pairwise
from math import prod
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.calendar import calendar_of
from config.device import Machine, Tag
from config.plant import Site
from config.shifts import day_span, planned_spans, scheduled_spans
from mes.facts.model import Span
from mes.facts.windowing import cut
from mes.keeper.difference import Patch
from mes.keeper.rebuild import Region, facts_of
from mes.kpi.elements import UNOBSERVED, Elements
from mes.kpi.formulas import BY_NAME, Exact, exact, factors, formulas
from mes.kpi.policy import Policy
from tests.mes.floors import (
    ALL,
    CHOSEN,
    CHUNKS,
    CUTS,
    END,
    MACHINES,
    POLICIES,
    SEEDS,
    SHORT,
    SPEED,
    WINDOWS,
    elements,
    floor,
    plans,
    signals_lost,
)
from tests.mes.pure import PRESS, SECOND, SHORTEST_US, Row, readings
from tests.support.size import sized


def law(whole: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A law over so many cases in a whole run; it fails when fewer were really run."""
    cases = sized(whole)

    def of(test: Any) -> Callable[..., None]:
        ran = 0
        obeys = test.hypothesis.inner_test

        @wraps(obeys)
        def counted(*args: Any, **names: Any) -> None:
            nonlocal ran
            ran += 1
            obeys(*args, **names)

        test.hypothesis.inner_test = counted
        run = settings(
            max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True
        )(test)

        @wraps(run)
        def all_of_them(*args: Any, **names: Any) -> None:
            run(*args, **names)
            assert ran >= cases, f"only {ran} of {cases} cases were run"

        return all_of_them

    return of


def value(e: Elements, name: str) -> Fraction | None:
    return exact(e, BY_NAME[name]).value


def raw(e: Elements, name: str) -> Fraction | None:
    """A value as its formula gives it."""
    formula = next(formula for formula in formulas(SHORT) if formula.name == name)
    pairs = factors(e, formula)
    return formula.scale * prod(Fraction(*pair) for pair in pairs) if all(below for _, below in pairs) else None


@law(1300)
@given(SEEDS, CHOSEN, POLICIES, plans())
def test_law_1_and_2_a_times_e_times_q_is_oee_with_any_mix_of_products(
    seed: int, chosen: set[int], policy: Policy, planned: list[Span]
) -> None:
    e = elements(floor(seed).facts(sorted(chosen)), policy, planned)
    a, p, q = (value(e, name) for name in ("availability", "effectiveness", "quality_ratio"))
    if a is None or p is None or q is None:
        return

    assert a * p * q == value(e, "oee")
    assert value(e, "oee") == Fraction(e.ideal_good, e.planned - e.no_data)


@law(1300)
@given(SEEDS, CHOSEN, plans())
def test_law_1_the_micro_stop_policy_moves_a_and_e_and_leaves_oee_to_the_last_bit(
    seed: int, chosen: set[int], planned: list[Span]
) -> None:
    found = floor(seed).facts(sorted(chosen))
    strict, speed = elements(found, SHORT, planned), elements(found, SPEED, planned)

    for name in ("oee", "quality_ratio", "teep"):
        assert value(strict, name) == value(speed, name)
    assert speed.producing - strict.producing == strict.delay - speed.delay == strict.minor == speed.minor
    if strict.minor and strict.ideal > 0 and strict.producing:
        a, p = (value(strict, name) for name in ("availability", "effectiveness"))
        b, r = (value(speed, name) for name in ("availability", "effectiveness"))
        assert a is not None and b is not None and p is not None and r is not None and a < b and p > r  # noqa: PT018


@law(500)
@given(st.data(), SEEDS, MACHINES, plans(), WINDOWS)
def test_law_1_and_2_hold_whichever_signals_were_not_read(
    data: st.DataObject, seed: int, machine: Machine, planned: list[Span], window: list[int]
) -> None:
    """Before a value that cannot be true is told as the nearest bound; times that were seen need no counter."""
    came = data.draw(signals_lost(machine))
    told, no_counter = (
        floor(seed).facts(which, *window, machine=machine)
        for which in (came, came | dict.fromkeys(("total", "good", "scrap", "rework"), ()))
    )
    strict, speed, silent = (
        elements(*of, planned, machine) for of in ((told, SHORT), (told, SPEED), (no_counter, SHORT))
    )

    a, p, q, oee = (raw(strict, name) for name in ("availability", "effectiveness", "quality_ratio", "oee"))
    assert None in (a, p, q) or a * p * q == oee
    assert (oee, q) == (raw(speed, "oee"), raw(speed, "quality_ratio"))
    for formula in formulas(SHORT):
        found, number = exact(strict, formula), raw(strict, formula.name)
        if found.value != number and None not in (number, found.value):
            assert found.value == (found.low if found.low is not None and number < found.low else found.high)
        if not formula.counts and came["state"] == ALL:
            assert found == exact(silent, formula), formula.name


@law(1500)
@given(SEEDS, CHOSEN, POLICIES, plans(), CUTS)
def test_law_3_any_partition_adds_up_to_the_whole(
    seed: int, chosen: set[int], policy: Policy, planned: list[Span], cuts: list[int]
) -> None:
    """But for the room of what nobody saw: a part of an hour knows less than the whole, so there is as much or more."""
    facts = floor(seed, resets=True).facts(sorted(chosen))

    added = reduce(
        Elements.__add__, [elements(cut(facts, a * SECOND, b * SECOND), policy, planned) for a, b in pairwise(cuts)]
    )

    whole = elements(facts, policy, planned)
    assert replace(added, **dict.fromkeys(UNOBSERVED, 0)) == replace(whole, **dict.fromkeys(UNOBSERVED, 0))
    assert added.begun_before - added.needed_later >= whole.begun_before - whole.needed_later


@law(700)
@given(SEEDS, CHOSEN, POLICIES, plans(), st.integers(1, END - 1))
def test_law_3_hours_of_the_clock_add_up_with_their_room(
    seed: int, chosen: set[int], policy: Policy, planned: list[Span], at: int
) -> None:
    begin = 3600 - at
    facts = floor(seed, resets=True).facts(sorted(chosen), begin=begin)
    plan = [(a + begin * SECOND, b + begin * SECOND) for a, b in planned]

    one, other = (
        elements(cut(facts, a * SECOND, b * SECOND), policy, plan) for a, b in ((begin, 3600), (3600, begin + END))
    )

    assert one + other == elements(facts, policy, plan)


@law(1300)
@given(SEEDS, CHOSEN, POLICIES, plans(), WINDOWS)
def test_law_4_times_close_to_the_microsecond(
    seed: int, chosen: set[int], policy: Policy, planned: list[Span], window: list[int]
) -> None:
    start, end = window[0] * SECOND, window[1] * SECOND
    e = elements(floor(seed).facts(sorted(chosen), *window), policy, planned)

    assert e.planned == e.producing + e.setup + e.delay + e.down + e.no_data
    assert e.planned == e.running + e.minor + e.breakdown + e.setup_loss + e.no_work + e.no_data
    assert e.planned + e.planned_stop == sum(max(0, min(b, end) - max(a, start)) for a, b in planned)
    assert e.calendar == end - start


class Store:
    """The three tables in memory, and frames that come one batch after the other."""

    def __init__(self) -> None:
        self.samples: dict[str, dict[tuple[int, int], float | None]] = {}
        self.tables: dict[tuple[str, str], dict[int, tuple[object, ...]]] = defaultdict(dict)

    def take(self, frames: Sequence[dict[str, tuple[Row, ...]]]) -> bool:
        """Store a batch and recompute what it touched; True when any fact is different from before."""
        before = self.rows()
        for tag in PRESS.tags:
            rows = [row for frame in frames for row in frame[tag.name]]
            kept = self.samples.setdefault(tag.name, {})
            for at, found in rows:
                kept[at, 0] = found
            if rows:
                self._apply(tag, (min(at for at, _ in rows), max(at for at, _ in rows)))
        return before != self.rows()

    def rows(self) -> dict[tuple[str, str], dict[int, tuple[object, ...]]]:
        """What is in the tables that are not empty."""
        return {name: dict(table) for name, table in self.tables.items() if table}

    def _apply(self, tag: Tag, span: Span) -> None:
        kept = sorted((at, found) for (at, _), found in self.samples[tag.name].items())
        region = Region(PRESS, tag, tag.name if tag.is_counter else "", 1, span, SHORTEST_US)
        first, last = span[0] - region.memory_us, span[1]
        if following := [row[0] for row in kept if row[0] > last]:
            last = following[0] + region.memory_us if region.counter else last
        before = [row for row in kept if row[0] < first][-1:]
        after = [row for row in kept if row[0] > last][:1]
        inside = [row for row in kept if first <= row[0] <= last]
        patch = Patch()
        facts_of(region, readings([*before, *inside, *after]), (), patch)
        for kind, pieces in patch.pieces.items():
            for piece in pieces:
                low, high = piece.region
                table = self.tables[kind, piece.counter]
                for at in [at for at in table if low < at <= high]:
                    del table[at]
                table |= dict(
                    zip(piece.at.tolist(), zip(*(c.tolist() for c in piece.columns), strict=True), strict=True)
                )


@law(1000)
@given(SEEDS, st.lists(st.lists(st.integers(0, CHUNKS - 1), min_size=1, max_size=4), max_size=10), st.booleans())
def test_law_5_and_8_any_order_duplication_and_batching_gives_the_same_bits_and_twice_is_once(
    seed: int, batches: list[list[int]], resets: bool
) -> None:
    made = floor(seed, resets)
    came = sorted({n for batch in batches for n in batch})
    at_once, one_by_one = Store(), Store()
    if came:
        at_once.take([made.chunks[n] for n in came])

    for batch in batches:
        one_by_one.take([made.chunks[n] for n in batch])

    assert one_by_one.rows() == at_once.rows()
    assert not any(one_by_one.take([made.chunks[n] for n in batch]) for batch in batches)


ZONES = ("Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC")


def site(zone: str) -> Site:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    name = {"en": "S", "zh": "厂"}
    shifts = [
        {"id": f"s{hour}", "name": name, "days": days, "starts": f"{hour:02}:00", "ends": f"{(hour + 8) % 24:02}:00"}
        for hour in (6, 14, 22)
    ]
    return Site.model_validate({"id": "s", "name": name, "zone": zone, "shifts": shifts})


@law(600)
@given(st.sampled_from(ZONES), st.dates(date(2000, 1, 1), date(2037, 1, 1)), st.integers(1, 370))
def test_law_6_clock_days_follow_each_other_and_shifts_around_the_clock_fill_them(
    zone: str, first: date, days: int
) -> None:
    calendar = calendar_of(site(zone))

    spans = [day_span(calendar, first + timedelta(days=n)) for n in range(min(days, 40))]

    assert all(one[1] == other[0] for one, other in pairwise(spans))
    start, end = spans[0][0], spans[-1][1]
    assert sum(b - a for a, b in spans) == end - start
    assert all((b - a) % (SECOND * 1800) == 0 and 22 <= (b - a) / SECOND / 3600 <= 26 for a, b in spans)
    assert planned_spans(calendar, start, end) == scheduled_spans(calendar, start, end) == [(start, end)]


def within(inner: Exact, outer: Exact) -> bool:
    low = outer.low is None or (inner.low is not None and inner.low >= outer.low)
    high = outer.high is None or (inner.high is not None and inner.high <= outer.high)
    return low and high


def holds(found: Exact, number: Fraction) -> bool:
    return (found.low is None or found.low <= number) and (found.high is None or number <= found.high)


@law(1500)
@given(SEEDS, CHOSEN, POLICIES, plans(), WINDOWS, st.booleans())
def test_law_7_bounds_contain_the_final_value_whatever_was_in_the_machine(
    seed: int, chosen: set[int], policy: Policy, planned: list[Span], window: list[int], resets: bool
) -> None:
    made = floor(seed, resets)
    now, final = (elements(made.facts(sorted(which), *window), policy, planned) for which in (chosen, ALL))

    for formula in formulas(policy):
        told, last = exact(now, formula), exact(final, formula)
        if last.value is not None and (told.low, told.high) != (None, None):
            assert holds(told, last.value), (formula.name, told, last)
        if told.value is not None:
            assert holds(told, told.value), (formula.name, told)


@law(2200)
@given(SEEDS, CHOSEN, CHOSEN, POLICIES, plans(), WINDOWS, st.booleans())
def test_law_7_bounds_only_narrow(
    seed: int, first: set[int], more: set[int], policy: Policy, planned: list[Span], window: list[int], resets: bool
) -> None:
    made = floor(seed, resets)
    before, after = (elements(made.facts(sorted(which), *window), policy, planned) for which in (first, first | more))

    for formula in formulas(policy):
        old, new = exact(before, formula), exact(after, formula)
        if (new.low, new.high) != (None, None) != (old.low, old.high):
            assert within(new, old), (formula.name, old, new)


@law(1000)
@given(st.data(), SEEDS, MACHINES, POLICIES, plans(), WINDOWS, st.booleans())
def test_law_7_bounds_contain_the_final_value_whichever_signals_were_not_read(
    data: st.DataObject,
    seed: int,
    machine: Machine,
    policy: Policy,
    planned: list[Span],
    window: list[int],
    resets: bool,
) -> None:
    """And they narrow when more of them is read."""
    made, came = floor(seed, resets), data.draw(signals_lost(machine))
    more = {tag: data.draw(CHOSEN) for tag in came}
    now, then, final = (
        elements(made.facts(which, *window, machine=machine), policy, planned, machine)
        for which in (came, {tag: {*came[tag], *more[tag]} for tag in came}, ALL)
    )

    for formula in formulas(policy):
        told, later, last = (exact(e, formula) for e in (now, then, final))
        if last.value is not None and (told.low, told.high) != (None, None):
            assert holds(told, last.value), (formula.name, told, last)
        if (later.low, later.high) != (None, None) != (told.low, told.high):
            assert within(later, told), (formula.name, told, later)


@law(1500)
@given(SEEDS, SEEDS, CHOSEN, POLICIES)
def test_law_3_machines_add_up_and_a_mean_of_ratios_is_something_else(
    one: int, other: int, chosen: set[int], policy: Policy
) -> None:
    first = elements(floor(one).facts(sorted(chosen)), policy)
    second = elements(floor(other).facts(ALL), policy)

    together = value(first + second, "oee")

    seen = first.planned - first.no_data + second.planned - second.no_data
    assert together == (Fraction(max(0, first.ideal_good + second.ideal_good), seen) if seen else None)
