"""Asking for KPIs of a site through the API's own way to them."""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
import psycopg

from config.load import parse_plant
from config.plant import Line, Plant
from contract.sample import State, to_us
from mes.app import create_app
from mes.calendar.store import read_calendar
from mes.calendar.store_ideal_cycles import read_ideal
from mes.facts.store import read_facts
from mes.keeper.refresh_loop import Refresh
from mes.keeper.store import Keeper
from mes.keeper.store_sums import HourKeeper
from mes.kpi.elements import Elements
from mes.kpi.evaluation import evaluation_of
from mes.kpi.long_windows import DAY_US
from mes.kpi.policy import policies_of
from mes.kpi.rollup import equipment_elements
from mes.kpi.store_long_windows import Ground, window_elements
from runtime.database import async_pool, connect
from runtime.memory import keep_for_good
from runtime.settings import settings_from
from tests.bench.collector import database
from tests.bench.figure import Figure

MACHINES = 200
DAYS = 30
QUERIES = 100
MACHINE = """
      - id: m-{n}
        name: {{en: M {n}, zh: 机 {n}}}
        device: plc
        ideal_cycle: 2s
        tags:
          - {{name: state, role: state, register: 1, states: {{1: running, 5: down}}}}
          - {{name: total, role: total_count, register: 2}}
          - {{name: rejects, role: scrap_count, register: 3}}"""
PLANT = """
site:
  id: works
  name: {{en: Works, zh: 工厂}}
  zone: Asia/Shanghai
  shifts:
    - {{id: early, name: {{en: E, zh: 早}}, days: [mon, tue, wed, thu, fri, sat, sun], starts: 06:00, ends: 14:00,
       breaks: [{{starts: 10:00, ends: 10:15}}]}}
    - {{id: late, name: {{en: L, zh: 晚}}, days: [mon, tue, wed, thu, fri, sat, sun], starts: 14:00, ends: 22:00}}
devices: [{{id: plc, edge: edge-1, protocol: modbus, host: 127.0.0.1}}]
lines:
  - id: line
    name: {{en: Line, zh: 线}}
    machines:{machines}
"""
# So many machines have a life of their own; the others live one of these too.
LIVES = 10
# Of a machine's minutes so many were not observed, here and there.
UNOBSERVED = 0.01
MINUTE = timedelta(minutes=1)
COPIES = (
    "INSERT INTO state_change (machine, at, state) SELECT 'm-' || n, at, state FROM state_change,"
    " generate_series(%(lives)s::int, %(n)s::int) n WHERE machine = 'm-' || n %% %(lives)s::int",
    "INSERT INTO count_step (machine, counter, at, since, parts, most, bridged) SELECT 'm-' || n, counter, at, since,"
    " parts, most, bridged FROM count_step, generate_series(%(lives)s::int, %(n)s::int) n"
    " WHERE machine = 'm-' || n %% %(lives)s::int",
)


def live(conn: psycopg.Connection, machine: str, begin: datetime, end: datetime) -> None:
    """The facts of a machine: a stop of one to four minutes every ten, parts every minute, rejects every ten.

    In a minute that was not observed there is NO_DATA, and what was counted becomes known with the next reading.
    """
    dice, minutes = random.Random(machine), int((end - begin) / MINUTE)
    lost = [dice.random() < UNOBSERVED for _ in range(minutes)]
    state, before = [], None
    for number, unobserved in enumerate(lost):
        hour = (begin + number * MINUTE).hour
        now = State.NO_DATA if unobserved else State.RUNNING if number % 10 < 5 + hour % 4 else State.DOWN
        if now is not before:
            state.append((machine, begin + number * MINUTE, int(now)))
        before = now
    steps = []
    for counter, every, parts in (("total", 1, 25), ("scrap", 10, 1)):
        since, read = 0, [n for n in range(every, minutes + 1, every) if not any(lost[n - every : n])]
        for number in read:
            made, at = (number - since) // every * parts, begin + number * MINUTE
            steps.append((machine, counter, at, begin + since * MINUTE, made, made, number - since > every))
            since = number
    with conn.cursor() as cursor:
        with cursor.copy("COPY state_change (machine, at, state) FROM STDIN") as copy:
            for row in state:
                copy.write_row(row)
        with cursor.copy("COPY count_step (machine, counter, at, since, parts, most, bridged) FROM STDIN") as copy:
            for row in steps:
                copy.write_row(row)


def plant_of(machines: int) -> Plant:
    """A line of equal machines, m-0, m-1 and so on."""
    return parse_plant(PLANT.format(machines="".join(MACHINE.format(n=n) for n in range(machines))))


