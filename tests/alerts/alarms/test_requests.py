"""What people ask for at the API and on the page, and alerts does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.alarms.journal import Journal
from alerts.rules.judge import Finding
from alerts.rules.tapes import Verdict
from runtime.database import connect
from tests.alerts.floor import plant_with
from tests.mes.erp.plants import client

PLANT = plant_with("[{id: hot, kind: stopped, longer_than: 1s, confirm: true, latch: true}]").model_copy()
WHY = {"by": "Li Wei", "comment": "Cleaning."}


@asynccontextmanager
async def acting(database: str) -> AsyncIterator[None]:
    """alerts as far as requests go, each 20 ms."""
    with connect(database, "alerts") as conn:
        journal, ending = Journal(conn, PLANT), asyncio.Event()

        def act() -> None:
            with conn.transaction():
                journal.write(journal.requests(), [], datetime.now(UTC))

        async def work() -> None:
            while not ending.is_set():
                await asyncio.to_thread(act)
                await asyncio.sleep(0.02)

        task = asyncio.create_task(work())
        try:
            yield
        finally:
            ending.set()
            await task


def judged(journal: Journal, verdict: Verdict) -> None:
    rule = PLANT.rules[0]
    with journal.conn.transaction():
        journal.write([], [Finding(rule, (rule.id, "press-1"), "press-1", verdict)], datetime.now(UTC))


async def test_an_alarm_is_acknowledged_confirmed_and_reset_in_this_order(database: str) -> None:
    with connect(database, "alerts") as conn:
        journal = Journal(conn, PLANT)
        for verdict in (Verdict.ON, Verdict.OFF):
            judged(journal, verdict)
    async with acting(database), client(database, PLANT) as http:
        early = await http.post("/api/v1/alarms/1/reset", json={"by": "Li Wei"})
        told: list[dict[str, Any]] = []
        for action in ("acknowledge", "confirm", "reset"):
            answer = await http.post(f"/api/v1/alarms/1/{action}", json={"by": "Li Wei"})
            assert answer.status_code == 200, answer.text
            told.append(answer.json())

    assert early.status_code == 409
    assert "cleared" in early.json()["detail"]
    assert [one["condition"] for one in told] == ["cleared_unconfirmed", "latched", "normal"]
    assert [(one["active"], one["acked"], one["confirmed"], one["latched"]) for one in told] == [
        (False, True, False, True),
        (False, True, True, True),
        (False, True, True, False),
    ]


async def test_a_shelved_alarm_names_who_why_and_until_when_and_never_longer_than_the_plant_allows(
    database: str,
) -> None:
    with connect(database, "alerts") as conn:
        judged(Journal(conn, PLANT), Verdict.ON)
    async with acting(database), client(database, PLANT) as http:
        too_long = await http.post("/api/v1/alarms/1/shelve", json=WHY | {"minutes": 481})
        for_nothing = await http.post("/api/v1/alarms/1/shelve", json={"by": "Li Wei", "minutes": 10})
        shelved = (await http.post("/api/v1/alarms/1/shelve", json=WHY | {"minutes": 60})).json()
        page = (await http.get("/alarms?lang=en")).text
        ended = (await http.post("/api/v1/alarms/1/unshelve", json={"by": "Li Wei"})).json()

    assert (too_long.status_code, for_nothing.status_code) == (422, 422)
    assert "480" in too_long.text
    assert (shelved["shelving"], shelved["shelved"]["by"], shelved["shelved"]["comment"]) == (
        "timed",
        "Li Wei",
        "Cleaning.",
    )
    assert shelved["suppressed_or_shelved"]
    assert "Set aside" in page
    assert "No open alarms" in page
    assert (ended["shelving"], ended["acked"], ended["suppressed_or_shelved"]) == ("unshelved", True, False)


@pytest.mark.parametrize(
    ("path", "form", "field", "wanted"),
    [
        ("shelve", WHY | {"minutes": ""}, "shelving", "one_shot"),
        ("shelve", WHY | {"minutes": "15"}, "shelving", "timed"),
        ("out-of-service", WHY, "suppressed_or_shelved", True),
    ],
)
async def test_the_page_sets_aside_too(
    database: str, path: str, form: dict[str, str], field: str, wanted: object
) -> None:
    with connect(database, "alerts") as conn:
        judged(Journal(conn, PLANT), Verdict.ON)
    async with acting(database), client(database, PLANT) as http:
        nothing_said = await http.post(f"/alarms/1/{path}", data=form | {"comment": " ", "here": "one"})
        done = await http.post(f"/alarms/1/{path}", data=form | {"here": "one"})
        told = (await http.get("/api/v1/alarms/1")).json()

    assert nothing_said.headers["location"] == "/alarms/1?trouble=alarm_reason_needed"
    assert done.headers["location"] == "/alarms/1"
    assert told["alarm"][field] == wanted
    assert [one["comment"] for one in told["journal"]][1:] == ["Cleaning."]


async def test_out_of_service_outlives_its_alarm_and_ends_at_the_button(database: str) -> None:
    with connect(database, "alerts") as conn:
        judged(Journal(conn, PLANT), Verdict.ON)
    async with acting(database), client(database, PLANT) as http:
        await http.post("/api/v1/alarms/1/out-of-service", json=WHY)
    with connect(database, "alerts") as conn:
        journal = Journal(conn, PLANT)
        for verdict in (Verdict.OFF, Verdict.ON):
            judged(journal, verdict)
    async with acting(database), client(database, PLANT) as http:
        still = (await http.get("/api/v1/alarms/1")).json()["alarm"]
        back = (await http.post("/api/v1/alarms/1/in-service", json={"by": "Li Wei"})).json()

    assert still["out_of_service"]["comment"] == "Cleaning."
    assert (back["out_of_service"], back["condition"]) == (None, "active_unacked")
