"""Every alarm speaks both languages."""

from datetime import timedelta

import pytest

from alerts.alarms.texts import span_en, span_zh, text_of
from tests.alerts.floor import plant_with


@pytest.mark.parametrize(
    ("span", "en", "zh"),
    [
        (timedelta(milliseconds=500), "0.5 s", "0.5 秒"),
        (timedelta(seconds=90), "1 min 30 s", "1 分钟 30 秒"),
        (timedelta(minutes=2), "2 min", "2 分钟"),
        (timedelta(hours=1, minutes=29, seconds=40), "1 h 30 min", "1 小时 30 分钟"),
        (timedelta(days=2), "48 h", "48 小时"),
    ],
)
def test_a_span_is_said_as_people_say_it(span: timedelta, en: str, zh: str) -> None:
    assert (en, zh) == (span_en(span), span_zh(span))


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
            "{id: r, kind: anomaly, tag: current}",
            25.1,
            "Press 1: current 25.1 A, unlike its recent course",
            "压力机 1：current 25.1 A，偏离近期正常值",
        ),
    ],
)
def test_an_alarm_says_what_is_wrong_in_both_languages(rule: str, detail: float | None, en: str, zh: str) -> None:
    plant = plant_with(f"[{rule}]")

    text = text_of(plant, plant.rules[0], "press-1", detail)

    assert (en, zh) == (text.en, text.zh)