def kpi_query() -> list[Figure]:
    """KPIs of 200 machines over 30 days, asked over HTTP, beside computing the same from facts for one of them."""
    plant = plant_of(MACHINES)
    with lived(plant, DAYS + 3) as (url, begin):
        spent = asyncio.run(asked(url, plant, begin, DAYS))
        alone, same = asyncio.run(agree(url, plant, to_us(begin) + 1_234_567_890))
    assert same, "what is kept must equal what facts give"
    against = f"{MACHINES} machines x {DAYS} days, whole answer over HTTP, windows of any minute"
    return [
        Figure("kpi_query_p50", quantile_ms(spent, 0.5), "ms", against),
        Figure("kpi_query_p99", quantile_ms(spent, 0.99), "ms", against, "< 100"),
        Figure("kpi_from_facts", alone * 1e3, "ms", "the same for one machine alone, computed from its facts"),
    ]


def kpi_growth() -> list[Figure]:
    """The same of 1 and 10 times the machines (100 times: kpi_query), and of 1, 10 and 100 times the days."""
    figures = []
    for machines, days in ((2, DAYS), (20, DAYS), (2, 4), (2, 40), (2, 396)):
        plant = plant_of(machines)
        with lived(plant, days + 3) as (url, begin):
            spent = asyncio.run(asked(url, plant, begin, days))
        against = "all of the site's history in one window"
        figures.append(Figure(f"kpi_query_{machines}_machines_{days}_days", quantile_ms(spent, 0.5), "ms", against))
    return figures


@contextmanager
def lived(plant: Plant, days: int) -> Iterator[tuple[str, datetime]]:
    """A database in which every machine of the plant has lived so many days; and when they began."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    begin = end - timedelta(days=days)
    with database() as url, connect(url, "bench") as conn:
        conn.execute("SET statement_timeout = 0")
        for machine in plant.machines[:LIVES]:
            live(conn, machine.id, begin, end)
        keeper = Keeper(conn, plant)
        while keeper.step():
            pass
        asyncio.run(keep(url, plant.model_copy(update={"lines": (_first(plant),)})))
        for statement in COPIES:
            conn.execute(statement, {"n": len(plant.machines) - 1, "lives": LIVES})
        asyncio.run(copy_hours(url, plant))
        asyncio.run(keep(url, plant))
        conn.execute("ANALYZE")
        yield url, begin


def quantile_ms(seconds: list[float], share: float) -> float:
    """What this share of some times does not exceed, in milliseconds."""
    return float(np.quantile(seconds, share)) * 1e3


def _first(plant: Plant) -> Line:
    line = plant.lines[0]
    return line.model_copy(update={"machines": line.machines[:LIVES], "output": None})


async def keep(url: str, plant: Plant) -> None:
    """Make the sums that are missing in mes's own way."""
    hours = HourKeeper(plant)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, options="-c timezone=UTC") as conn:
        while await hours.make_some(conn):
            pass


async def copy_hours(url: str, plant: Plant) -> None:
    """The same sums for the others; they are made by the same, as their tags are the same."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        for table, columns in (
            ("equipment_hour", "hour, inputs_hash, outdated, elements"),
            ("equipment_day", "day, inputs_hash, elements"),
            ("equipment_minutes", "hour, inputs_hash, unobserved, minutes"),
        ):
            await conn.execute(
                f"INSERT INTO {table} SELECT 'm-' || n, {columns} FROM {table},"
                f" generate_series({LIVES}, {len(plant.machines) - 1}) n"
                f" WHERE equipment = 'm-' || n % {LIVES}".encode()
            )


async def asked(url: str, plant: Plant, begin: datetime, days: int) -> list[float]:
    """Seconds of each answer: windows of so many days that begin at any minute of the first three."""
    dice, spent = random.Random(1), []
    async with async_pool(url, "mes") as pool:
        app = create_app(settings_from({"SHOPFLOOR_DATABASE": url}), plant, pool, Refresh(alive=True))
        keep_for_good()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
            for number in range(QUERIES + 5):
                start = begin + timedelta(minutes=dice.randrange(3 * 24 * 60 - 120))
                window = {"from": start.isoformat(), "to": (start + timedelta(days=days)).isoformat()}
                began = time.perf_counter()
                answer = await http.get("/api/v1/equipment/works/kpis", params=window)
                if number >= 5:
                    spent.append(time.perf_counter() - began)
                answer.raise_for_status()
    return spent


async def agree(url: str, plant: Plant, start: int) -> tuple[float, bool]:
    """How long one machine's window from `start` takes from facts, in seconds, and whether that equals its sum."""
    end = start + DAYS * DAY_US
    policy = policies_of(plant.policies)[plant.policy]
    async with async_pool(url, "mes") as pool, pool.connection() as conn:
        calendar, ideal = await read_calendar(conn, plant.site), await read_ideal(conn, plant)
        ground = Ground(plant, calendar, ideal, policy, to_us(datetime.now(UTC)), to_us(datetime.now(UTC)))
        kept = await window_elements(conn, ground, "m-7", start, end)
        began = time.perf_counter()
        facts = await read_facts(conn, plant, ["m-7"], start, end)
        found: Elements = equipment_elements(
            plant, "m-7", facts, evaluation_of(plant, calendar, ideal, start, end, policy)
        )
    return time.perf_counter() - began, kept == found
