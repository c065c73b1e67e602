"""What an alarm about values, states, parts or OEE says, in both languages."""

from datetime import timedelta

import pytest

from alerts.alarms.texts import text_of
from alerts.rules.figures import Pace, Scrap
from tests.alerts.rules.counting import counting_plant

SAID = [
    (
        "kind: rate_of_change, tag: temperature, above: 5, within: 1min",
        7.25,
        "temperature rose by 7.25 °C within 1 min, more than 5",
        "temperature 在 1 分钟内上升 7.25 °C，超过 5",
    ),
    (
        "kind: rate_of_change, tag: temperature, below: 5, within: 1min",
        -7.25,
        "temperature fell by 7.25 °C within 1 min, more than 5",
        "temperature 在 1 分钟内下降 7.25 °C，超过 5",
    ),
    (
        "kind: stuck, tag: current, longer_than: 5min",
        7.0,
        "current has not moved at 7 for 5 min while the machine ran",
        "current 在运行中 5 分钟没有变化（7）",
    ),
    (
        "kind: expression, if: current > 2, delay: 5s",
        "current 3 A",
        "current > 2 for 5 s: current 3 A",
        "current > 2 持续 5 秒：current 3 A",
    ),
    (
        "kind: state_too_long, states: [setup], longer_than: 45min",
        timedelta(minutes=46),
        "in setup for more than 45 min",
        "处于“换型”超过 45 分钟",
    ),
    (
        "kind: counter_silent, longer_than: 1min",
        None,
        "runs, but has counted no part for 1 min",
        "在运行，但 1 分钟没有计数",
    ),
    (
        "kind: slow_cycle, slower_by: 0.2, over: 10min",
        Pace(2_600_000, 2_000_000),
        "2.6 s for a part, ideal 2 s: 30% slower, limit 20%",
        "每件 2.6 秒，理想 2 秒：慢 30%，限值 20%",
    ),
    (
        "kind: scrap_rate, above: 0.05, over: 1h",
        Scrap(8, 100),
        "scrap 8.0% (8 of 100 parts), above 5.0%",
        "废品率 8.0%（100 件中 8 件），高于 5.0%",
    ),
    ("kind: oee_low, below: 0.6", 0.512, "OEE 51.2%, below 60% over 1 h", "OEE 51.2%，最近 1 小时低于 60%"),
]


@pytest.mark.parametrize(("rule", "detail", "en", "zh"), SAID)
def test_an_alarm_says_value_and_limit(rule: str, detail: object, en: str, zh: str) -> None:
    plant = counting_plant(f"[{{id: x, {rule}}}]")

    text = text_of(plant, plant.rules[0], "press-1", detail)

    assert (f"Press 1: {en}", f"压力机 1：{zh}") == (text.en, text.zh)


@pytest.mark.parametrize("rule", [rule for rule, *_ in SAID])
def test_what_is_not_known_is_left_out(rule: str) -> None:
    plant = counting_plant(f"[{{id: x, {rule}}}]")

    assert "None" not in text_of(plant, plant.rules[0], "press-1").en


def test_an_alarm_about_a_line_names_it() -> None:
    plant = counting_plant("[{id: x, kind: oee_low, below: 0.6, lines: [line-1]}]")

    assert text_of(plant, plant.rules[0], "line-1", 0.5).en.startswith("Line 1: OEE 50.0%")
