"""How long, as people say it."""

from datetime import timedelta

import pytest

from alerts.alarms.spans import span_en, span_zh


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
