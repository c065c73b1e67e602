"""An interval that says nine of ten holds nine of ten, on simulated floors that it was not tuned on."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from config.load import load_plant
from mes.facts.model import Int64
from mes.orders.forecast import BIN_US, LEAST_BINS, MINUTE_US, bins_of, forecast
from simulator.floor import Floor
from simulator.pace import Pace
from tests.support.size import WHOLE

DAY_US = 86_400_000_000
# It was tuned on seed 1.
SEEDS, DAYS, ORDERS = ((101, 102), 30, 1000) if WHOLE else ((103,), 8, 240)
HISTORY_BINS = 5 * 288
AT = {"release": 0.0, "half": 0.5, "last quarter": 0.8}


@cache
def floor(seed: int) -> dict[str, Int64]:
    """When the good parts of each machine were made."""
    made = Floor(load_plant(Path("config/demo.yaml")), seed, Pace.normal(), 0)
    made.values_every_us = 2 * DAYS * DAY_US  # currents and temperatures are not looked at here
    found: dict[str, list[int]] = {}
    while made.due_us < DAYS * DAY_US:
        for event in made.step():
            if event.kind == "part" and event.good:
                found.setdefault(event.machine, []).append(event.at_us)
    return {machine: np.array(times) for machine, times in found.items()}


def outcomes() -> dict[str, list[tuple[bool, float]]]:
    """For each moment: whether the interval held the end, and how wide it was relative to the time that was left."""
    draw = np.random.RandomState(7)
    found: dict[str, list[tuple[bool, float]]] = {name: [] for name in AT}
    for seed in SEEDS:
        for times in floor(seed).values():
            bins = np.bincount(times // BIN_US, minlength=DAYS * 288)
            for _ in range(ORDERS // len(SEEDS) // len(floor(seed))):
                start_us = draw.randint(288, (DAYS - 3) * 288) * BIN_US
                quantity = int(np.exp(draw.uniform(np.log(0.5), np.log(24))) * 12 * bins.mean())
                first = int(np.searchsorted(times, start_us))
                for name, share in AT.items():
                    done = int(quantity * share)
                    now_us = int(times[first + done - 1]) if done else start_us
                    history = bins[max(0, now_us // BIN_US - HISTORY_BINS) : now_us // BIN_US]
                    told = forecast(history, quantity - done)
                    assert told is not None
                    left_us = int(times[first + quantity - 1]) - now_us
                    found[name].append((told.low_us <= left_us <= told.high_us, (told.high_us - told.low_us) / left_us))
    return found


@pytest.mark.timeout(900)
def test_nine_of_ten_orders_end_in_their_interval_at_release_at_half_and_in_the_last_quarter(
    capsys: pytest.CaptureFixture[str],
) -> None:
    covered = {}
    for name, rows in outcomes().items():
        covered[name] = float(np.mean([held for held, _ in rows]))
        width = float(np.median([width for _, width in rows]))
        with capsys.disabled():
            print(f"\nforecast at {name}: {covered[name]:.1%} of {len(rows)} orders, median width {width:.0%}", end="")

    assert all(0.85 <= share <= 0.95 for share in covered.values()), covered


def test_the_same_inputs_give_the_same_forecast_and_more_to_do_takes_longer() -> None:
    history = np.random.RandomState(3).poisson(90, 500)
    one, same, more = forecast(history, 5000), forecast(history, 5000), forecast(history, 10_000)

    assert one == same
    assert one is not None
    assert more is not None
    assert one.low_us <= one.middle_us <= one.high_us
    assert more.middle_us > one.middle_us


@pytest.mark.parametrize("history", [np.zeros(500, np.int64), np.full(LEAST_BINS - 1, 90), np.zeros(0, np.int64)])
def test_without_output_or_enough_of_it_there_is_no_forecast(history: Int64) -> None:
    assert forecast(history, 100) is None


def test_what_is_made_already_needs_no_time_and_what_is_too_far_has_no_forecast() -> None:
    history = np.full(100, 90)

    assert forecast(history, 0) == forecast(history, -5)
    assert forecast(history, 10**9) is None


def test_bins_are_of_worked_minutes_only() -> None:
    minutes = np.arange(100, 130)
    worked = [(100 * MINUTE_US + 1, 108 * MINUTE_US), (120 * MINUTE_US, 124 * MINUTE_US + 5)]

    # 101 to 107 and 120 to 123 are whole: eleven, of which the oldest does not fill a bin.
    assert bins_of(minutes, minutes, worked).tolist() == [102 + 103 + 104 + 105 + 106, 107 + 120 + 121 + 122 + 123]
    assert bins_of(minutes, minutes, []).tolist() == []
