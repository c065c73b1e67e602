"""One message for each journal entry, channel and person; what cannot be cannot be written."""

from datetime import UTC, datetime

import psycopg
import pytest

from alerts.channels.recipient import Recipient
from alerts.channels.store_deliveries import post
from tests.alerts.floor import Floor

AT = datetime(2026, 12, 24, 3, 10, tzinfo=UTC)


def entry(floor: Floor) -> int:
    """A journal entry of a new alarm."""
    [(journal,)] = floor.rows(
        "WITH a AS (INSERT INTO alarm (rule, subject, priority, text_en, text_zh, raised_at)"
        " VALUES ('hot', gen_random_uuid()::text, 'high', 'a', 'a', now()) RETURNING id)"
        " INSERT INTO alarm_journal (alarm, event, at) SELECT id, 'raised', now() FROM a RETURNING id"
    )
    return int(journal)


def test_a_person_gets_an_entry_once_on_a_channel_however_often_it_is_posted(floor: Floor) -> None:
    journal = entry(floor)
    group, wang = Recipient("chat"), Recipient("chat", "wang", "+8613800000000", "zh")

    for _ in range(2):
        post(floor.conn, journal, [group, wang, Recipient("desk")], AT, high=True)

    assert floor.rows("SELECT channel, person, address, language, state, high FROM delivery ORDER BY id") == [
        ("chat", None, None, None, "pending", True),
        ("chat", "wang", "+8613800000000", "zh", "pending", True),
        ("desk", None, None, None, "pending", True),
    ]


def test_to_nobody_is_nothing(floor: Floor) -> None:
    post(floor.conn, entry(floor), [], AT, high=False)

    assert floor.rows("SELECT count(*) FROM delivery") == [(0,)]


@pytest.mark.parametrize(
    "change",
    [
        "state = 'sending'",
        "state = 'sending', attempt_deadline = now()",
        "state = 'delivered'",
        "delivered_at = now()",
        "state = 'bundled', delivered_at = now()",
        "state = 'bundled', delivered_at = now(), bundled_in = id",
        "bundled_in = id",
        "state = 'failed'",
        "state = 'lost'",
        "address = 'a@example.com'",
        "via = 'desk'",
        "language = 'de'",
        "possible_repeat = -1",
    ],
)
def test_a_delivery_that_cannot_be_cannot_be_written(floor: Floor, change: str) -> None:
    post(floor.conn, entry(floor), [Recipient("chat")], AT, high=False)

    with pytest.raises(psycopg.errors.CheckViolation):
        floor.rows(f"UPDATE delivery SET {change} RETURNING 1")
