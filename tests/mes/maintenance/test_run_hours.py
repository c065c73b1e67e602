"""Run hours come from the state tape; when they are due there is one request, and its end sets them back."""

from datetime import UTC, datetime, timedelta

import psycopg

from config.services import ServiceWork
from contract.sample import State
from mes.maintenance.store_run_hours import PreventiveWork
from tests.mes.erp.plants import client
from tests.mes.house import reading
from tests.mes.screens.lines import plant

HOUR = timedelta(hours=1)
NAME = {"en": "Change the oil", "zh": "换油"}
WORK = ServiceWork.model_validate({"id": "press-1-oil", "machine": "press-1", "name": NAME, "run_hours": "5h"})
PLANT = plant().model_copy(update={"services": (WORK,)})


def tape(database: str, *states: tuple[float, State]) -> None:
    now = datetime.now(UTC)
    with psycopg.connect(database, autocommit=True) as conn:
        for hours_ago, state in states:
            row = ("press-1", now - hours_ago * HOUR, int(state))
            conn.execute("INSERT INTO state_change (machine, at, state) VALUES (%s, %s, %s)", row)


async def test_only_running_time_that_is_known_counts(database: str) -> None:
    tape(database, (10, State.RUNNING), (8, State.DOWN), (6, State.NO_DATA), (3, State.RUNNING))

    async with client(database, PLANT) as http:
        [told] = (await http.get("/api/v1/run-hours")).json()["items"]

    assert (told["run_us"] // 3_600_000_000, told["due"]) == (5, True)


async def test_what_is_due_is_one_request_and_done_sets_the_hours_back(database: str) -> None:
    tape(database, (6, State.RUNNING))
    async with reading(database) as conn:
        for _ in range(2):
            await PreventiveWork(PLANT)(conn)
    async with client(database, PLANT) as http:
        opened = (await http.get("/api/v1/maintenance-requests", params={"open": "true"})).json()["items"]
        page = (await http.get("/maintenance?lang=en")).text
        await http.post(f"/maintenance/{opened[0]['id']}/close", data={"by": "Wang Fang"})
        [after] = (await http.get("/api/v1/run-hours")).json()["items"]
        left = (await http.get("/api/v1/maintenance-requests", params={"open": "true"})).json()["items"]
        nothing = await http.post("/api/v1/run-hours/gone/reset", json={})

    assert [(one["counter"], one["alarm"], one["text"]["zh"]) for one in opened] == [("press-1-oil", None, "换油")]
    assert "6 of 5 h" in page
    assert (after["due"], after["run_us"] < 60_000_000) == (False, True)
    assert (left, nothing.status_code) == ([], 404)
