"""A month of process values: how long the answer takes that keeps every extreme of a tag that tells each second."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
import psycopg

from config.load import parse_plant
from config.plant import Plant
from mes.app import create_app
from mes.keeper.refresh_loop import Refresh
from mes.values.store_hours import begin as follow_frames
from mes.values.store_hours import make_hours, series_of
from runtime.database import async_pool, connect, settings_of
from runtime.memory import keep_for_good
from runtime.settings import settings_from
from runtime.storage import Level, compress, level, prepare
from tests.bench.database import NO_TIMESCALE, database, timescale
from tests.bench.figure import Figure
from tests.bench.kpis import MACHINE, PLANT

DAYS, SERIES, QUERIES = 31, 3, 10
TAG = "\n          - {name: temperature, type: float32, register: 4, unit: °C}"
# Neighbours lie between the rows that are asked for, as in a plant.
FILL = """
WITH named AS (INSERT INTO series (machine, tag) SELECT 'm-' || n, 'temperature'
                 FROM generate_series(0, %(series)s::int - 1) AS n RETURNING series)
INSERT INTO sample (at, edge_at, series, epoch, seq, value, quality, node)
SELECT at, at, series, 1, 1, round((20 + 5 * sin(extract(epoch FROM at) / 3600) + random() / 10)::numeric, 2), 0, 1
  FROM generate_series(%(from)s::timestamptz, %(to)s::timestamptz - interval '1 second', interval '1 second') AS at,
       named
"""


def values_month() -> list[Figure]:
    """Each answer is of the whole month, as an application gives it, without a worker."""
    with database() as url:
        figures = [_measured(url, "values_month")]
    with timescale() as url:
        if url is None:
            print(f"values_month_hypertable, values_month_compressed: {NO_TIMESCALE}")
            return figures
        figures.append(_measured(url, "values_month_hypertable"))
        with connect(url, "bench") as conn:
            conn.execute("SET statement_timeout = 0")
            if level(conn) is Level.COMMUNITY:
                compress(conn, datetime.now(UTC) + timedelta(days=3))
                figures.append(_measured(url, "values_month_compressed", filled=True))
    return figures


def _measured(url: str, name: str, *, filled: bool = False) -> Figure:
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = end - timedelta(days=DAYS)
    with connect(url, "bench") as conn:
        conn.execute("SET statement_timeout = 0")
        if not filled:
            prepare(conn, [(begin + timedelta(days=n)).date() for n in range(DAYS + 1)])
            conn.execute(FILL, {"series": SERIES, "from": begin, "to": end})
        conn.execute("VACUUM ANALYZE sample")
        against = f"{DAYS} days, a sample a second, {SERIES} tags side by side, level {level(conn)}"
    plant = parse_plant(PLANT.format(machines="".join(MACHINE.format(n=n) + TAG for n in range(SERIES))))
    asyncio.run(_kept(url, plant, begin))
    spent = asyncio.run(_asked(url, plant, begin, end))
    return Figure(name, float(np.median(spent)) * 1e3, "ms", against, "<= 500")


async def _kept(url: str, plant: Plant, begin: datetime) -> None:
    """The hours, as a running mes has kept them; today's, which are not over, are not among them."""
    async with await psycopg.AsyncConnection.connect(url, **settings_of("bench")) as conn:
        await follow_frames(conn)
        series = await series_of(conn, plant)
        while await make_hours(conn, series, datetime.now(UTC), begin):
            pass


async def _asked(url: str, plant: Plant, begin: datetime, end: datetime) -> list[float]:
    spent = []
    async with async_pool(url, "mes") as pool:
        app = create_app(settings_from({"SHOPFLOOR_DATABASE": url}), plant, pool, Refresh(alive=True))
        keep_for_good()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
            for _ in range(QUERIES):
                asked = {"tag": "temperature", "from": begin.isoformat(), "to": end.isoformat()}
                began = time.perf_counter()
                answer = await http.get("/api/v1/equipment/m-1/values", params=asked)
                spent.append(time.perf_counter() - began)
                assert answer.json()["tags"][0]["samples"] == DAYS * 86_400
    return spent
