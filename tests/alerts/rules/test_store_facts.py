"""Facts on a real database → alarms about states, parts and OEE."""

import threading
from datetime import UTC, datetime, timedelta

from alerts.rules.figures import HourSums, sums_over
from alerts.rules.store_facts import read_hours
from alerts.watch import Watch
from contract.sample import State
from mes.kpi.elements import NAMES
from runtime.database import connect
from tests.alerts.floor import Floor
from tests.alerts.rules.counting import counting_plant

HOUR = timedelta(hours=1)
RULES = """[
 {id: scrap, kind: scrap_rate, above: 0.05, over: 1h, machines: [press-1]},
 {id: slow, kind: slow_cycle, slower_by: 0.2, over: 10min, machines: [press-1]},
 {id: silent-counter, kind: counter_silent, longer_than: 1min, machines: [press-2]},
 {id: setup, kind: state_too_long, states: [setup], longer_than: 5min},
 {id: oee, kind: oee_low, below: 0.6, machines: [press-1]},
 {id: line-oee, kind: oee_low, below: 0.6, lines: [line-1]}]"""


def counts(floor: Floor, counter: str, times: list[datetime], parts: int = 1) -> None:
    for at in times:
        floor.conn.execute(
            "INSERT INTO count_step (machine, counter, at, since, parts, most, bridged)"
            " VALUES ('press-1', %s, %s, %s, %s, %s, false)",
            (counter, at, at, parts, parts),
        )


def hour_of(floor: Floor, equipment: str, hour: datetime, oee: float) -> None:
    elements = [0] * len(NAMES)
    for name, value in (("planned", 3600), ("no_data", 60), ("running_uncounted", 40), ("ideal_good", 3500 * oee)):
        elements[NAMES.index(name)] = int(value * 1_000_000)
    floor.conn.execute("INSERT INTO equipment_hour VALUES (%s, %s, 'x', false, %s)", (equipment, hour, elements))


def test_what_mes_knows_of_states_parts_and_hours_raises_alarms(database: str, floor: Floor) -> None:
    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0) - HOUR
    floor.state("press-1", now - 2 * HOUR, State.RUNNING)
    floor.state("press-2", now - timedelta(minutes=3), State.RUNNING)
    floor.state("press-2", now - timedelta(minutes=20), State.SETUP)
    floor.conn.execute(
        "INSERT INTO ideal_cycle (machine, from_at, cycle_us, source, by, why, known_from)"
        " VALUES ('press-1', '2020-01-01Z', 2000000, 'api', 'x', 'x', now())"
    )
    counts(floor, "total", [now - timedelta(seconds=3 * i + 1) for i in range(100)])
    counts(floor, "scrap", [now - timedelta(minutes=2)], parts=9)
    hour_of(floor, "press-1", hour, 0.7)
    hour_of(floor, "line-1", hour, 0.5)

    with connect(database, "alerts") as conn:
        Watch(conn, counting_plant(RULES), threading.Event()).round()

    assert floor.rows("SELECT rule, subject, machine FROM alarm ORDER BY rule") == [
        ("line-oee", "line-1", None),
        ("scrap", "press-1", "press-1"),
        ("silent-counter", "press-2", "press-2"),
        ("slow", "press-1", "press-1"),
    ]
    [(detail,)] = floor.rows("SELECT detail FROM alarm_journal j JOIN alarm a ON a.id = j.alarm WHERE rule = 'scrap'")
    assert (detail["scrap"], detail["parts"], detail["limit"]) == (9, 100, 0.05)


def test_the_sums_of_an_hour_are_those_that_mes_means(database: str, floor: Floor) -> None:
    hour = datetime(2026, 11, 23, 8, tzinfo=UTC)
    hour_of(floor, "press-1", hour, 0.5)

    with connect(database, "alerts") as conn:
        known = read_hours(conn, ["press-1"], hour, hour + HOUR)["press-1"]

    assert known[hour] == HourSums(3_600_000_000, 100_000_000, 1_750_000_000)
    assert sums_over(known, HOUR, hour + timedelta(hours=1, minutes=20)) == known[hour]
    assert None is sums_over(known, 2 * HOUR, hour + HOUR)
