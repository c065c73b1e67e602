"""What a channel reads and notes of its messages, against the real tables."""

from datetime import UTC, datetime

import pytest

from alerts.channels.ledger import Ledger
from alerts.channels.message import Refusal, Taken, Trouble
from alerts.channels.pace import pace_of
from alerts.channels.planner import next_letter
from alerts.channels.recipient import Recipient
from alerts.channels.store_deliveries import post
from runtime.database import connect
from tests.alerts.channels.test_store_deliveries import entry
from tests.alerts.floor import Floor

PACE = pace_of(60, 0.25, 0.0)
DOWN = Refusal(Trouble.DOWN, "HTTP 500", status=500)
CUT = Refusal(Trouble.DOWN, "ReadTimeout", cut_off=True)
STATES = "SELECT state, bundled_in, possible_repeat, attempts, refused FROM delivery ORDER BY id"


def posted(floor: Floor, count: int, *recipients: Recipient) -> None:
    for _ in range(count):
        post(floor.conn, entry(floor), recipients or (Recipient("chat"),), datetime.now(UTC), high=False)


def attempt(ledger: Ledger, answer: Taken | Refusal) -> tuple[int, ...]:
    """Send what is next, and note this answer; the ids that it held."""
    letter = next_letter(ledger.waiting(), PACE, 0.0)
    assert letter is not None
    ledger.end(ledger.begin(letter), letter, answer, 1, 60.0)
    return letter.ids


def test_a_person_is_written_to_in_their_language_at_their_address_and_on_a_spare_without_it(
    database: str, floor: Floor
) -> None:
    posted(floor, 1, Recipient("chat", "wang", "13800000000", "zh"))
    with connect(database, "alerts") as conn:
        [own] = Ledger(conn, "chat").waiting()
        floor.rows("UPDATE delivery SET posted_at = posted_at - interval '1 min' RETURNING 1")
        moved = Ledger(conn, "chat").move("chat", "desk", "chat: HTTP 500", True, 1)
        [spare] = Ledger(conn, "desk").waiting()

    assert (own.person, own.address, own.language) == ("wang", "13800000000", "zh")
    assert (moved, spare.person, spare.address) == (1, "wang", None)


def test_a_digest_stands_in_the_ledger_with_each_that_it_held(database: str, floor: Floor) -> None:
    posted(floor, 80)
    with connect(database, "alerts") as conn:
        ids = attempt(Ledger(conn, "chat"), Taken(200, 0, "ok"))

    assert len(ids) == 80
    assert floor.rows("SELECT state, count(*) FROM delivery GROUP BY state ORDER BY state") == [
        ("bundled", 79),
        ("delivered", 1),
    ]
    assert floor.rows("SELECT DISTINCT bundled_in FROM delivery WHERE state = 'bundled'") == [(ids[0],)]


def test_a_digest_that_was_cut_off_goes_again_as_it_was_although_more_has_come(database: str, floor: Floor) -> None:
    posted(floor, 80)
    with connect(database, "alerts") as conn:
        first = attempt(Ledger(conn, "chat"), CUT)
        posted(floor, 80)
        again = attempt(Ledger(conn, "chat"), DOWN)
        taken = attempt(Ledger(conn, "chat"), Taken(200, relayed=True))

    assert first == again == taken
    assert floor.rows("SELECT state, possible_repeat FROM delivery ORDER BY id LIMIT 2") == [
        ("sent", 1),
        ("bundled", 1),
    ]
    assert floor.rows("SELECT result FROM delivery_attempt ORDER BY id") == [("cut_off",), ("down",), ("taken",)]


@pytest.mark.parametrize(("answer", "refused"), [(DOWN, 0), (Refusal(Trouble.REFUSED, "HTTP 400"), 1)])
def test_a_digest_that_surely_was_not_taken_is_made_anew(
    database: str, floor: Floor, answer: Refusal, refused: int
) -> None:
    posted(floor, 80)
    with connect(database, "alerts") as conn:
        attempt(Ledger(conn, "chat"), answer)

    assert floor.rows(STATES) == [("pending", None, 0, 1, refused)] * 80


def test_what_was_under_way_when_the_service_ended_may_be_a_repeat(database: str, floor: Floor) -> None:
    posted(floor, 1)
    with connect(database, "alerts") as conn:
        ledger = Ledger(conn, "chat")
        letter = next_letter(ledger.waiting(), PACE, 0.0)
        assert letter is not None
        ledger.begin(letter)
        Ledger(conn, "desk").recall_attempts()
        under_way = floor.rows("SELECT state FROM delivery")
        ledger.recall_attempts()
        again = next_letter(ledger.waiting(), PACE, 0.0)

    assert under_way == [("sending",)]
    assert again is not None
    assert (again.id, again.repeat) == (letter.id, True)
    assert floor.rows("SELECT result, answered_at FROM delivery_attempt") == [("cut_off", None)]
