"""What mes writes of persons, rosters and policies, for the tests of escalation."""

from datetime import datetime

import psycopg


def staff(conn: psycopg.Connection[object], *numbers: str, channel: str = "chat", priority: str = "medium") -> None:
    """Persons who work here for good, each reached through a channel at an address of their own."""
    for number in numbers:
        conn.execute(
            "INSERT INTO person (number, name, language, active_from, client)"
            " VALUES (%s, %s, 'en', '2000-01-01Z', 'api') ON CONFLICT DO NOTHING",
            (number, number.title()),
        )
        way(conn, number, channel, priority)


def way(
    conn: psycopg.Connection[object],
    number: str,
    channel: str,
    priority: str = "medium",
    after_us: int = 0,
    quiet: tuple[str, str] | None = None,
) -> None:
    """How somebody wants to be called."""
    conn.execute(
        "INSERT INTO notification_rule (holder, priority, channel, address, after_us, quiet_from, quiet_to, client)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, 'api')",
        (number, priority, channel, f"{number}@example.com", after_us, *(quiet or (None, None))),
    )


def roster(conn: psycopg.Connection[object], id_: str, *members: str, days: int = 1) -> None:
    """A roster whose members take turns at midnight UTC from the year 2000 on."""
    conn.execute(
        "INSERT INTO roster (id, version, name_en, name_zh, zone, client) VALUES (%s, 1, %s, %s, 'UTC', 'api')",
        (id_, id_, id_),
    )
    conn.execute(
        "INSERT INTO rotation (roster, version, nth, members, days, handover, first_day)"
        " VALUES (%s, 1, 0, %s, %s, '00:00', '2000-01-01')",
        (id_, list(members), days),
    )


def policy(
    conn: psycopg.Connection[object],
    id_: str,
    *steps: tuple[int, str | None, str | None],
    every_us: int | None = None,
) -> None:
    """Steps of (after_us, roster, channel)."""
    conn.execute(
        "INSERT INTO escalation_policy (id, version, name_en, name_zh, repeat_every_us, client)"
        " VALUES (%s, 1, %s, %s, %s, 'api')",
        (id_, id_, id_, every_us),
    )
    for nth, (after_us, roster_, channel) in enumerate(steps):
        conn.execute(
            "INSERT INTO escalation_step VALUES (%s, 1, %s, %s, %s, %s)", (id_, nth, after_us, roster_, channel)
        )


def alarm(conn: psycopg.Connection[object], at: datetime, rule: str = "hot", priority: str = "medium") -> int:
    """An alarm that has just been raised, as alerts writes it; its id."""
    row = conn.execute(
        "INSERT INTO alarm (rule, subject, machine, priority, text_en, text_zh, raised_at)"
        " VALUES (%s, 'press-1', 'press-1', %s, 'Press 1: hot', '压力机 1：过热', %s) RETURNING id",
        (rule, priority, at),
    ).fetchone()
    assert row is not None
    conn.execute("INSERT INTO alarm_journal (alarm, event, at) VALUES (%s, 'raised', %s)", (row[0], at))  # type: ignore[index]
    return int(row[0])  # type: ignore[index, no-any-return]
