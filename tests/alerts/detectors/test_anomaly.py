"""One machine: what is unusual is found, and the budget of false alarms is kept."""

import numpy as np
import pytest

from alerts.detectors.anomaly import SETTLED_BLOCKS, Anomalies, Budget, Figure

MINUTE = 60_000_000
HOUR = 60 * MINUTE
WEEK = Budget(1, 168 * HOUR, 24 * HOUR)
USUAL = np.array([61.0, 12.0, 4.0])


class Machine:
    """Three tags, a cell a minute: a temperature that wanders, a current with noise, a pressure."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.made = Anomalies([0.1, 0.01, 0.01], MINUTE, 60, WEEK)
        self.at, self.drift = 0, 0.0

    def run(self, hours: float, off: tuple[float, float, float] = (0, 0, 0), an_hour: float = 0.0) -> list[bool]:
        """`off` is added, and to the temperature `an_hour` more each hour; whether an alarm stood, by cell."""
        found = []
        for cell in range(int(hours * 60)):
            self.drift += -self.drift / 120 + self.rng.normal(scale=0.08)
            noise = self.rng.normal(size=3) * (0.1, 0.2, 0.02) + (self.drift, 0, 0)
            extra = np.array(off) + np.array((an_hour * cell / 60, 0, 0))
            found.append(self.made.step(self.at, USUAL + noise + extra).open)
            self.at += MINUTE
        return found


@pytest.fixture(scope="module")
def learned() -> Machine:
    made = Machine(1)
    assert not any(made.run(23))
    made.run(60)
    assert made.made.ready
    return made


def alarms(found: list[bool]) -> int:
    return sum(b and not a for a, b in zip([False, *found], found, strict=False))


def test_a_jump_is_found_within_a_cell_and_ends_with_it(learned: Machine) -> None:
    found = learned.run(0.2, off=(0, 3, 0))

    assert found[0]
    assert learned.made.parts(Figure.VALUE).argmax() == 1
    assert not learned.run(1)[-1]


def test_a_slow_drift_is_found_and_its_beginning_known() -> None:
    made = Machine(2)
    made.run(168)
    began = made.at

    hours = 0
    while hours < 18 and not any(made.run(1, off=(0.25 * hours, 0, 0), an_hour=0.25)):
        hours += 1

    assert hours < 18
    assert abs(made.made.cusum.began_us(0) - began) < 8 * HOUR


def test_nothing_is_raised_before_enough_good_time_was_seen() -> None:
    made = Machine(3)
    made.run(20)

    assert not any(made.run(1, off=(0, 50, 0)))


def test_what_lasts_for_a_shift_is_what_the_machine_does_now() -> None:
    made = Machine(4)
    made.run(60)

    found = made.run(SETTLED_BLOCKS + 40, off=(0, 0, 0.4))

    assert found[2]
    assert not any(found[(SETTLED_BLOCKS + 1) * 60 :])


def test_a_new_product_is_learned_before_it_is_judged() -> None:
    made = Machine(5)
    made.run(60)

    verdicts = [made.made.step(made.at + i * MINUTE, USUAL + 20, "other").open for i in range(50)]

    assert not any(verdicts)


def test_the_budget_is_kept_over_machine_weeks() -> None:
    came = 0
    for seed in range(2):
        made = Machine(10 + seed)
        made.run(48)
        came += alarms(made.run(168))

    assert came <= 2 * 2
