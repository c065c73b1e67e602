"""A change whose answer was lost is sent again with its key: it is made once, and answered as before."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from contract.sample import State
from mes.feed.store_idempotency import forget_answers
from runtime.database import connect
from tests.mes.erp.plants import alarm, client, keeping, tape
from tests.mes.screens.lines import HOUR, plant
from tests.support.eventually import until

DAY = 20_000 * 24 * HOUR
KEYS = {"erp": "0123456789abcdef", "tablet": "fedcba9876543210"}
SAID = {"by": "Li Wei", "why": "seen from the camera"}
COMMENT = {"kind": "comment", "from": "2024-10-04T01:00:00Z", "to": "2024-10-04T02:00:00Z", "comment": "hum"} | SAID
WISH = {"product": "part", "quantity": 200, "due_at": "2026-01-31T14:00:00+08:00", "line": "line-1"}
CHANGES: dict[str, tuple[str, str, dict[str, Any] | None, dict[str, Any]]] = {
    "edit": ("POST", "/equipment/press-1/edits", COMMENT, COMMENT | {"comment": "other"}),
    "cycle": (
        "POST",
        "/equipment/press-1/ideal-cycles",
        {"from": "2026-01-01T00:00:00Z", "cycle_s": 3} | SAID,
        {"from": "2026-01-01T00:00:00Z", "cycle_s": 4} | SAID,
    ),
    "holiday": ("PUT", "/calendar/2026-01-31", SAID, SAID | {"why": "other"}),
    "order": ("PUT", "/orders/WO-1", WISH, WISH | {"quantity": 7}),
    "acknowledge": ("POST", "/alarms/1/acknowledge", {"by": "Li Wei"}, {"by": "Wang"}),
}
ROWS = ("edit", "ideal_cycle", "calendar_override", "work_order", "alarm_request")


def rows(database: str) -> int:
    with psycopg.connect(database) as conn:
        return sum((conn.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,))[0] for name in ROWS)


async def send(
    http: httpx.AsyncClient, change: str, key: str, *, other: bool = False, holder: str = ""
) -> httpx.Response:
    method, address, body, another = CHANGES[change]
    headers = {"Idempotency-Key": key} | ({"Authorization": f"Bearer {KEYS[holder]}"} if holder else {})
    return await http.request(method, f"/api/v1{address}", json=another if other else body, headers=headers)


@pytest.mark.parametrize("change", list(CHANGES))
async def test_a_change_that_is_sent_twice_with_one_key_is_made_once_and_answered_alike(
    database: str, change: str
) -> None:
    tape(database, "press-1", (DAY, State.RUNNING))
    alarm(database)
    with keeping(database, plant()):
        async with client(database, plant()) as http:
            first = await send(http, change, "k-1")
            made = rows(database)
            again = await send(http, change, "k-1")
            other = await send(http, change, "k-1", other=True)

    assert first.status_code in (200, 201, 202)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["errors"][0]["place"]) == (422, "header.Idempotency-Key")
    assert rows(database) == made


async def test_an_edit_that_cannot_be_made_twice_is_answered_twice(database: str) -> None:
    """The boundary is there after the first time: only by its key the second one is known to be the same."""
    tape(database, "press-1", (DAY, State.RUNNING))
    split = {"kind": "split", "at": "2024-10-04T01:00:00Z"} | SAID
    with keeping(database, plant()):
        async with client(database, plant()) as http:
            answers = [
                await http.post("/api/v1/equipment/press-1/edits", json=split, headers={"Idempotency-Key": "k"})
                for _ in range(2)
            ]
            without = await http.post("/api/v1/equipment/press-1/edits", json=split)

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert without.status_code == 422


async def test_the_same_change_sent_many_times_at_once_is_made_once(database: str) -> None:
    tape(database, "press-1", (DAY, State.RUNNING))
    with keeping(database, plant()):
        async with client(database, plant()) as http:
            answers = await asyncio.gather(*(send(http, "edit", "k") for _ in range(8)))

    ids = {answer.json()["id"] for answer in answers if answer.status_code in (201, 202)}
    assert len(ids) == 1
    assert {answer.status_code for answer in answers} <= {201, 202, 409}
    assert all("second" in answer.json()["cure"] for answer in answers if answer.status_code == 409)
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM edit").fetchone() == (1,)


async def test_an_answer_that_was_never_sent_is_in_the_record_with_its_change(database: str) -> None:
    """As after a kill -9 between the change and its answer."""
    tape(database, "press-1", (DAY, State.RUNNING))
    async with client(database, plant()) as http:
        sending = asyncio.create_task(send(http, "edit", "k"))
        await until("the change", lambda: rows(database) == 1, 5)
        sending.cancel()
        again = await send(http, "edit", "k")

    assert (again.status_code, again.json()["comment"]) == (202, "hum")
    assert rows(database) == 1


async def test_a_change_that_was_refused_may_be_put_right_under_its_key(database: str) -> None:
    async with client(database, plant()) as http:
        refused = await http.put(
            "/api/v1/orders/WO-1", json=WISH | {"line": "line-9"}, headers={"Idempotency-Key": "k"}
        )
        right = await http.put("/api/v1/orders/WO-1", json=WISH, headers={"Idempotency-Key": "k"})

    assert (refused.status_code, right.status_code) == (422, 200)


async def test_a_key_is_its_senders_own_and_a_text_that_can_be_kept(database: str) -> None:
    async with client(database, plant(), KEYS) as http:
        one = await send(http, "order", "k", holder="erp")
        two = await send(http, "order", "k", holder="tablet", other=True)
        nobody = await send(http, "order", "k")
        bad = [await send(http, "order", key, holder="erp") for key in ("", "a b", "x" * 256)]

    assert (one.status_code, two.status_code, nobody.status_code) == (200, 200, 401)
    assert [answer.status_code for answer in bad] == [422] * 3


async def test_one_that_asks_again_while_the_first_waits_gets_the_same_answer(database: str) -> None:
    """The first waits for the numbers to follow; what it is told is what the second was told."""
    tape(database, "press-1", (DAY, State.RUNNING))
    async with client(database, plant()) as http:
        first = asyncio.create_task(send(http, "edit", "k"))
        await until("the change", lambda: rows(database) == 1, 5)
        again = await send(http, "edit", "k")
        with keeping(database, plant()):
            answer = await first
        later = await send(http, "edit", "k")

    assert (again.status_code, again.text) == (answer.status_code, answer.text) == (later.status_code, later.text)


async def test_answers_are_kept_for_90_days(database: str) -> None:
    async with client(database, plant()) as http:
        await send(http, "order", "k")
    with connect(database, "mes") as conn:
        for days, left in ((89, 1), (91, 0)):
            forget_answers(conn, datetime.now(UTC) + timedelta(days=days))
            assert conn.execute("SELECT count(*) FROM idempotency_record").fetchone() == (left,)
