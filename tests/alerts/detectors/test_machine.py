"""An anomaly rule on a machine of the plant file."""

from datetime import timedelta

import numpy as np

from alerts.detectors.machine import Deviation, MachineAnomalies, watched_tags
from alerts.rules.tapes import Verdict
from config.rules.kinds import Anomaly
from contract.sample import State
from tests.alerts.floor import plant_with

S = 1_000_000
RULE = "{id: odd, kind: anomaly, budget: 1/day, every: 10s, learns: 1h}"
HOT = "{id: hot, kind: threshold, tag: temperature, above: 80}"


def made() -> MachineAnomalies:
    plant = plant_with(f"[{RULE}, {HOT}]")
    rule = plant.rules[0]
    assert isinstance(rule, Anomaly)
    return MachineAnomalies(rule, plant.machine("press-1"), plant.rules)


def live(one: MachineAnomalies, start: int, count: int, hotter: float = 0.0) -> list[tuple[Verdict, Deviation | None]]:
    """A sample of each tag every two seconds."""
    rng = np.random.default_rng(start)
    found = []
    for second in range(start, start + count, 2):
        values = {
            "state": float(State.RUNNING),
            "temperature": 61 + rng.normal() + hotter,
            "current": 12 + rng.normal(),
        }
        for tag, value in values.items():
            found += one.feed(second * S, tag, value)
    return found


def test_it_watches_the_numbers_of_the_machine_and_hears_its_state() -> None:
    one = made()

    assert one.tags == ("temperature", "current")
    assert one.hears == {"temperature", "current", "state"}
    assert one.limits["temperature"] == (80.0,)


def test_a_rule_may_name_its_tags() -> None:
    plant = plant_with("[{id: odd, kind: anomaly, tags: [current]}]")
    rule = plant.rules[0]
    assert isinstance(rule, Anomaly)

    assert watched_tags(rule, plant.machine("press-1")) == ("current",)
    assert rule.learns == timedelta(hours=24)


def test_what_is_unusual_is_raised_with_its_reason_and_over_when_it_is_over() -> None:
    one = made()
    learning = live(one, 0, 6 * 3600)

    verdicts = live(one, 6 * 3600, 60, hotter=20)
    after = live(one, 6 * 3600 + 60, 600)

    assert {verdict for verdict, _ in learning[:300]} == {Verdict.HOLD}
    on = [deviation for verdict, deviation in verdicts if verdict is Verdict.ON]
    assert on
    assert on[0] is not None
    assert on[0].tags[0].tag == "temperature"
    assert abs(on[0].tags[0].usual - 61) < 1
    assert after[-1][0] is Verdict.OFF


def test_after_a_restart_it_goes_on_where_a_block_ended() -> None:
    lived, again = made(), made()
    live(lived, 0, 6 * 3600)
    kept, until_us = lived.to_bytes(), lived.saved_us

    again.take_in(kept, until_us)
    live(again, until_us // S - until_us // S % 2, 6 * 3600 - until_us // S)

    assert again.made.learned_us == lived.made.learned_us
    assert {row["tag"] for row in again.told()} == {"temperature", "current"}
