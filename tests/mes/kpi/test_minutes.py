"""Minutes of an hour: from whichever to whichever of them, what they are made of is what facts of that window give."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.device import Machine
from mes.facts.model import Span
from mes.facts.windowing import cut
from mes.kpi.elements import UNOBSERVED, VALUES, Elements
from mes.kpi.minutes import NUMBER, after, before, between, minutes_of, unobserved
from mes.kpi.policy import Policy
from mes.kpi.times import elements_of
from tests.mes.floors import ALL, CHOSEN, END, MACHINES, POLICIES, SEEDS, SHORT, evaluation, floor, plans, signals_lost
from tests.mes.pure import PRESS, SECOND
from tests.support.size import sized

# Cells of two seconds: a floor lives two minutes.
CELL = 2
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}
CASES = sized(100, at_least=30)
LAW = settings(max_examples=CASES, derandomize=True, **QUIET)
SEEN: list[int] = []
BEGINS = st.integers(0, END // CELL - 1)


def told(e: Elements) -> Elements:
    """What adds up over any partition."""
    return replace(e, **dict.fromkeys(UNOBSERVED, 0))


@LAW
@given(SEEDS, CHOSEN, POLICIES, plans(), st.booleans())
def test_an_hour_is_cut_at_any_minute_and_both_parts_are_what_facts_give(
    seed: int, chosen: Iterable[int], policy: Policy, planned: list[Span], resets: bool
) -> None:
    by, facts = evaluation(policy, planned), floor(seed, resets).facts(chosen)
    (minutes,) = minutes_of([PRESS], [facts], by, CELL * SECOND)

    for number in range(seed % 5, END // CELL, 5):
        at = number * CELL * SECOND
        assert before(minutes, number) == elements_of(PRESS, cut(facts, 0, at), by)
        assert after(minutes, number) == elements_of(PRESS, cut(facts, at, END * SECOND), by)
    assert before(minutes, END // CELL) == elements_of(PRESS, facts, by)


@LAW
@given(SEEDS, st.data(), MACHINES, POLICIES, plans(), BEGINS)
def test_so_it_is_where_only_some_counters_were_not_read(
    seed: int, data: st.DataObject, machine: Machine, policy: Policy, planned: list[Span], number: int
) -> None:
    facts = floor(seed).facts(data.draw(signals_lost(machine)), machine=machine)
    by, at = evaluation(policy, planned), number * CELL * SECOND
    (minutes,) = minutes_of([machine], [facts], by, CELL * SECOND)

    assert before(minutes, number) == elements_of(machine, cut(facts, 0, at), by)
    assert after(minutes, number) == elements_of(machine, cut(facts, at, END * SECOND), by)


@LAW
@given(SEEDS, CHOSEN, POLICIES, plans(), BEGINS, BEGINS)
def test_from_one_minute_to_another_all_but_what_was_made_unobserved_is_a_difference(
    seed: int, chosen: Iterable[int], policy: Policy, planned: list[Span], one: int, other: int
) -> None:
    first, last = sorted((one, other))
    by, facts = evaluation(policy, planned), floor(seed).facts(chosen)
    (minutes,) = minutes_of([PRESS], [facts], by, CELL * SECOND)

    found = elements_of(PRESS, cut(facts, first * CELL * SECOND, last * CELL * SECOND), by)

    assert told(found) == told(before(minutes, last) - before(minutes, first))


def test_where_all_of_an_hour_was_observed_any_minutes_of_it_are_what_facts_give() -> None:
    """And there are such hours among the cases."""
    SEEN.clear()

    minutes_are_what_facts_give()

    assert len(SEEN) > 0.3 * CASES


@LAW
@given(SEEDS, CHOSEN, POLICIES, plans(), BEGINS, BEGINS)
def minutes_are_what_facts_give(
    seed: int, chosen: set[int], policy: Policy, planned: list[Span], one: int, other: int
) -> None:
    whole = cut(floor(seed).facts(chosen if seed % 3 == 0 else ALL), 20 * SECOND, 80 * SECOND)
    by, (first, last) = evaluation(policy, planned), sorted((one % 30, other % 30))
    (minutes,) = minutes_of([PRESS], [whole], by, CELL * SECOND)

    found = elements_of(PRESS, cut(whole, (20 + first * CELL) * SECOND, (20 + last * CELL) * SECOND), by)
    # Where it begins and ends matters to no bound either.
    loose = elements_of(PRESS, cut(whole, 20 * SECOND + first, (20 + last * CELL) * SECOND + 1), by)

    if unobserved(minutes):
        assert told(found) == between(minutes, first, last)
    else:
        SEEN.append(seed)
        assert found == between(minutes, first, last)
        assert not any(getattr(loose, name) for name in UNOBSERVED)


def test_minutes_of_machines_are_those_of_each_and_their_sum_is_that_of_the_line() -> None:
    every = [floor(seed).facts(came) for seed, came in enumerate((ALL, [0, 3, 4, 9], [], [5, 6, 7], ALL))]
    alone = [minutes_of([PRESS], [facts], evaluation(SHORT), CELL * SECOND)[0] for facts in every]

    together = minutes_of([PRESS] * 5, every, evaluation(SHORT), CELL * SECOND)

    assert all(map(np.array_equal, alone, together))
    line = sum(together[1:], start=together[0])
    parts = [elements_of(PRESS, cut(facts, 50 * SECOND, END * SECOND), evaluation(SHORT)) for facts in every]
    assert after(line, 25) == Elements(*map(sum, zip(*map(VALUES, parts), strict=True)))
    assert after(line, 25).begun_before > 0


@pytest.mark.parametrize("bridged", [False, True])
def test_a_counter_that_tells_nonsense_makes_numbers_of_any_size_and_spoils_nobody(bridged: bool) -> None:
    sound = floor(7, products=False).facts(ALL)
    parts, hidden = sound.total.parts.copy(), sound.total.bridged.copy()
    parts[-1], hidden[-1] = 2**62, bridged
    most = np.maximum(sound.total.most, parts)
    broken = replace(sound, total=replace(sound.total, parts=parts, most=most, bridged=hidden))

    nonsense, good = minutes_of([PRESS] * 2, [broken, sound], evaluation(SHORT), CELL * SECOND)

    assert before(nonsense, END // CELL) == elements_of(PRESS, broken, evaluation(SHORT))
    assert before(good, END // CELL) == elements_of(PRESS, sound, evaluation(SHORT))
    assert good.dtype == np.int64
    assert abs(nonsense[:, NUMBER["total"]]).max() == 2**62
