"""What is worth sending: the first reading, a real change, a change of quality, and a sign of life."""

import numpy as np
import pytest

from contract.sample import Quality
from edge.deadband import Reporter

HEARTBEAT = 2_000_000
GOOD, UNCERTAIN, BAD = (int(quality) for quality in Quality)
NAN = float("nan")


def reporter(*bands: float) -> Reporter:
    return Reporter(np.array(bands, np.float64), np.zeros(len(bands)), HEARTBEAT)


def in_percent(percent: float, band: float = 0.0) -> Reporter:
    return Reporter(np.array([band]), np.array([percent / 100]), HEARTBEAT)


def told(of: Reporter, value: float, quality: int, now_us: int) -> bool:
    """Whether a reading of the only channel is worth sending."""
    [worth] = of.worth_sending(np.array([value]), np.array([quality], np.int64), now_us).tolist()
    return bool(worth)


@pytest.mark.parametrize(("value", "quality"), [(0.0, GOOD), (0.0, UNCERTAIN), (NAN, BAD)])
@pytest.mark.parametrize("now_us", [0, 1, 10**15])
def test_the_first_reading_is_sent_whatever_it_is(value: float, quality: int, now_us: int) -> None:
    assert told(reporter(10.0), value, quality, now_us)


@pytest.mark.parametrize(
    ("value", "expected"), [(20.0, False), (20.5, False), (19.5, False), (20.51, True), (19.49, True), (-20.0, True)]
)
def test_only_a_change_beyond_the_band_is_sent(value: float, expected: bool) -> None:
    oven = reporter(0.5)
    told(oven, 20.0, GOOD, 0)

    assert expected == told(oven, value, GOOD, 1)


@pytest.mark.parametrize(("value", "expected"), [(7.0, False), (8.0, True), (7.000001, True)])
def test_without_a_band_every_change_is_sent(value: float, expected: bool) -> None:
    counter = reporter(0.0)
    told(counter, 7.0, GOOD, 0)

    assert expected == told(counter, value, GOOD, 1)


def test_a_slow_drift_is_sent_when_it_has_left_the_band_of_what_was_sent_last() -> None:
    oven = reporter(1.0)
    told(oven, 20.0, GOOD, 0)

    sent = [step for step in range(1, 11) if told(oven, 20.0 + step / 4, GOOD, step)]

    assert sent == [5, 10]


@pytest.mark.parametrize(
    ("last", "value", "expected"),
    [
        (200.0, 203.9, False),
        (200.0, 204.1, True),
        (200.0, 195.9, True),
        (-200.0, -203.9, False),
        (-200.0, -204.1, True),
        (0.0, 0.0, False),
        (0.0, 0.001, True),
    ],
)
def test_a_percent_band_is_a_share_of_what_was_sent_last(last: float, value: float, expected: bool) -> None:
    flow = in_percent(2.0)
    told(flow, last, GOOD, 0)

    assert expected == told(flow, value, GOOD, 1)


@pytest.mark.parametrize(("value", "expected"), [(0.4, False), (0.6, True)])
def test_near_zero_the_absolute_band_is_the_wider_one(value: float, expected: bool) -> None:
    flow = in_percent(2.0, band=0.5)
    told(flow, 0.0, GOOD, 0)

    assert expected == told(flow, value, GOOD, 1)


def test_a_percent_band_of_what_was_bad_is_none() -> None:
    flow = in_percent(2.0)
    told(flow, NAN, BAD, 0)

    assert told(flow, 7.0, GOOD, 1)
    assert not told(flow, 7.1, GOOD, 2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((20.0, GOOD), (NAN, BAD)),
        ((NAN, BAD), (20.0, GOOD)),
        ((20.0, GOOD), (20.0, UNCERTAIN)),
        ((20.0, UNCERTAIN), (20.0, GOOD)),
    ],
)
def test_a_change_of_quality_is_sent_within_the_band(before: tuple[float, int], after: tuple[float, int]) -> None:
    oven = reporter(100.0)
    told(oven, *before, 0)

    assert told(oven, *after, 1)
    assert not told(oven, *after, 2)


def test_what_stays_bad_is_sent_once_a_heartbeat_and_not_at_each_poll() -> None:
    dead = reporter(0.0)

    sent = [now for now in range(0, 6_000_001, 500_000) if told(dead, NAN, BAD, now)]

    assert sent == [0, HEARTBEAT, 2 * HEARTBEAT, 3 * HEARTBEAT]


def test_a_value_that_stands_still_is_sent_once_a_heartbeat_after_it_was_last_sent() -> None:
    state = reporter(0.0)
    told(state, 1.0, GOOD, 0)
    told(state, 5.0, GOOD, 1_500_000)

    sent = [now for now in (2_000_000, 3_499_999, 3_500_000, 5_499_999, 5_500_000) if told(state, 5.0, GOOD, now)]

    assert sent == [3_500_000, 5_500_000]


def test_the_clock_of_a_machine_that_has_just_been_switched_on_starts_near_zero() -> None:
    state = reporter(0.0)

    sent = [now for now in (5, 6, 5 + HEARTBEAT) if told(state, 1.0, GOOD, now)]

    assert sent == [5, 5 + HEARTBEAT]


def test_each_channel_has_its_own_band_and_its_own_heartbeat() -> None:
    press = reporter(0.0, 5.0, 0.0)
    good = np.zeros(3, np.int64)
    press.worth_sending(np.array([1.0, 50.0, 0.0]), good, 0)

    changed = press.worth_sending(np.array([1.0, 54.0, 3.0]), good, 1_000_000)
    beat = press.worth_sending(np.array([1.0, 54.0, 3.0]), good, HEARTBEAT)

    assert changed.tolist() == [False, False, True]
    assert beat.tolist() == [True, True, False]
