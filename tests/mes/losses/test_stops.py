"""Stops: their times are those of the Elements, and what is not known of them is said."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings

from contract.sample import State
from mes.facts.model import Span
from mes.facts.windowing import cut
from mes.kpi.policy import ISO, TPM, Loss, Policy
from mes.losses.stops import Stop, pareto, stops_of
from tests.mes.floors import CHOSEN, CUTS, POLICIES, SEEDS, elements, evaluation, floor, plans
from tests.mes.pure import PRESS, SECOND
from tests.mes.screens.lines import HOUR, MINUTE, facts
from tests.support.size import sized


@settings(max_examples=sized(300), deadline=None)
@given(SEEDS, CHOSEN, POLICIES, plans())
def test_stops_are_the_elements_one_by_one(seed: int, chosen: set[int], policy: Policy, planned: list[Span]) -> None:
    found = floor(seed).facts(sorted(chosen))

    stops = stops_of(PRESS, found, evaluation(policy, planned))

    e = elements(found, policy, planned)
    longer = [stop for stop in stops if not stop.minor]
    assert sum(s.planned_us for s in stops if s.minor) == e.minor
    assert sum(s.planned_us for s in longer) == e.breakdown + e.setup_loss + e.no_work
    assert sum(s.planned_us for s in longer if s.failure) == e.repair
    assert sum(s.planned_us for s in stops if s.state is State.STARVED) == e.starved
    assert sum(s.counted for s in stops if s.minor) == e.minor_stops
    assert sum(s.counted for s in longer if s.loss is Loss.BREAKDOWN) == e.stops
    assert sum(s.counted for s in longer if s.failure) == e.failures


@settings(max_examples=sized(150), deadline=None)
@given(SEEDS, CHOSEN, POLICIES, plans(), CUTS)
def test_a_pareto_of_any_partition_adds_up(
    seed: int, chosen: set[int], policy: Policy, planned: list[Span], cuts: list[int]
) -> None:
    whole = floor(seed).facts(sorted(chosen))
    # Reasons that change anywhere, inside of stops too.
    whole = replace(whole, reason_at=np.array([0, 31 * SECOND, 77 * SECOND], np.int64), reason=("jam", None, "tool"))
    evaluated = evaluation(policy, planned)

    pieces = [stops_of(PRESS, cut(whole, a * SECOND, b * SECOND), evaluated) for a, b in pairwise(cuts)]

    assert costs([s for piece in pieces for s in piece]) == costs(stops_of(PRESS, whole, evaluated))


def costs(stops: list[Stop]) -> Counter[object]:
    found: Counter[object] = Counter()
    for cost in pareto(stops, lambda s: f"{s.reason} {s.state.name} {s.minor}"):
        found[cost.key, "us"] += cost.us
        found[cost.key, "stops"] += cost.stops
    return found


TAPE = [(0, State.DOWN), (5 * MINUTE, State.RUNNING), (50 * MINUTE, State.IDLE), (59 * MINUTE, State.DOWN)]


def an_hour(**more: object) -> list[Stop]:
    found = facts(0, HOUR, TAPE, first=(-20 * MINUTE, State.RUNNING), machine="press", **more)  # type: ignore[arg-type]
    return stops_of(PRESS, found, evaluation(ISO, [(0, HOUR)]))


def test_a_stop_from_before_the_window_is_listed_whole_and_counted_elsewhere() -> None:
    first = an_hour()[0]

    assert (first.begin_us, first.end_us, first.planned_us) == (-20 * MINUTE, 5 * MINUTE, 5 * MINUTE)
    assert (first.counted, first.open, first.undecided, first.failure) == (False, False, False, True)


def test_an_open_stop_is_flagged_and_its_class_is_not_decided() -> None:
    last = an_hour()[-1]

    assert (last.open, last.counted, last.minor, last.undecided) == (True, True, True, True)
    assert last.planned_us == MINUTE


def test_a_reason_for_a_part_of_a_stop_gets_that_part_of_its_time() -> None:
    stops = an_hour(reasons=[(0, None), (2 * MINUTE, "jam"), (3 * MINUTE, None), (50 * MINUTE, "no-order")])

    found = {(cost.key, cost.us, cost.stops) for cost in pareto([s for s in stops if not s.minor], lambda s: s.reason)}

    assert found == {("no-order", 9 * MINUTE, 1), ("jam", MINUTE, 0), (None, 4 * MINUTE, 0)}


def test_what_a_policy_takes_out_of_planned_time_costs_nothing() -> None:
    found = facts(0, HOUR, TAPE, machine="press")

    stops = stops_of(PRESS, found, evaluation(TPM, [(0, HOUR)]))

    idle = next(stop for stop in stops if stop.state is State.IDLE)
    assert (idle.planned_us, idle.counted, idle.element.value) == (0, False, "planned_stop")
