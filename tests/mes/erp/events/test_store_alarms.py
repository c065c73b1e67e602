"""Whatever happens to an alarm is an event, once; what happened before there was a feed is none."""

import psycopg

from mes.erp.events.store_alarms import forget_told, tell_alarms
from runtime.database import connect
from tests.mes.erp.plants import alarm
from tests.mes.house import reading


def journal(database: str, id_: int, event: str, by: str | None = None) -> None:
    with psycopg.connect(database) as conn:
        conn.execute(
            "INSERT INTO alarm_journal (alarm, event, at, by) VALUES (%s, %s, '2026-11-30T06:00:00Z', %s)",
            (id_, event, by),
        )


def told(database: str) -> list[tuple[str, str, int, str]]:
    with psycopg.connect(database) as conn:
        found = "SELECT type, subject, subject_version, data->>'event' FROM outbox_event ORDER BY written"
        return [tuple(row) for row in conn.execute(found).fetchall()]  # type: ignore[misc]


async def test_each_line_of_the_journal_is_told_once_in_its_order(database: str) -> None:
    id_ = alarm(database)
    journal(database, id_, "raised")
    async with reading(database) as conn:
        await tell_alarms(conn)
        before = told(database)
        for event in ("acknowledged", "cleared", "raised_again", "shelved"):
            journal(database, id_, event, "Li Wei" if event == "acknowledged" else None)
        await tell_alarms(conn)
        await tell_alarms(conn)
        with connect(database, "mes") as tidy:
            forget_told(tidy, None)  # type: ignore[arg-type]
        await tell_alarms(conn)

    assert before == []
    assert told(database) == [
        ("alarm.acknowledged", f"alarm/{id_}", 1, "acknowledged"),
        ("alarm.cleared", f"alarm/{id_}", 2, "cleared"),
        ("alarm.raised", f"alarm/{id_}", 3, "raised_again"),
        ("alarm.changed", f"alarm/{id_}", 4, "shelved"),
    ]


async def test_a_line_that_was_committed_late_is_told_too(database: str) -> None:
    id_ = alarm(database)
    async with reading(database) as conn, reading(database) as slow:
        await tell_alarms(conn)
        async with slow.transaction():
            await slow.execute(
                "INSERT INTO alarm_journal (alarm, event, at) VALUES (%s, 'raised', '2026-11-30T06:00:00Z')", (id_,)
            )
            journal(database, id_, "cleared")
            await tell_alarms(conn)
        await tell_alarms(conn)

    assert sorted(one[0] for one in told(database)) == ["alarm.cleared", "alarm.raised"]


async def test_an_event_says_what_a_person_would_want_to_know(database: str) -> None:
    id_ = alarm(database)
    async with reading(database) as conn:
        await tell_alarms(conn)
        journal(database, id_, "acknowledged", "李伟")
        await tell_alarms(conn)
        [row] = await (await conn.execute("SELECT data FROM outbox_event")).fetchall()

    data = row[0]
    assert (data["alarm"], data["machine"], data["priority"], data["by"]) == (id_, "press-1", "high", "李伟")
    assert (data["at"], data["text"]["zh"]) == ("2026-11-30T06:00:00Z", "停机已久")
