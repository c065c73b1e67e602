"""Run hours of machines → preventive work: a request when a counter is due, closed with its reset."""

import time

from config.plant import Plant
from config.services import ServiceWork
from contract.sample import MICROSECOND, State
from mes.feed.store_audit import note
from mes.maintenance.models_run_hours import RunHours
from mes.maintenance.store_requests import close_counter, open_request
from mes.web.access.author import Author
from mes.web.models import Names
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.maintenance", "queries_run_hours.sql")
EACH_EVERY_S = 600.0


async def run_hours(conn: Connection, work: ServiceWork) -> RunHours:
    """One counter as it stands."""
    asked = {"counter": work.id, "machine": work.machine, "running": int(State.RUNNING)}
    row = await (await conn.execute(SQL["run_hours"].encode(), asked)).fetchone()
    run_us, since = row or (0, None)
    threshold_us = work.run_hours // MICROSECOND
    return RunHours(
        counter=work.id,
        machine=work.machine,
        text=Names(en=work.name.en, zh=work.name.zh),
        run_us=run_us,
        threshold_us=threshold_us,
        due=run_us >= threshold_us,
        since=since,
    )


async def reset(conn: Connection, plant: Plant, counter: str, author: Author, comment: str) -> RunHours:
    """The counter, set back; its open request is closed with it. A Problem 404 where the plant has none such."""
    work = next((one for one in plant.services if one.id == counter), None)
    if work is None:
        raise Problem(404, f"There is no counter '{counter}'.", "GET /api/v1/run-hours lists them.")
    before = await run_hours(conn, work)
    row = {"counter": counter, "person": author.person, "client": author.client, "comment": comment}
    await conn.execute(SQL["reset"].encode(), row)
    await close_counter(conn, counter, author, comment)
    found = await run_hours(conn, work)
    was, now = before.model_dump(mode="json"), found.model_dump(mode="json")
    await note(conn, author, "run_hours.reset", f"run_hours/{counter}", was, now)
    return found


class PreventiveWork:
    """Opens requests for counters that are due; one counter a call, each every ten minutes."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.looked_at: dict[str, float] = {}

    async def __call__(self, conn: Connection) -> None:
        """Look at the counter that has waited longest."""
        waiting = [work for work in self.plant.services if time.monotonic() >= self.looked_at.get(work.id, 0.0)]
        if not waiting:
            return
        work = min(waiting, key=lambda one: self.looked_at.get(one.id, 0.0))
        self.looked_at[work.id] = time.monotonic() + EACH_EVERY_S
        async with conn.transaction():
            if (await run_hours(conn, work)).due:
                row = {"alarm": None, "counter": work.id, "machine": work.machine, "priority": work.priority}
                await open_request(conn, row | {"en": work.name.en, "zh": work.name.zh})
