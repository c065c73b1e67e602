"""Rounds on a real database: what is read, raised, acknowledged, cleared and kept over a restart."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest

from alerts.watch import Watch
from config.plant import Plant
from contract.sample import State
from runtime.database import connect
from tests.alerts.floor import Floor, plant_with

HOT = "{id: hot, kind: threshold, tag: temperature, above: 60, deadband: 2, machines: [press-1], notify: [chat, desk]}"
SLOW_HOT = HOT.replace("deadband: 2", "deadband: 2, delay: 2s")
STANDS = "{id: stands, kind: stopped, longer_than: 2min, priority: high}"
SILENT = "{id: silent, kind: no_data, longer_than: 30s}"
ODD = "{id: odd, kind: anomaly, tags: [current], every: 1s, learns: 120s, budget: 10/day, machines: [press-1]}"
LATE = "{id: late, kind: order_late, by_more_than: 10min}"
CHANNELS = "[{id: chat, kind: webhook, url_env: CHAT}, {id: desk, kind: webhook, url_env: DESK}]"
MakeWatch = Callable[[str], Watch]


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def watch(database: str) -> Iterator[MakeWatch]:
    """Makes a watch with rules; each is what a start of the service makes."""
    connections = []

    def make(rules: str) -> Watch:
        plant: Plant = plant_with(f"[{rules}]", CHANNELS)
        connections.append(connect(database, "alerts"))
        return Watch(connections[-1], plant, threading.Event())

    yield make
    for conn in connections:
        conn.close()


def rounds(made: Watch) -> None:
    while made.round():
        pass


def test_too_hot_is_raised_once_cleared_and_raised_again(watch: MakeWatch, floor: Floor) -> None:
    made = watch(HOT)
    conditions = []
    for value in (50, 61, 65, 59, 57, 66):
        floor.samples("press-1", "temperature", [(now(), value)])
        rounds(made)
        conditions.append([condition for _, _, condition in floor.alarms()])

    active, cleared = ["active_unacked"], ["cleared_unacked"]
    assert [[], active, active, active, cleared, active] == conditions
    assert floor.events() == ["raised", "cleared", "raised_again"]
    assert floor.rows("SELECT substr(text_en, 10) FROM alarm") == [("temperature 66 °C, above 60 °C",)]


def test_each_line_of_the_journal_is_due_for_each_channel(watch: MakeWatch, floor: Floor) -> None:
    made = watch(HOT)
    floor.samples("press-1", "temperature", [(now(), 61), (now(), 50)])
    rounds(made)

    assert floor.rows(
        "SELECT event, channel FROM delivery JOIN alarm_journal j ON j.id = journal ORDER BY j.id, channel"
    ) == [("raised", "chat"), ("raised", "desk"), ("cleared", "chat"), ("cleared", "desk")]


def test_a_peak_within_one_frame_is_not_missed(watch: MakeWatch, floor: Floor) -> None:
    made = watch(HOT)
    start = now()
    floor.samples("press-1", "temperature", [(start + seconds(i / 10), v) for i, v in enumerate((50, 70, 50))])
    rounds(made)

    assert floor.events() == ["raised", "cleared"]


def test_acknowledging_is_journaled_once_with_who_and_why(watch: MakeWatch, floor: Floor) -> None:
    made = watch(HOT)
    floor.samples("press-1", "temperature", [(now(), 61)])
    rounds(made)
    floor.acknowledge(1, by="wang", comment="cooling checked")
    floor.acknowledge(1, by="li")
    rounds(made)
    rounds(made)

    assert floor.rows("SELECT condition, acked_by FROM alarm") == [("active_acked", "wang")]
    assert floor.rows("SELECT by, comment, request FROM alarm_journal WHERE event = 'acknowledged'") == [
        ("wang", "cooling checked", 1)
    ]


def test_an_alarm_that_is_over_makes_room_for_a_new_one(watch: MakeWatch, floor: Floor) -> None:
    made = watch(HOT)
    for value in (61, 50, 62):
        floor.samples("press-1", "temperature", [(now(), value)])
        rounds(made)
        floor.acknowledge(1)
        rounds(made)

    assert floor.alarms() == [("hot", "press-1", "normal"), ("hot", "press-1", "active_unacked")]


def test_a_request_from_before_it_was_raised_again_does_not_count(watch: MakeWatch, floor: Floor) -> None:
    made = watch(HOT)
    floor.samples("press-1", "temperature", [(now(), 61), (now(), 50)])
    rounds(made)
    floor.acknowledge(1)
    floor.conn.execute("UPDATE alarm_request SET at = at - interval '1 hour'")
    rounds(made)

    assert floor.alarms() == [("hot", "press-1", "cleared_unacked")]


def test_bad_quality_and_old_backlog_and_broken_clocks_raise_nothing(watch: MakeWatch, floor: Floor) -> None:
    made = watch(HOT)
    floor.samples("press-1", "temperature", [(now(), None)])
    floor.samples("press-1", "temperature", [(now() - seconds(600), 99)], backlog=True)
    floor.samples("press-1", "temperature", [(now() - seconds(600), 99)], backlog=True, edge_at=now())
    floor.samples("press-1", "temperature", [(now() - seconds(600), 99)])
    floor.samples("press-1", "temperature", [(now() + timedelta(days=3), 99)])
    rounds(made)

    assert floor.alarms() == []


def test_a_device_whose_clock_is_ten_seconds_slow_still_raises(watch: MakeWatch, floor: Floor) -> None:
    made = watch(HOT)
    floor.samples("press-1", "temperature", [(now() - seconds(8), 61)], edge_at=now())
    rounds(made)

    assert floor.alarms() == [("hot", "press-1", "active_unacked")]


def test_a_restart_raises_nothing_new_and_loses_nothing(watch: MakeWatch, floor: Floor) -> None:
    before = watch(HOT)
    floor.samples("press-1", "temperature", [(now(), 61)])
    rounds(before)
    rounds(watch(HOT))
    assert floor.events() == ["raised"]

    floor.samples("press-1", "temperature", [(now(), 50)])
    rounds(watch(HOT))
    floor.samples("press-1", "temperature", [(now(), 70), (now(), 50)])
    rounds(watch(HOT))

    assert floor.events() == ["raised", "cleared", "raised_again", "cleared"]


def test_a_delay_goes_on_over_a_restart(watch: MakeWatch, floor: Floor) -> None:
    before = watch(SLOW_HOT)
    start = now() - seconds(2)
    floor.samples("press-1", "temperature", [(start, 61), (start + seconds(1), 61)])
    rounds(before)
    assert floor.alarms() == []

    after = watch(SLOW_HOT)
    floor.samples("press-1", "temperature", [(start + seconds(2), 61)])
    rounds(after)

    assert floor.alarms() == [("hot", "press-1", "active_unacked")]


def test_the_first_start_does_not_dig_up_the_past(watch: MakeWatch, floor: Floor) -> None:
    floor.samples("press-1", "temperature", [(now() - seconds(60), 99)])

    rounds(watch(HOT))

    assert floor.alarms() == []


def course(floor: Floor, start: datetime, count: int) -> None:
    values = np.random.default_rng(1).normal(12, 0.3, count)
    times = [start + seconds(i) for i in range(count)]
    floor.samples("press-1", "state", [(t, float(State.RUNNING)) for t in times])
    floor.samples("press-1", "current", list(zip(times, map(float, values), strict=True)))


def test_an_anomaly_is_known_right_after_a_restart(watch: MakeWatch, floor: Floor) -> None:
    rounds(watch(ODD))
    course(floor, now() - seconds(275), 275)
    rounds(watch(ODD))
    assert floor.alarms() == []

    after = watch(ODD)
    floor.samples("press-1", "current", [(now() + seconds(i), 40.0) for i in range(3)])
    rounds(after)

    assert floor.alarms() == [("odd", "press-1", "active_unacked")]
    (detail,) = floor.conn.execute("SELECT detail FROM alarm_journal").fetchone() or ({},)
    assert [tag["tag"] for tag in detail["tags"]] == ["current"]


def test_what_was_learned_goes_with_its_rule(watch: MakeWatch, floor: Floor) -> None:
    course(floor, now() - seconds(60), 60)
    rounds(watch(ODD))
    assert floor.conn.execute("SELECT rule, machine FROM detector").fetchall() == [("odd", "press-1")]

    rounds(watch(HOT))

    assert floor.conn.execute("SELECT rule, machine FROM detector").fetchall() == []


def test_a_machine_that_stands_for_too_long(watch: MakeWatch, floor: Floor) -> None:
    made = watch(STANDS)
    floor.state("press-1", now() - seconds(600), State.RUNNING)
    floor.state("press-1", now() - seconds(130), State.DOWN)
    # Where the tape will become NO_DATA unless another sample comes: that is not yet.
    floor.state("press-1", now() + seconds(60), State.NO_DATA)
    floor.state("press-2", now() - seconds(600), State.RUNNING)
    floor.state("press-2", now() - seconds(60), State.DOWN)
    rounds(made)
    assert floor.alarms() == [("stands", "press-1", "active_unacked")]

    floor.conn.execute("DELETE FROM state_change WHERE at > now()")
    floor.state("press-1", now(), State.RUNNING)
    rounds(made)
    assert floor.alarms() == [("stands", "press-1", "cleared_unacked")]


def test_on_a_holiday_that_is_put_down_nobody_is_called_for_a_stop(watch: MakeWatch, floor: Floor) -> None:
    made = watch(STANDS)
    rounds(made)
    for back in range(-1, 2):
        floor.conn.execute(
            "INSERT INTO calendar_override (day, kind, by, why, known_from) VALUES (%s, 'holiday', 'x', 'y', now())",
            ((now() - timedelta(days=back)).date(),),
        )
    floor.conn.execute("INSERT INTO mes_position (transaction, inputs_hash, revision) VALUES ('3', '', 1)")
    floor.state("press-1", now() - seconds(600), State.DOWN)

    rounds(made)
    held = floor.alarms()
    floor.conn.execute("UPDATE calendar_override SET kind = 'withdrawn'")
    floor.conn.execute("UPDATE mes_position SET revision = 2")
    rounds(made)

    assert held == []
    assert floor.alarms() == [("stands", "press-1", "active_unacked")]


def test_a_machine_nobody_has_heard_of_is_silent_too(watch: MakeWatch, floor: Floor) -> None:
    made = watch(SILENT)
    floor.state("press-2", now() - seconds(3600), State.RUNNING)
    rounds(made)
    assert floor.alarms() == []

    made.since -= seconds(31)
    rounds(made)
    assert floor.alarms() == [("silent", "press-1", "active_unacked")]

    rounds(watch(SILENT))
    assert floor.events() == ["raised"]
    floor.state("press-1", now(), State.IDLE)
    rounds(made)
    assert floor.events() == ["raised", "cleared"]


def test_samples_that_wait_for_mes_are_not_silence(watch: MakeWatch, floor: Floor) -> None:
    made = watch(SILENT)
    made.since -= seconds(60)
    floor.state("press-1", now() - seconds(40), State.NO_DATA)
    floor.state("press-2", now(), State.RUNNING)
    floor.conn.execute("INSERT INTO mes_position (transaction, inputs_hash) VALUES ('3', '')")
    floor.samples("press-1", "temperature", [(now(), 50)])
    floor.conn.execute("UPDATE frame SET ingested_at = now() - interval '20 s'")
    rounds(made)
    assert floor.alarms() == []

    floor.conn.execute("UPDATE mes_position SET transaction = pg_current_xact_id()")
    rounds(made)
    assert floor.alarms() == [("silent", "press-1", "active_unacked")]


def test_a_late_order_is_over_when_the_order_is(watch: MakeWatch, floor: Floor) -> None:
    made = watch(LATE)
    floor.order("4711", "press-1", "11 min")
    floor.order("4712", None, "20 min")
    floor.order("4713", "press-2", None)
    rounds(made)
    assert sorted(floor.alarms()) == [("late", "4711", "active_unacked"), ("late", "4712", "active_unacked")]
    assert floor.rows("SELECT text_en, text_zh, machine FROM alarm WHERE subject = '4711'") == [
        ("Order 4711: expected 11 min late", "订单 4711：预计晚 11 分钟完成", "press-1")
    ]

    floor.conn.execute("UPDATE operation SET state = 'ended', substate = 'completed' WHERE work_order = '4711'")
    floor.order("4712", None, "4 min")
    rounds(made)
    assert {"cleared_unacked"} == {condition for *_, condition in floor.alarms()}


def test_an_alarm_whose_rule_has_been_taken_out_is_over(watch: MakeWatch, floor: Floor) -> None:
    made = watch(HOT)
    floor.samples("press-1", "temperature", [(now(), 61)])
    rounds(made)

    rounds(watch(STANDS))

    assert floor.alarms() == [("hot", "press-1", "cleared_unacked")]


def test_the_database_refuses_a_second_open_alarm(watch: MakeWatch, floor: Floor) -> None:
    made = watch(HOT)
    floor.samples("press-1", "temperature", [(now(), 61)])
    rounds(made)

    copy = "INSERT INTO alarm (rule, subject, priority, active, acked, text_en, text_zh, raised_at)"
    with pytest.raises(psycopg.errors.UniqueViolation):
        floor.conn.execute(f"{copy} SELECT rule, subject, priority, active, acked, '', '', now() FROM alarm".encode())
