"""Thresholds and anomalies: what is found, how often the alarm is false, and that an outlier teaches little."""

from collections.abc import Iterable

import pytest

from alerts.detectors.values import Detector
from alerts.rules.tapes import Verdict
from tests.alerts.floor import plant_with

S = 1_000_000
HEAT = "{id: hot, kind: threshold, tag: temperature, above: 60, delay: 10s, deadband: 2}"
COLD = "{id: cold, kind: threshold, tag: temperature, below: 5, deadband: 1}"


def detector(rule: str) -> Detector:
    plant = plant_with(f"[{rule}]")
    return Detector(plant.rules[0], plant.machine("press-1"))  # type: ignore[arg-type]  # one of the two kinds


def feed(made: Detector, values: Iterable[float | None], start_s: float = 0, every_s: float = 1) -> list[Verdict]:
    return [
        made.feed(int((start_s + i * every_s) * S), None if value is None else float(value))
        for i, value in enumerate(values)
    ]


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


def test_a_threshold_clears_only_after_its_off_delay() -> None:
    made = detector(HEAT.replace("delay: 10s", "delay: 0s, off_delay: 3s"))

    verdicts = [verdict.name for verdict in feed(made, [61, 50, 50, 59, 50, 50, 50, 50])]

    assert verdicts == ["ON", *["HOLD"] * 6, "OFF"]


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
