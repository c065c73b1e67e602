"""A row that says something nobody expected: it is passed over, and every other alarm comes."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from alerts.faults import Faults
from alerts.rules.judge import Judge, Round
from alerts.watch import Watch
from config.load import parse_plant
from contract.sample import State, to_us
from runtime.database import connect
from tests.alerts.floor import PLANT, Floor
from tests.alerts.floor import plant_with as simple_plant_with

HOT = "{id: hot, kind: threshold, tag: temperature, above: 60, machines: [press-1]}"
STANDS = "{id: stands, kind: stopped, longer_than: 10s}"
LATE = "{id: late, kind: order_late, by_more_than: 10min}"
LOST = "{id: lost, kind: data_loss}"
ODD = "{id: odd, kind: anomaly, tags: [current], every: 1s, learns: 10s, machines: [press-1]}"
PLC = "{id: plc, kind: plc_alarm}"
WORD = "{name: alarms, role: alarm_word, register: 9, alarms: {0: {en: Door, zh: 门}}}"
MakeWatch = Callable[..., Watch]


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def watch(database: str) -> Iterator[MakeWatch]:
    connections = []

    def make(*rules: str) -> Watch:
        tags = "          - {name: current"
        text = PLANT.replace(tags, f"          - {WORD}\n{tags}")
        plant = parse_plant(f"{text}rules: [{', '.join(rules)}, {PLC}]\n")
        connections.append(connect(database, "alerts"))
        return Watch(connections[-1], plant, threading.Event(), Faults())

    yield make
    for conn in connections:
        conn.close()


def evaluated(made: Watch) -> dict[str, str]:
    """What was passed over in a whole round."""
    while made.round():
        pass
    made.faults.end_of_round()
    return made.faults.last


@pytest.mark.parametrize("late_by", ["250000 years", "-170000000 years"])
def test_an_order_late_by_more_than_all_time_hides_no_other(floor: Floor, watch: MakeWatch, late_by: str) -> None:
    made = watch(LATE)
    floor.order("o-1", "press-1", late_by)
    floor.order("o-2", "press-2", "20 min")

    evaluated(made)

    assert floor.alarms() == [("late", "o-2", "active_unacked")]


def test_an_order_with_an_endless_name_is_passed_over_and_told(floor: Floor, watch: MakeWatch) -> None:
    made = watch(LATE)
    name = "".join(f"{n:x}" for n in range(1400))
    floor.conn.execute("ALTER TABLE work_order DROP CONSTRAINT work_order_pkey CASCADE")
    floor.conn.execute("ALTER TABLE operation DROP CONSTRAINT operation_work_order_step_part_key CASCADE")
    for order in (name, "o-2"):
        floor.order(order, "press-1", "1 h")

    faults = evaluated(made)

    assert floor.alarms() == [("late", "o-2", "active_unacked")]
    assert [what[:13] for what in faults] == ["alarm late on"]
    assert made.journal.open_keys == [("late", "o-2")]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO calendar_week (zone, zone_rules, shifts, by, why, known_from)"
        " VALUES ('UTC', '', '[7]', 'a', 'a', now())",
        "INSERT INTO calendar_override (day, kind, starts, by, why, known_from)"
        " VALUES ('2026-11-30', 'extra', '24:00', 'a', 'a', now())",
    ],
)
def test_a_calendar_that_cannot_be_read_leaves_stops_as_they_are_and_all_else_judged(
    floor: Floor, watch: MakeWatch, statement: str
) -> None:
    made = watch(STANDS, HOT)
    floor.state("press-1", now() - timedelta(minutes=5), State.DOWN)
    evaluated(made)
    floor.conn.execute(statement.encode())
    restarted = watch(STANDS, HOT)
    floor.samples("press-1", "temperature", [(now(), 70.0)])
    faults = evaluated(restarted)
    kept = floor.alarms()
    floor.conn.execute("DELETE FROM calendar_week")
    floor.conn.execute("DELETE FROM calendar_override")

    assert kept == [("stands", "press-1", "active_unacked"), ("hot", "press-1", "active_unacked")]
    assert list(faults) == ["the calendar"]
    assert evaluated(restarted) == {}


def test_a_gap_of_all_numbers_there_are_is_a_loss_and_no_end(floor: Floor, watch: MakeWatch) -> None:
    made = watch(LOST)
    floor.conn.execute(
        "INSERT INTO sequence_gap (node, epoch, first_seq, last_seq, from_at, to_at, certain, cause)"
        " SELECT 'edge-1', epoch, 1, 9223372036854775807, now(), now(), true, 'missing'"
        " FROM generate_series(1, 2) AS epoch"
    )

    assert evaluated(made) == {}
    assert floor.alarms() == [("lost", "edge-1", "active_unacked")]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_a_value_that_is_no_number_says_nothing_and_ends_nothing(floor: Floor, watch: MakeWatch, value: str) -> None:
    made = watch(HOT, ODD)
    for tag in ("alarms", "current"):
        floor.samples("press-1", tag, [(now(), 1.0)])
    floor.conn.execute("UPDATE sample SET value = %s", (value,))
    floor.samples("press-1", "temperature", [(now(), 70.0)])

    assert evaluated(made) == {}
    assert floor.alarms() == [("hot", "press-1", "active_unacked")]


def test_a_state_from_before_all_time_ends_nothing(floor: Floor, watch: MakeWatch) -> None:
    made = watch(STANDS)
    floor.conn.execute("INSERT INTO state_change VALUES ('press-1', '-infinity', 1), ('press-2', '4000-01-01 BC', 1)")
    floor.state("press-1", now() - timedelta(minutes=5), State.DOWN)

    assert evaluated(made) == {}
    assert floor.alarms() == [("stands", "press-1", "active_unacked")]


def test_a_tape_that_cannot_be_judged_hides_no_other_machine() -> None:
    plant = simple_plant_with(f"[{STANDS}]")
    at = to_us(now())
    judge = Judge(plant)
    tapes = {"press-1": [("odd", 5)], "press-2": [(at - 60_000_000, 5)]}

    found = judge.judge(Round(at, at, tapes, [(0, at + 1)], (), ()), [])  # type: ignore[arg-type]  # the odd row

    assert [finding.key for finding in found] == [("stands", "press-2")]
    assert list(judge.faults.now) == ["rule stands on press-1"]


def test_what_could_not_be_read_leaves_alarms_as_they_are() -> None:
    plant = simple_plant_with(f"[{STANDS}, {LATE}, {LOST}]")
    at = to_us(now())
    open_keys = [("stands", "press-1"), ("late", "o-1"), ("lost", "edge-1")]

    assert Judge(plant).judge(Round(at, at, None, None, None, (), None), open_keys) == []
