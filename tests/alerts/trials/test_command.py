"""`shopfloor alerts try`: what it prints, and that it writes nothing; kinds that rest on tapes, words and learning."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.trials.store import try_rule
from config.load import parse_plant
from contract.sample import State, to_us
from runtime.database import connect
from shopfloor import main
from tests.alerts.floor import PLANT, Floor
from tests.alerts.rules.counting import counting_plant, counting_text

BEGIN = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOT = "{id: hot, kind: threshold, tag: temperature, above: 60, machines: [press-1]}"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def heated(floor: Floor) -> None:
    values = [50] * 10 + [65] * 30 + [50] * 10
    floor.samples("press-1", "temperature", [(BEGIN + i * SECOND, value) for i, value in enumerate(values)])


def test_a_rule_of_another_plant_file_is_tried_by_a_command(
    database: str,
    floor: Floor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    heated(floor)
    candidate = tmp_path / "candidate.yaml"
    candidate.write_text(counting_text(f"[{HOT}]"), encoding="utf-8")
    monkeypatch.setenv("SHOPFLOOR_DATABASE", database)
    span = ["--from", "2026-11-23T08:00:00Z", "--to", "2026-11-23T09:00:00Z", "--plant", str(candidate)]

    codes = [main(["alerts", "try", rule, *span]) for rule in ("hot", "cold")]

    said = capsys.readouterr()
    assert codes == [0, 2]
    assert "Press 1: temperature 65 °C, above 60 °C" in said.out
    assert "hot: 1 x in 1 h; messages: 2" in said.out
    assert "'cold' is no rule of the plant file; they are hot" in said.err
    assert floor.rows("SELECT count(*) FROM alarm") == [(0,)]


def test_silence_of_a_whole_line_is_found_as_one(database: str, floor: Floor) -> None:
    plant = counting_plant("[{id: silent, kind: no_data, longer_than: 1min}]")
    for machine in ("press-1", "press-2"):
        for minute, state in ((0, State.RUNNING), (10, State.NO_DATA), (20, State.RUNNING)):
            floor.state(machine, BEGIN + minute * MINUTE, state)

    with connect(database, "alerts") as conn:
        times = try_rule(conn, plant, plant.rules[0], BEGIN, BEGIN + 30 * MINUTE)

    assert {one.subject for one in times if one.machine} == {"press-1", "press-2"}
    assert any(one.machine is None for one in times)
    for one in times:
        assert one.end_us is not None
        assert 530 <= (one.end_us - one.begin_us) / 1e6 <= 545


def test_each_bit_of_an_alarm_word_is_tried(database: str, floor: Floor) -> None:
    word = "{name: alarms, role: alarm_word, register: 20, alarms: {0: Door open, 3: Oil low}}"
    marker = "          - {name: current, register: 3, type: float32, unit: A}"
    plant = parse_plant(
        PLANT.replace(marker, f"{marker}\n          - {word}") + "rules: [{id: plc, kind: plc_alarm}]\n"
    )
    floor.samples("press-1", "alarms", [(BEGIN + i * SECOND, value) for i, value in enumerate((0, 1, 9, 8, 0))])

    with connect(database, "alerts") as conn:
        times = try_rule(conn, plant, plant.rules[0], BEGIN - SECOND, BEGIN + MINUTE)

    assert [(one.subject, one.text.en) for one in times] == [
        ("press-1/alarms/0", "Press 1: Door open"),
        ("press-1/alarms/3", "Press 1: Oil low"),
    ]


def test_an_anomaly_rule_learns_before_the_span_and_judges_in_it(database: str, floor: Floor) -> None:
    rule = "{id: odd, kind: anomaly, tags: [current], every: 10s, learns: 10min, machines: [press-1]}"
    plant = counting_plant(f"[{rule}]")
    floor.samples("press-1", "state", [(BEGIN + i * 5 * SECOND, float(State.RUNNING)) for i in range(600)])
    floor.samples("press-1", "current", [(BEGIN + i * 5 * SECOND, 7.0 + i % 3 / 10 + (i > 540)) for i in range(600)])

    with connect(database, "alerts") as conn:
        times = try_rule(conn, plant, plant.rules[0], BEGIN + 40 * MINUTE, BEGIN + 50 * MINUTE)

    assert times
    assert all(one.begin_us >= to_us(BEGIN + 45 * MINUTE) for one in times)
    assert times[0].machine == "press-1"
