"""An alarm that nobody acknowledges calls one after another; every timer is a row, so a restart loses none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import TupleRow

from alerts.escalation.escalation import Escalation
from config.calendar import calendar_of
from tests.alerts.escalation.roster_rows import alarm, policy, roster, staff, way
from tests.alerts.floor import plant_with

RULE = "[{id: hot, kind: threshold, tag: temperature, above: 70, owner: mechanics}]"
CHANNELS = "[{id: chat, kind: webhook, url_env: CHAT}, {id: mail, kind: email, to: [a@example.com]}]"
PLANT = plant_with(RULE, CHANNELS)
CALENDAR = calendar_of(PLANT.site)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE = 60_000_000
Conn = psycopg.Connection[TupleRow]


@pytest.fixture
def conn(database: str) -> Iterator[Conn]:
    with psycopg.connect(database, autocommit=True) as made:
        yield made


def after(conn: Conn, minutes: float) -> None:
    """A round so long after noon, of an alerts that has just been started anew."""
    with conn.transaction():
        Escalation(conn, PLANT).round(CALENDAR, NOON + timedelta(minutes=minutes))


def sent(conn: Conn) -> list[tuple[str | None, str, int]]:
    """(person or None for a group, channel, minutes after noon) of everything posted, in its order."""
    rows = conn.execute("SELECT person, channel, next_attempt_at FROM delivery ORDER BY id").fetchall()
    return [(person, channel, round((at - NOON).total_seconds() / 60)) for person, channel, at in rows]


def lines(conn: Conn) -> list[str]:
    return [event for (event,) in conn.execute("SELECT event FROM alarm_journal ORDER BY id").fetchall()]


@pytest.fixture
def two_levels(conn: Conn) -> Conn:
    staff(conn, "ada", "bo", "cai")
    roster(conn, "first", "ada")
    roster(conn, "second", "bo")
    policy(conn, "mechanics", (0, "first", None), (10 * MINUTE, "second", None), (20 * MINUTE, None, "mail"))
    return conn


def test_each_level_is_called_after_its_delay_and_each_round_of_a_fresh_start_calls_nobody_twice(
    two_levels: Conn,
) -> None:
    alarm(two_levels, NOON)
    for minute in (0, 0, 1, 9.9, 10, 10, 29, 30, 31, 300):
        after(two_levels, minute)

    assert sent(two_levels) == [("ada", "chat", 0), ("bo", "chat", 10), (None, "mail", 30)]
    assert lines(two_levels) == ["raised", "escalated", "escalated", "escalated"]


def test_a_level_with_nobody_on_call_is_skipped_at_once_and_the_journal_tells_it(conn: Conn) -> None:
    staff(conn, "bo")
    roster(conn, "first")
    roster(conn, "second", "bo")
    policy(conn, "mechanics", (0, "first", None), (10 * MINUTE, "second", None))
    alarm(conn, NOON)
    after(conn, 0)

    assert sent(conn) == [("bo", "chat", 0)]
    assert lines(conn) == ["raised", "nobody_on_call", "escalated"]
    told = conn.execute("SELECT comment FROM alarm_journal WHERE event = 'escalated'").fetchall()
    assert told == [("nobody on call 无人值班: first",)]


def test_whoever_acknowledges_ends_it_and_those_who_were_called_are_told(two_levels: Conn) -> None:
    id_ = alarm(two_levels, NOON)
    after(two_levels, 0)
    two_levels.execute("UPDATE alarm SET acked = true, acked_at = %s, acked_by = 'wang' WHERE id = %s", (NOON, id_))
    two_levels.execute(
        "INSERT INTO alarm_journal (alarm, event, at, by) VALUES (%s, 'acknowledged', %s, 'wang')", (id_, NOON)
    )
    after(two_levels, 5)
    after(two_levels, 60)

    assert sent(two_levels) == [("ada", "chat", 0), ("ada", "chat", 5)]
    assert two_levels.execute("SELECT 1 FROM escalation_state").fetchall() == []


def test_a_shelved_alarm_calls_nobody_and_calls_from_the_first_level_when_it_comes_back(two_levels: Conn) -> None:
    id_ = alarm(two_levels, NOON)
    after(two_levels, 0)
    two_levels.execute("UPDATE alarm SET shelving = 'timed' WHERE id = %s", (id_,))
    after(two_levels, 15)
    two_levels.execute("UPDATE alarm SET shelving = 'unshelved' WHERE id = %s", (id_,))
    back = NOON + timedelta(minutes=40)
    two_levels.execute("INSERT INTO alarm_journal (alarm, event, at) VALUES (%s, 'shelving_ended', %s)", (id_, back))
    after(two_levels, 40)
    after(two_levels, 50)

    assert [(person, minute) for person, _, minute in sent(two_levels)] == [("ada", 0), ("ada", 40), ("bo", 50)]


def test_what_ended_an_earlier_call_is_not_told_again_when_a_later_one_is_set_aside(two_levels: Conn) -> None:
    id_ = alarm(two_levels, NOON)
    after(two_levels, 0)
    line = "INSERT INTO alarm_journal (alarm, event, at) VALUES (%s, %s, %s)"
    two_levels.execute("UPDATE alarm SET active = false WHERE id = %s", (id_,))
    two_levels.execute(line, (id_, "cleared", NOON + timedelta(minutes=1)))
    after(two_levels, 1)
    two_levels.execute("UPDATE alarm SET active = true WHERE id = %s", (id_,))
    two_levels.execute(line, (id_, "raised_again", NOON + timedelta(minutes=20)))
    after(two_levels, 20)
    after(two_levels, 30)
    two_levels.execute("UPDATE alarm SET shelving = 'timed' WHERE id = %s", (id_,))
    after(two_levels, 31)

    told = [("ada", 0), ("ada", 1), ("ada", 20), ("bo", 30)]
    assert told == [(person, minute) for person, _, minute in sent(two_levels)]


def test_a_person_is_called_by_their_own_ways_after_their_delay_and_not_in_their_quiet_time(conn: Conn) -> None:
    staff(conn, "ada")
    way(conn, "ada", "mail", after_us=5 * MINUTE)
    staff(conn, "bo", channel="mail")
    conn.execute("UPDATE notification_rule SET quiet_from = '11:00', quiet_to = '12:30' WHERE holder = 'bo'")
    roster(conn, "first", "ada")
    roster(conn, "second", "bo")
    policy(conn, "mechanics", (0, "first", None), (0, "second", None))
    alarm(conn, NOON)
    for minute in (0, 4, 5, 29, 30, 31):
        after(conn, minute)

    assert sent(conn) == [("ada", "chat", 0), ("ada", "mail", 5), ("bo", "mail", 30)]


def test_high_priority_breaks_the_quiet_time_and_an_acknowledgement_takes_back_who_waits(conn: Conn) -> None:
    staff(conn, "ada", priority="high")
    conn.execute("UPDATE notification_rule SET quiet_from = '00:00', quiet_to = '23:00'")
    way(conn, "ada", "mail", "high", after_us=5 * MINUTE)
    roster(conn, "first", "ada")
    policy(conn, "mechanics", (0, "first", None))
    id_ = alarm(conn, NOON, priority="high")
    after(conn, 0)
    conn.execute("UPDATE alarm SET acked = true WHERE id = %s", (id_,))
    after(conn, 6)

    assert sent(conn) == [("ada", "chat", 0)]
    assert conn.execute("SELECT 1 FROM notification_due").fetchall() == []


def test_a_person_without_a_way_and_a_channel_that_is_gone_are_skipped_at_once(conn: Conn) -> None:
    staff(conn, "ada", priority="high")
    roster(conn, "first", "ada")
    policy(conn, "mechanics", (0, "first", None), (10 * MINUTE, None, "gone"), (10 * MINUTE, None, "mail"))
    alarm(conn, NOON)
    after(conn, 0)

    assert lines(conn) == ["raised", "nobody_on_call", "nobody_on_call", "escalated"]
    assert sent(conn) == [(None, "mail", 0)]


@pytest.mark.parametrize("steps", [(), None])
def test_an_alarm_whose_policy_is_missing_or_empty_says_so_once_and_calls_as_soon_as_it_is_there(
    conn: Conn, steps: tuple[tuple[int, str | None, str | None], ...] | None
) -> None:
    if steps is not None:
        policy(conn, "mechanics", *steps)
    alarm(conn, NOON)
    for minute in (0, 1, 2):
        after(conn, minute)
    told = lines(conn)
    conn.execute("DELETE FROM escalation_policy")
    policy(conn, "mechanics", (0, None, "chat"), (10 * MINUTE, None, "mail"))
    for minute in (5, 6, 15, 16):
        after(conn, minute)

    assert told == ["raised", "nobody_on_call"]
    assert sent(conn) == [(None, "chat", 5), (None, "mail", 15)]


def test_a_policy_that_ends_while_an_alarm_calls_is_told(two_levels: Conn) -> None:
    alarm(two_levels, NOON)
    after(two_levels, 0)
    two_levels.execute("UPDATE escalation_policy SET active = false")
    for minute in (10, 11):
        after(two_levels, minute)

    assert lines(two_levels) == ["raised", "escalated", "nobody_on_call"]


def test_it_is_kept_who_was_on_call_and_when(conn: Conn) -> None:
    staff(conn, "ada", "bo")
    roster(conn, "first", "ada", "bo")
    for minute in (0, 1, 719, 720, 721):
        after(conn, minute)
    rows = conn.execute("SELECT person, from_at, to_at FROM on_call_history ORDER BY id").fetchall()
    first, second = rows

    assert first[2] == second[1] == NOON + timedelta(hours=12)
    assert {"ada", "bo"} == {first[0], second[0]}
    assert second[2] is None


def test_whoever_comes_on_call_gets_what_is_still_open_once_and_nobody_of_a_new_roster_does(conn: Conn) -> None:
    staff(conn, "ada", "bo")
    roster(conn, "first", "ada", "bo")
    policy(conn, "mechanics", (0, "first", None))
    alarm(conn, NOON)
    for minute in (0, 719, 720, 721, 725):
        after(conn, minute)

    told = conn.execute(
        "SELECT j.event, d.person FROM delivery d JOIN alarm_journal j ON j.id = d.journal ORDER BY d.id"
    ).fetchall()
    [first, second] = [person for _, person in told]
    assert [event for event, _ in told] == ["escalated", "handed_over"]
    assert {"ada", "bo"} == {first, second}
