"""Cycle times: against the ideal, exact at the edges, and nothing is measured that was not seen."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.sample import State
from mes.facts.model import Span
from mes.kpi.policy import ISO, TPM, Policy
from mes.losses.cycle_times import EDGES, Bin, Cycles, Pace, Shown, cycles_of, histogram, typical
from tests.mes.floors import CHOSEN, POLICIES, SEEDS, elements, evaluation, floor, plans
from tests.mes.pure import PRESS, SECOND
from tests.mes.screens.lines import HOUR, MINUTE, facts, steps
from tests.support.size import sized


def measured(*times: float, tape: list[tuple[int, State]] | None = None, planned: list[Span] | None = None) -> Cycles:
    """A part at 0 and then one after so many seconds each, by the press that needs two."""
    at = np.cumsum([0, *(round(time * SECOND) for time in times)]).tolist()
    total = steps(*((moment, 1) for moment in at))
    found = facts(0, HOUR, tape or [(0, State.RUNNING)], total=total, machine="press")
    return cycles_of(PRESS, found, evaluation(ISO, planned or [(0, HOUR)]))


def filled(bins: list[Bin]) -> dict[tuple[int, Pace], int]:
    return {(one.low, one.pace): one.parts for one in bins if one.parts}


@pytest.mark.parametrize(
    ("seconds", "low", "pace"),
    [
        (1.899999, 90, Pace.FASTER),
        (1.9, 95, Pace.IDEAL),
        (2, 100, Pace.IDEAL),
        (2.099999, 100, Pace.IDEAL),
        (2.1, 105, Pace.SLOW),
        (2.499999, 110, Pace.SLOW),
        (2.5, 125, Pace.SMALL_STOP),
        (5.999999, 200, Pace.SMALL_STOP),
        (6, 300, Pace.LONG_STOP),
        (900, 1000, Pace.LONG_STOP),
    ],
)
def test_a_cycle_belongs_to_the_bin_whose_edge_it_has_reached(seconds: float, low: int, pace: Pace) -> None:
    assert filled(histogram([measured(seconds)])) == {(low, pace): 1}


def test_stops_inside_of_a_cycle_are_told_by_class() -> None:
    tape = [
        (0, State.RUNNING),
        (10 * SECOND, State.DOWN),
        (40 * SECOND, State.RUNNING),
        (60 * SECOND, State.DOWN),
        (260 * SECOND, State.RUNNING),
    ]

    bins = [one for one in histogram([measured(2, 40, 300, tape=tape)]) if one.parts]

    assert [(one.us, one.minor_us, one.longer_us) for one in bins] == [
        (2 * SECOND, 0, 0),
        (340 * SECOND, 30 * SECOND, 200 * SECOND),
    ]


def test_a_break_lengthens_no_cycle() -> None:
    found = measured(2, 602, planned=[(0, 100 * SECOND), (600 * SECOND, HOUR)])

    assert found.us.tolist() == [2 * SECOND, 102 * SECOND]


def test_several_parts_of_one_reading_share_its_time() -> None:
    found = facts(0, HOUR, [(0, State.RUNNING)], total=steps((0, 1), (10 * SECOND, 5)), machine="press")

    cycles = cycles_of(PRESS, found, evaluation(ISO, [(0, HOUR)]))

    assert filled(histogram([cycles])) == {(100, Pace.IDEAL): 5}
    assert typical(cycles)[0].median_us == 2 * SECOND


def test_what_was_made_across_a_silence_is_not_measured() -> None:
    tape = [(0, State.RUNNING), (MINUTE, State.NO_DATA), (2 * MINUTE, State.RUNNING)]
    total = steps((0, 1), (2 * SECOND, 1), (3 * MINUTE, 30), (3 * MINUTE + 3 * SECOND, 1))
    found = facts(0, HOUR, tape, total=total, machine="press")

    cycles = cycles_of(PRESS, found, evaluation(ISO, [(0, HOUR)]))

    assert (cycles.us.tolist(), cycles.unmeasured) == ([2 * SECOND, 3 * SECOND], 31)


def test_the_end_of_a_silent_counter_is_no_instant_of_a_part() -> None:
    total = steps((0, 1), (2 * SECOND, 1), (60 * SECOND, 9), (62 * SECOND, 1), (64 * SECOND, 1))
    total = replace(total, bridged=np.array([False, False, True, False, False]))
    found = facts(0, HOUR, [(0, State.RUNNING)], total=total, machine="press")

    cycles = cycles_of(PRESS, found, evaluation(ISO, [(0, HOUR)]))

    assert (cycles.us.tolist(), cycles.unmeasured) == ([2 * SECOND, 2 * SECOND], 11)


@settings(max_examples=sized(200), deadline=None)
@given(SEEDS, CHOSEN, POLICIES, plans(), st.booleans())
def test_every_part_is_measured_once_or_not_at_all(
    seed: int, chosen: set[int], policy: Policy, planned: list[Span], resets: bool
) -> None:
    found = floor(seed, resets).facts(sorted(chosen))

    cycles = cycles_of(PRESS, found, evaluation(policy, planned))

    e, bins = elements(found, policy, planned), histogram([cycles])
    assert sum(one.parts for one in bins) + cycles.unmeasured == e.total
    assert sum(one.us for one in bins) <= e.planned - e.no_data
    assert sum(one.minor_us for one in bins) <= e.minor
    assert sum(one.cycles for one in bins) == cycles.us.size
    assert sum(one.parts for one in typical(cycles)) == sum(one.parts for one in bins)


def test_nothing_is_told_of_no_parts_and_nonsense_overflows_nothing() -> None:
    nothing = cycles_of(PRESS, facts(0, HOUR, [(0, State.RUNNING)], machine="press"), evaluation(TPM, [(0, HOUR)]))
    found = facts(0, HOUR, [(0, State.RUNNING)], total=steps((0, 1), (SECOND, 2**53)), machine="press")
    nonsense = cycles_of(PRESS, found, evaluation(ISO, [(0, HOUR)]))

    assert (filled(histogram([nothing])), typical(nothing), len(histogram([]))) == ({}, [], len(EDGES) - 1)
    assert filled(histogram([nonsense])) == {(0, Pace.FASTER): 2**53}


def test_typical_times_by_product_and_ideal_cycle() -> None:
    total = steps(*((n * 2 * SECOND, 1) for n in range(11)), *((20 * SECOND + n * 6 * SECOND, 1) for n in range(1, 6)))
    products = [(0, "small"), (21 * SECOND, "large")]
    found = facts(0, HOUR, [(0, State.RUNNING)], total=total, products=products, machine="press")

    told = typical(cycles_of(PRESS, found, evaluation(ISO, [(0, HOUR)])))

    assert [(t.product, t.ideal_us, t.parts, t.median_us) for t in told] == [
        ("small", 2 * SECOND, 10, 2 * SECOND),
        ("large", 5 * SECOND, 5, 6 * SECOND),
    ]


def test_what_the_machine_itself_has_measured_counts_for_the_last_part_of_each_reading() -> None:
    total = steps((0, 1), (10 * SECOND, 1), (20 * SECOND, 3), (30 * SECOND, 1), (40 * SECOND, 1))
    found = facts(0, HOUR, [(0, State.RUNNING)], total=total, machine="press")
    at = [5 * SECOND, 20 * SECOND, 29 * SECOND, 40 * SECOND]
    shown = Shown(np.array(at), np.array([2_100_000, 2_000_000, 0, 3_900_000]))

    cycles = cycles_of(PRESS, found, evaluation(ISO, [(0, HOUR)]), shown)

    # At 0 nothing was shown yet, and at 30 it could not be read.
    assert (cycles.us.tolist(), cycles.parts.tolist()) == ([2_100_000, 2_000_000, 3_900_000], [1, 1, 1])
    assert cycles.unmeasured == 1 + 2 + 1
    assert typical(cycles)[0].read_us == 0
    assert filled(histogram([cycles])) == {(100, Pace.IDEAL): 1, (105, Pace.SLOW): 1, (150, Pace.SMALL_STOP): 1}
