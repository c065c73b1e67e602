"""Thresholds and anomalies: what is found, how often the alarm is false, and that an outlier teaches little."""

import itertools
from collections.abc import Iterable

import numpy as np
import pytest

from alerts.detectors.values import Detector
from alerts.rules.tapes import Verdict
from contract.sample import State
from tests.alerts.floor import plant_with

S = 1_000_000
HEAT = "{id: hot, kind: threshold, tag: temperature, above: 60, delay: 10s, deadband: 2}"
COLD = "{id: cold, kind: threshold, tag: temperature, below: 5, deadband: 1}"
ODD = "{id: odd, kind: anomaly, tag: current, half_life: 1min, limit: 6, delay: 3s}"


def detector(rule: str) -> Detector:
    plant = plant_with(f"[{rule}]")
    return Detector(plant.rules[0], plant.machine("press-1"))  # type: ignore[arg-type]  # one of the two kinds


def feed(made: Detector, values: Iterable[float | None], start_s: float = 0, every_s: float = 1) -> list[Verdict]:
    return [
        made.feed(int((start_s + i * every_s) * S), None if value is None else float(value))
        for i, value in enumerate(values)
    ]


def running(rule: str) -> Detector:
    made = detector(rule)
    made.feed_state(0, State.RUNNING)
    return made


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([61] * 10, "HOLD"),
        ([61] * 11, "ON"),
        ([61] * 9 + [60] + [61] * 10, "HOLD"),
        # An unreadable value neither raises nor clears, and does not start the delay anew.
        ([61] * 5 + [None] * 5 + [61], "ON"),
        ([61] * 5 + [None] * 20, "HOLD"),
        # After more silence than no_data_after nobody knows what happened in between.
        ([61] * 2 + [None] * 10 + [61], "HOLD"),
        ([61] * 20 + [59], "HOLD"),
        ([61] * 20 + [58], "OFF"),
    ],
)
def test_a_threshold_needs_its_delay_and_clears_by_its_deadband(values: list[float | None], expected: str) -> None:
    assert Verdict[expected] is feed(detector(HEAT), values)[-1]


@pytest.mark.parametrize(("value", "expected"), [(5, "HOLD"), (4.9, "ON"), (5.5, "HOLD"), (6, "OFF")])
def test_below_is_the_mirror_of_above(value: float, expected: str) -> None:
    assert Verdict[expected] is feed(detector(COLD), [value])[-1]


def test_a_value_that_no_longer_changes_is_still_too_hot_when_the_delay_is_over() -> None:
    made = detector(HEAT.replace("delay: 10s", "delay: 5s"))
    made.feed(100 * S, 61, now_us=1000 * S)

    verdicts = [made.tick((1000 + s) * S) for s in (4, 5, 6)]

    assert verdicts == [Verdict.HOLD, Verdict.ON, Verdict.ON]


def test_a_value_does_not_stay_too_hot_for_longer_than_it_is_valid() -> None:
    made = detector(HEAT)
    made.feed(100 * S, 61, now_us=1000 * S)

    assert Verdict.HOLD is made.tick(2000 * S)


def noise(count: int, seed: int, spread: float = 0.3) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(12.0, spread, count)


def test_false_alarms_on_normal_noise_are_rare(capsys: pytest.CaptureFixture[str]) -> None:
    hours, rates = 8, {}
    for limit, delay in itertools.product((3, 4, 6), ("0s", "3s")):
        rule = ODD.replace("limit: 6", f"limit: {limit}").replace("delay: 3s", f"delay: {delay}")
        alarms = 0
        for seed in range(3):
            verdicts = [v for v in feed(running(rule), noise(hours * 3600, seed)) if v is not Verdict.HOLD]
            alarms += sum(a is not Verdict.ON and b is Verdict.ON for a, b in itertools.pairwise(verdicts))
        rates[limit, delay] = alarms / (3 * hours)

    with capsys.disabled():
        print("\nfalse alarms an hour at one sample a second:", {f"{k[0]} sigma, {k[1]}": v for k, v in rates.items()})
    assert rates[6, "0s"] == 0
    assert rates[6, "3s"] == rates[4, "3s"] == 0
    assert rates[3, "0s"] < 3600 * 0.0027 * 2


@pytest.mark.parametrize("seed", range(5))
def test_a_step_of_ten_sigma_is_found_within_the_delay_and_one_sample(seed: int) -> None:
    made = running(ODD)
    feed(made, noise(1200, seed))

    verdicts = feed(made, noise(10, seed + 100) + 10 * 0.3, start_s=1200)

    assert Verdict.ON in verdicts[:5]


def test_a_new_course_is_the_usual_one_after_a_while() -> None:
    made = running(ODD)
    feed(made, noise(1200, 1))

    verdicts = feed(made, noise(1800, 2) + 3, start_s=1200)

    assert Verdict.ON in verdicts
    assert Verdict.ON not in verdicts[900:]
    assert Verdict.OFF in verdicts[900:]


def test_one_outlier_raises_nothing_and_teaches_no_more_than_three_sigma() -> None:
    clean, hit = running(ODD), running(ODD)
    feed(clean, noise(1200, 3))
    feed(hit, noise(1200, 3))

    verdict = hit.feed(1200 * S, 1e9)
    clean.feed(1200 * S, 12.0)

    assert Verdict.HOLD is verdict
    assert abs(hit.course.mean - clean.course.mean) < 0.05
    assert hit.course.deviation == pytest.approx(clean.course.deviation, rel=0.1)
    assert Verdict.ON in feed(hit, [15.0] * 10, start_s=1201)


def test_it_says_nothing_before_three_half_lives() -> None:
    made = running(ODD)

    verdicts = feed(made, [*noise(170, 4), *[99.0] * 10])

    assert {Verdict.HOLD} == set(verdicts)


def test_a_machine_that_stands_draws_no_current_and_that_is_no_anomaly() -> None:
    made = running(ODD)
    feed(made, noise(1200, 5))

    made.feed_state(1200 * S, State.DOWN)
    standing = feed(made, [0.3] * 600, start_s=1200)
    made.feed_state(1800 * S, State.RUNNING)
    again = feed(made, noise(60, 6), start_s=1800)

    assert {Verdict.HOLD} == set(standing)
    assert Verdict.ON not in again


def test_a_constant_value_with_one_small_step_is_no_anomaly() -> None:
    made = running(ODD)
    feed(made, [12.0] * 600)

    assert Verdict.ON not in feed(made, [12.05] * 60, start_s=600)
    assert Verdict.ON in feed(made, [14.0] * 10, start_s=660)


def test_time_counts_and_not_the_number_of_samples() -> None:
    often, seldom = running(ODD), running(ODD)
    feed(often, [10.0] * 6000 + [11.0] * 600, every_s=0.1)
    feed(seldom, [10.0] * 300 + [11.0] * 30, every_s=2)

    assert often.course.mean == pytest.approx(seldom.course.mean, abs=0.02)


def test_a_replay_of_the_memory_leads_to_the_same_judgement() -> None:
    lived, replayed = running(ODD), running(ODD)
    values = noise(7200, 7)
    feed(lived, values)
    replayed.feed_state(0, State.RUNNING)
    memory_s = lived.memory_us // S

    feed(replayed, values[-memory_s:], start_s=7200 - memory_s)

    assert replayed.course.mean == pytest.approx(lived.course.mean, abs=0.01)
    assert replayed.course.deviation == pytest.approx(lived.course.deviation, rel=0.02)
