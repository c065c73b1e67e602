"""What was made of each order in a month, asked over HTTP."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import psycopg

from config.plant import Plant
from config.shifts import day_at, day_span
from contract.sample import from_us, to_us
from mes.app import create_app
from mes.calendar.store import read_calendar
from mes.keeper.refresh_loop import Refresh
from mes.keeper.store import Keeper
from mes.orders.quantities.store_sums import make_sums
from runtime.database import async_pool, connect
from runtime.memory import keep_for_good
from runtime.settings import settings_from
from tests.bench.database import database
from tests.bench.figure import Figure
from tests.bench.kpis import COPIES, LIVES, live, plant_of, quantile_ms

MACHINES, DAYS, QUERIES = 200, 30, 60
# An order takes so long, one after the other on each machine.
AN_ORDER = timedelta(days=3)
ORDERS = """
WITH wanted AS (
    SELECT 'WO-' || m || '-' || n AS id, 'm-' || m AS machine,
           %(begin)s::timestamptz + n * %(each)s::interval AS from_at
      FROM generate_series(0, %(machines)s - 1) m, generate_series(0, %(orders)s - 1) n
), orders AS (
    INSERT INTO work_order (id, product, quantity, unit, due_at, machine, client)
    SELECT id, 'part', 100000, 'C62', from_at + interval '4 days', machine, 'bench' FROM wanted
), operations AS (
    INSERT INTO operation (work_order, step, machine, counting_machine, quantity, state, begun_at)
    SELECT id, 10, machine, machine, 100000, 'running', from_at FROM wanted RETURNING id, work_order, machine, begun_at
)
INSERT INTO run (operation, work_order, machine, from_at, to_at, by, why, known_from)
SELECT id, work_order, machine, begun_at, begun_at + %(each)s::interval, 'bench', '', now() FROM operations
"""
# The sums of the first machines for all others, whose lives are the same.
COPY_SUMS = (
    "INSERT INTO booked_day SELECT 'm-' || n, day, from_at, to_at, counters, known_at FROM booked_day,"
    " generate_series(%(lives)s::int, %(n)s::int) n WHERE machine = 'm-' || n %% %(lives)s::int",
    "INSERT INTO booked_sum SELECT o.machine, s.day, o.id, s.key_day, s.shift, s.kind, s.reason, s.counted,"
    " s.low, s.high FROM generate_series(%(lives)s::int, %(n)s::int) n"
    " JOIN booked_sum s ON s.machine = 'm-' || n %% %(lives)s::int"
    " JOIN operation own ON own.id = s.operation"
    " JOIN operation o ON o.machine = 'm-' || n AND o.begun_at = own.begun_at",
)


def counts_by_order() -> list[Figure]:
    """Milliseconds of an answer by order, of a month of 200 machines with ten orders each; and how long sums take."""
    plant = plant_of(MACHINES)
    with worked(plant) as (url, begin):
        made_s = asyncio.run(make_all(url, plant_of(LIVES)))
        with connect(url, "bench") as conn:
            for statement in COPY_SUMS:
                conn.execute(statement, {"n": MACHINES - 1, "lives": LIVES})
            conn.execute("ANALYZE")
        spent = asyncio.run(asked(url, plant, begin))
    against = f"{MACHINES} machines x {DAYS} production days, whole answer over HTTP"
    return [
        Figure("counts_by_order_p50", quantile_ms(spent, 0.5), "ms", against),
        Figure("counts_by_order_p99", quantile_ms(spent, 0.99), "ms", against, "<= 100"),
        Figure("order_sums_day", made_s / (DAYS + 3), "s", f"making the sums of one day of {LIVES} machines"),
    ]


@contextmanager
def worked(plant: Plant) -> Iterator[tuple[str, datetime]]:
    """A database in which every machine has worked off orders for the days that are asked about."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    begin = end - timedelta(days=DAYS + 3)
    with database() as url, connect(url, "bench") as conn:
        conn.execute("SET statement_timeout = 0")
        for machine in plant.machines[:LIVES]:
            live(conn, machine.id, begin, end)
        keeper = Keeper(conn, plant)
        while keeper.step():
            pass
        for statement in COPIES:
            conn.execute(statement, {"n": len(plant.machines) - 1, "lives": LIVES})
        orders = (end - begin) // AN_ORDER
        conn.execute(ORDERS, {"begin": begin, "each": AN_ORDER, "machines": MACHINES, "orders": orders})
        conn.execute("ANALYZE")
        yield url, begin


async def make_all(url: str, plant: Plant) -> float:
    """Seconds for all sums, in mes's own way."""
    began = time.monotonic()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, options="-c timezone=UTC") as conn:
        while await make_sums(conn, plant, datetime.now(UTC)):
            pass
        await conn.execute("ANALYZE")
    return time.monotonic() - began


async def asked(url: str, plant: Plant, begin: datetime) -> list[float]:
    """Seconds of each answer, of windows that begin with one of the first production days."""
    spent = []
    async with async_pool(url, "mes") as pool:
        async with pool.connection() as conn:
            calendar = await read_calendar(conn, plant.site)
        first = day_at(calendar, to_us(begin)) + timedelta(days=1)
        app = create_app(settings_from({"SHOPFLOOR_DATABASE": url}), plant, pool, Refresh(alive=True))
        keep_for_good()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
            for number in range(QUERIES + 5):
                start = first + timedelta(days=number % 2)
                window = (day_span(calendar, start)[0], day_span(calendar, start + timedelta(days=DAYS))[0])
                asked_for = {"from": from_us(window[0]).isoformat(), "to": from_us(window[1]).isoformat()}
                began = time.perf_counter()
                answer = await http.get("/api/v1/quantities", params=asked_for | {"by": "order"})
                if number >= 5:
                    spent.append(time.perf_counter() - began)
                assert answer.status_code == 200, answer.text
                assert len(answer.json()["items"]) >= MACHINES * 10
    return spent
