"""Losses: nothing of planned busy time is left over, in microseconds and in parts."""

from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.sample import State
from mes.calendar.ideal_cycles import ideal_of
from mes.facts.model import Span
from mes.facts.windowing import cut
from mes.kpi.elements import NAMES, UNOBSERVED, Elements
from mes.kpi.policy import ISO, Policy
from mes.losses.six_big_losses import Where, added, balance_of, elements_by_cycle, whole
from tests.mes.floors import CHOSEN, CUTS, POLICIES, SEEDS, elements, evaluation, floor, plans
from tests.mes.kpi.test_rollup import PLANT
from tests.mes.pure import PRESS
from tests.mes.pure import SECOND as TICK
from tests.mes.screens.lines import MINUTE, facts, plant, steps
from tests.support.size import sized


@settings(max_examples=sized(300), deadline=None)
@given(SEEDS, CHOSEN, POLICIES, plans(), st.booleans())
def test_the_lines_add_up_to_planned_busy_time_and_to_the_parts_that_fit_into_it(
    seed: int, chosen: set[int], policy: Policy, planned: list[Span], resets: bool
) -> None:
    found = floor(seed, resets).facts(sorted(chosen))

    balance = balance_of(PRESS, found, evaluation(policy, planned))

    by_cycle = elements_by_cycle(PRESS, found, evaluation(policy, planned))
    whole_window, added = elements(found, policy, planned), reduce(Elements.__add__, by_cycle.values())
    assert all(getattr(added, name) == getattr(whole_window, name) for name in NAMES if name not in UNOBSERVED)
    assert whole(balance).us == elements(found, policy, planned).planned
    assert whole(balance).parts == sum(Fraction(e.planned, cycle) for cycle, e in by_cycle.items())
    made = sum(e.counted for e in by_cycle.values())
    lost = (Where.DEFECTS, Where.STARTUP_REJECTS)
    assert balance[Where.GOOD].parts == made - sum(balance[where].parts for where in lost)


@settings(max_examples=sized(100), deadline=None)
@given(SEEDS, CHOSEN, POLICIES, plans(), CUTS)
def test_losses_of_any_partition_add_up(
    seed: int, chosen: set[int], policy: Policy, planned: list[Span], cuts: list[int]
) -> None:
    found = floor(seed).facts(sorted(chosen))
    evaluated = evaluation(policy, planned)

    pieces = [balance_of(PRESS, cut(found, a * TICK, b * TICK), evaluated) for a, b in pairwise(cuts)]

    assert added(pieces) == balance_of(PRESS, found, evaluated)


def test_an_hour_by_hand() -> None:
    tape = [
        (0, State.SETUP),
        (10 * MINUTE, State.RUNNING),
        (40 * MINUTE, State.DOWN),
        (41 * MINUTE, State.RUNNING),
        (45 * MINUTE, State.DOWN),
        (50 * MINUTE, State.IDLE),
    ]
    # 34 minutes of running are 1020 parts at 2 s; 900 were made, 4 bad soon after the set-up and 6 later.
    made = steps((30 * MINUTE, 900))
    bad = steps((11 * MINUTE, 4), (30 * MINUTE, 6))
    found = facts(0, 60 * MINUTE, tape, total=made, scrap=bad, then=(60 * MINUTE, State.RUNNING))
    press = plant().machine("press-1")
    evaluated = replace(evaluation(replace(ISO, startup_us=5 * MINUTE), [(0, 60 * MINUTE)]), ideal=ideal_of(plant()))

    balance = balance_of(press, found, evaluated)

    assert {where.value: lost.us / MINUTE for where, lost in balance.items()} == {
        "good": 890 * 2 / 60,
        "breakdown": 5,
        "setup": 10,
        "minor_stops": 1,
        "reduced_speed": 34 - 30,
        "defects": 0.2,
        "startup_rejects": 4 * 2 / 60,
        "no_work": 10,
        "no_data": 0,
        "not_counted": 0,
    }
    assert [balance[where].parts for where in (Where.GOOD, Where.REDUCED_SPEED, Where.DEFECTS)] == [890, 120, 6]
    assert whole(balance).parts == 1800


def test_a_machine_that_tells_no_parts_has_no_speed_to_lose() -> None:
    found = facts(0, MINUTE, [(0, State.RUNNING)], machine="belt")

    balance = balance_of(PLANT.machine("belt"), found, replace(evaluation(ISO), ideal=ideal_of(PLANT)))

    assert (balance[Where.NOT_COUNTED].us, balance[Where.REDUCED_SPEED].us) == (MINUTE, 0)
