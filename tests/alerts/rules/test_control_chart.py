"""Means of a value as points of a control chart: which pattern calls, what is no point, and what is said of it."""

import pytest

from alerts.alarms.measured import measured
from alerts.rules.control_chart import ControlChart
from alerts.rules.signals import signals_of
from alerts.rules.tapes import Verdict
from config.load import BadPlantFile
from config.rules.values import SpcRule
from contract.sample import State
from tests.alerts.floor import plant_with

S = 1_000_000
RULE = "{id: c, kind: spc, tag: temperature, centre: 50, sigma: 2, every: 10s, machines: [press-1]%s}"


def chart(more: str = "") -> ControlChart:
    [made] = signals_of(plant_with(f"[{RULE % more}]"))
    assert isinstance(made, ControlChart)
    return made


def told(made: ControlChart, *means: float | None, state: State = State.RUNNING) -> list[tuple[str, object]]:
    """What each slice of ten seconds says once it has ended; None: nothing was read in it."""
    found = []
    for nth, mean in enumerate([*means, 50.0], start=1000):
        made.feed(nth * 10 * S, "state", float(state), None)
        verdict, detail = made.feed((nth * 10 + 1) * S, "temperature", mean, None)
        found.append((verdict.name, detail))
        made.feed((nth * 10 + 5) * S, "temperature", mean, None)
    return found[1:]


@pytest.mark.parametrize(
    ("rules", "means", "verdicts"),
    [
        ("limits", (51, 49, 56.1, 50), "OFF OFF ON OFF"),
        ("limits", (55.9, 55.9, 55.9), "OFF OFF OFF"),
        # Two of three beyond two sigma on one side.
        ("western_electric", (54.5, 50, 54.5, 50), "OFF OFF ON OFF"),
        ("western_electric", (54.5, 45.5, 54.5), "OFF OFF ON"),
        ("western_electric", (50.5,) * 8, " ".join(["OFF"] * 7 + ["ON"])),
        # Six that rise one after the other.
        ("nelson", (48, 48.5, 49, 49.5, 50.2, 50.8), "OFF OFF OFF OFF OFF ON"),
    ],
)
def test_a_pattern_of_means_calls(rules: str, means: tuple[float, ...], verdicts: str) -> None:
    assert verdicts.split() == [verdict for verdict, _ in told(chart(f", rules: {rules}"), *means)]


def test_what_was_not_read_or_not_running_is_no_point_and_breaks_a_run() -> None:
    assert told(chart(), *[50.5] * 7, None, 50.5)[-1][0] == "OFF"
    assert {"HOLD"} == {verdict for verdict, _ in told(chart(), 60, 60, 60, state=State.STOPPED)}


def test_a_silence_breaks_a_run_and_a_late_sample_changes_nothing() -> None:
    made = chart()
    told(made, *[50.5] * 7)
    made.feed(12_000 * S, "state", float(State.RUNNING), None)

    assert made.feed(10_000 * S, "temperature", 99, None) == (Verdict.HOLD, None)
    assert Verdict.ON is not made.feed(12_001 * S, "temperature", 50.5, None)[0]
    assert Verdict.OFF is made.feed(12_011 * S, "temperature", 50.5, None)[0]


def test_the_alarm_names_the_rule_the_mean_and_the_limits() -> None:
    plant = plant_with(f"[{RULE % ''}]")
    [rule] = plant.rules
    assert isinstance(rule, SpcRule)
    detail = told(chart(), 57)[0][1]

    en, zh = measured(plant, rule, "press-1", detail)

    assert en == "temperature out of statistical control about 50 ± 6: western_electric_1, 57"
    assert zh == "temperature 失控（控制限 50 ± 6）：western_electric_1, 57"


def test_a_tag_that_is_not_there_is_told_when_the_plant_file_is_read() -> None:
    with pytest.raises(BadPlantFile, match="torque"):
        plant_with("[{id: c, kind: spc, tag: torque, centre: 5, sigma: 1, machines: [press-1]}]")
