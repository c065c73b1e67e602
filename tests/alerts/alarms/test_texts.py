"""Every alarm speaks both languages."""

import pytest

from alerts.alarms.texts import text_of
from alerts.detectors.anomaly import Figure
from alerts.detectors.machine import Deviation, TagDeviation
from tests.alerts.floor import plant_with


@pytest.mark.parametrize(
    ("rule", "detail", "en", "zh"),
    [
        (
            "{id: r, kind: stopped, longer_than: 2min}",
            None,
            "Press 1: stands, for more than 2 min of planned time",
            "压力机 1：计划时间内停机超过 2 分钟",
        ),
        (
            "{id: r, kind: no_data, longer_than: 30s}",
            None,
            "Press 1: no data for more than 30 s",
            "压力机 1：无数据超过 30 秒",
        ),
        (
            "{id: r, kind: threshold, tag: temperature, above: 75, delay: 10s}",
            78.25,
            "Press 1: temperature 78.25 °C, above 75 °C for 10 s",
            "压力机 1：temperature 78.25 °C，高于 75 °C 持续 10 秒",
        ),
        (
            "{id: r, kind: threshold, tag: temperature, below: -5}",
            -6.0,
            "Press 1: temperature -6 °C, below -5 °C",
            "压力机 1：temperature -6 °C，低于 -5 °C",
        ),
        (
            "{id: r, kind: anomaly, tags: [current]}",
            Deviation(Figure.VALUE, 1.2, (TagDeviation("current", 25.1, 12.0, 1.5, 1.0),)),
            "Press 1: current 25.1 A, usually 12 ± 1.5 A",
            "压力机 1：current 25.1 A，通常 12 ± 1.5 A",
        ),
    ],
)
def test_an_alarm_says_what_is_wrong_in_both_languages(
    rule: str, detail: float | Deviation | None, en: str, zh: str
) -> None:
    plant = plant_with(f"[{rule}]")

    text = text_of(plant, plant.rules[0], "press-1", detail)

    assert (en, zh) == (text.en, text.zh)
