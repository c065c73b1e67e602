"""KPIs from elements: the laws of ISO 22400-2, and bounds that hold whatever was not seen."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.kpi.elements import Elements
from mes.kpi.formulas import Kpi, Undefined
from mes.kpi.formulas import kpis as by_policy
from mes.kpi.policy import ISO

HOUR = 3_600_000_000
TIMES = st.integers(0, 8 * HOUR)
RATIOS = ("availability", "effectiveness", "quality_ratio", "oee")


@st.composite
def seen_time(draw: st.DrawFn, *, at_most_ideal_speed: bool = False) -> Elements:
    """Time all of which was seen, with the parts that were made in it; good ones are among all."""
    producing, setup, delay, down = (draw(TIMES) for _ in range(4))
    ideal = draw(st.integers(0, producing if at_most_ideal_speed else 2 * producing))
    return Elements(
        planned=producing + setup + delay + down,
        producing=producing,
        setup=setup,
        delay=delay,
        down=down,
        ideal=ideal,
        ideal_good=draw(st.integers(0, ideal)),
    )


def hidden(e: Elements) -> Elements:
    """The same time while nothing was seen of it."""
    return Elements(planned=e.planned, no_data=e.planned, unobserved=e.planned)


def kpis(e: Elements) -> dict[str, Kpi]:
    return by_policy(e, ISO)


def each(k: dict[str, Kpi]) -> dict[str, Kpi]:
    return {name: k[name] for name in RATIOS}


@given(seen_time())
def test_availability_times_effectiveness_times_quality_is_oee_exactly(e: Elements) -> None:
    k = kpis(e)
    if k["quality_ratio"].value is None:
        return

    product = Fraction(e.producing, e.planned) * Fraction(e.ideal, e.producing) * Fraction(e.ideal_good, e.ideal)

    assert product == Fraction(e.ideal_good, e.planned)
    assert k["oee"].value == float(product)


@given(seen_time(), st.integers(0, HOUR))
def test_a_short_stop_booked_as_availability_or_performance_leaves_oee_to_the_last_bit(e: Elements, stop: int) -> None:
    stop = min(stop, e.producing)
    moved = replace(e, producing=e.producing - stop, delay=e.delay + stop)

    assert kpis(moved)["oee"] == kpis(e)["oee"]


@given(seen_time(), seen_time(at_most_ideal_speed=True))
def test_what_becomes_known_later_lies_within_the_bounds(seen: Elements, bridged: Elements) -> None:
    before, after = each(kpis(seen + hidden(bridged))), each(kpis(seen + bridged))

    for name in RATIOS:
        value, earlier = after[name].value, before[name]
        if value is not None and earlier.low is not None and earlier.high is not None:
            assert earlier.low <= value <= earlier.high, name


@given(seen_time(), seen_time(at_most_ideal_speed=True), seen_time(at_most_ideal_speed=True))
def test_more_data_only_narrows_the_bounds(seen: Elements, late: Elements, bridged: Elements) -> None:
    before, after = each(kpis(seen + hidden(late) + hidden(bridged))), each(kpis(seen + late + hidden(bridged)))

    for name in RATIOS:
        low, high, old_low, old_high = after[name].low, after[name].high, before[name].low, before[name].high
        assert low is None or old_low is None or old_low <= low, name
        assert high is None or old_high is None or high <= old_high, name


@given(seen_time(), seen_time())
def test_the_value_lies_within_its_own_bounds(seen: Elements, bridged: Elements) -> None:
    for name, kpi in kpis(seen + hidden(bridged)).items():
        if kpi.value is not None:
            assert kpi.low is not None
            assert kpi.low <= kpi.value, name
            assert kpi.high is None or kpi.value <= kpi.high, name


@given(seen_time())
def test_where_all_was_seen_there_is_nothing_to_bound(e: Elements) -> None:
    for kpi in kpis(e).values():
        assert kpi.value == kpi.low == kpi.high
        assert (kpi.value is None) != (kpi.undefined is None)


@given(seen_time(), seen_time())
def test_a_roll_up_adds_and_then_divides(one: Elements, other: Elements) -> None:
    planned = one.planned + other.planned

    found = kpis(one + other)["oee"].value

    assert found == (float(Fraction(one.ideal_good + other.ideal_good, planned)) if planned else None)


@pytest.mark.parametrize(
    ("elements", "kpi", "why"),
    [
        (Elements(), "oee", Undefined.NOTHING_PLANNED),
        (Elements(planned=HOUR, no_data=HOUR, unobserved=HOUR), "oee", Undefined.NO_DATA),
        (Elements(planned=HOUR, delay=HOUR), "effectiveness", Undefined.DID_NOT_PRODUCE),
        (Elements(planned=HOUR, producing=HOUR), "quality_ratio", Undefined.NO_PARTS),
        (Elements(planned=HOUR, producing=HOUR, uncounted=HOUR), "oee", Undefined.NOT_COUNTED),
        (Elements(planned=HOUR, producing=HOUR, uncounted=HOUR), "effectiveness", Undefined.NOT_COUNTED),
    ],
)
def test_a_ratio_that_has_no_value_says_why(elements: Elements, kpi: str, why: Undefined) -> None:
    found = each(kpis(elements))[kpi]

    assert found.value is None
    assert found.undefined is why


def test_a_machine_without_counters_still_has_its_availability() -> None:
    assert kpis(Elements(planned=HOUR, producing=HOUR, uncounted=HOUR))["availability"].value == 1.0


def test_an_hour_down_is_an_oee_of_zero_not_an_undefined_one() -> None:
    k = kpis(Elements(planned=HOUR, delay=HOUR))

    assert (k["availability"].value, k["oee"].value) == (0.0, 0.0)


def test_a_wrong_ideal_cycle_shows_and_is_not_capped() -> None:
    k = kpis(Elements(planned=HOUR, producing=HOUR, ideal=2 * HOUR, ideal_good=2 * HOUR))

    assert (k["effectiveness"].value, k["oee"].value) == (2.0, 2.0)


def test_a_reject_that_is_read_before_its_part_is_not_less_than_nothing() -> None:
    k = kpis(Elements(planned=HOUR, producing=HOUR, scrap=1, ideal=0, ideal_good=-2_000_000))

    assert k["oee"] == Kpi(0.0, 0.0, 0.0)
    assert k["quality_ratio"].undefined is Undefined.NO_PARTS
