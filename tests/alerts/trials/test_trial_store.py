"""A rule over stored samples: what the watch raised while it happened is what the trial finds afterwards."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from alerts.trials.printed import lines_of
from alerts.trials.store import NotTriable, try_rule
from alerts.watch import Watch
from config.load import parse_plant
from contract.sample import to_us
from runtime.database import connect
from tests.alerts.floor import Floor
from tests.alerts.rules.counting import counting_plant, counting_text

SECOND = timedelta(seconds=1)
TEXT = "temperature > 60 and current > 2"
RULES = {
    "hot": "{id: hot, kind: threshold, tag: temperature, above: 60, deadband: 2, delay: 700ms, off_delay: 300ms}",
    "rises": "{id: rises, kind: rate_of_change, tag: temperature, above: 15, within: 1s}",
    "both": f'{{id: both, kind: expression, if: "{TEXT}", delay: 500ms}}',
}
VALUES = [50, 50, 61, 62, 63, 64, 65, 50, 49, 48, 47, 66, 67, 68, 69, 70, 71, 72, 73, 52, 51, 50]


@pytest.mark.parametrize("rule", RULES)
def test_a_trial_finds_what_the_watch_raised(rule: str, database: str, floor: Floor) -> None:
    plant = counting_plant(f"[{RULES[rule]}]")
    begin = datetime.now(UTC) - 6 * SECOND
    with connect(database, "alerts") as conn:
        watch = Watch(conn, plant, threading.Event())
        for tag, values in (("temperature", VALUES), ("current", [3] * len(VALUES))):
            floor.samples("press-1", tag, [(begin + i * SECOND / 4, value) for i, value in enumerate(values)])
        while watch.round():
            pass
        events = [one for one in floor.events() if one in ("raised", "raised_again", "cleared")]
        times = try_rule(conn, plant, plant.rules[0], begin - SECOND, begin + 6 * SECOND)
        rows = floor.rows("SELECT count(*) FROM alarm_journal")

    assert events
    assert len(times) + sum(one.end_us is not None for one in times) == len(events)
    assert rows == floor.rows("SELECT count(*) FROM alarm_journal")


def test_the_command_prints_each_time_and_a_sum(database: str, floor: Floor) -> None:
    plant = parse_plant(counting_text(f"[{RULES['hot']}]"))
    begin = datetime(2026, 11, 23, 8, tzinfo=UTC)
    floor.samples(
        "press-1", "temperature", [(begin + i * SECOND, v) for i, v in enumerate([50] * 10 + [65] * 60 + [50] * 10)]
    )
    end = begin + timedelta(minutes=5)
    with connect(database, "alerts") as conn:
        times = try_rule(conn, plant, plant.rules[0], begin, end)

    first, by_machine, last = lines_of(plant, plant.rules[0], times, (to_us(begin), to_us(end)))

    assert first.startswith("2026-11-23 08:00:1")
    assert "Press 1: temperature 65 °C, above 60 °C for 0.7 s" in first
    assert by_machine.startswith("press-1: 1 x, 1 min ")
    assert last == "hot: 1 x in 5 min; messages: 2 (no channel: 'notify' is empty)"


@pytest.mark.parametrize(
    ("rule", "days", "told"),
    [
        ("{id: late, kind: order_late}", 1, "cannot be tried: what was expected of orders"),
        (RULES["hot"], 40, "the end is after the begin, by 31 days at most"),
        (RULES["hot"], -1, "the end is after the begin"),
    ],
)
def test_what_cannot_be_tried_says_why(rule: str, days: int, told: str, database: str) -> None:
    plant, now = counting_plant(f"[{rule}]"), datetime.now(UTC)

    with connect(database, "alerts") as conn, pytest.raises(NotTriable) as found:
        try_rule(conn, plant, plant.rules[0], now - timedelta(days=days), now)

    assert told in str(found.value)
