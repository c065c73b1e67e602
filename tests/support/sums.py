"""A plant that changes while sums of it are kept; what is summed, and what facts give."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from config.plant import Plant
from contract.sample import Quality, Sample, from_us, to_us
from mes.calendar.store import read_calendar
from mes.calendar.store_ideal_cycles import read_ideal
from mes.facts.store import read_facts
from mes.kpi.elements import Elements
from mes.kpi.evaluation import evaluation_of
from mes.kpi.long_windows import DAY_US, HOUR_US
from mes.kpi.policy import policies_of
from mes.kpi.rollup import equipment_elements, measured_machines
from mes.kpi.store_long_windows import Ground, window_elements
from mes.orders.store import put_order
from mes.orders.wish import OrderWish
from mes.web.access.author import Author
from runtime.lending import Connection
from tests.mes.losses.test_routes_edits import SMALL
from tests.mes.screens.lines import MINUTE, SECOND

# Not long ago, so that few hours lie between then and now; it begins in an evening and ends in a night.
START = to_us(datetime.now(UTC)) // DAY_US * DAY_US - 4 * DAY_US + 20 * HOUR_US
LENGTH = 30 * HOUR_US


def samples(dice: random.Random, machine: str, seconds: int = 90) -> list[Sample]:
    """Thirty hours with stops of every length, silences, lost rejects and counters that are set back."""
    now, total, rejects, state, found = START, 60_000, 3, 1, []
    while now < START + LENGTH:
        now += dice.choice([1, seconds, seconds, 2 * seconds, 9 * seconds, 60 * seconds]) * SECOND
        state = dice.choice([state, state, 1, 1, 2])
        total = 0 if dice.random() < 0.01 else total + dice.randint(0, 30)
        rejects += dice.randint(0, 1)
        for tag, value in (("state", float(state)), ("total", float(total)), ("rejects", float(rejects))):
            if dice.random() < 0.9:
                found.append(Sample(machine, tag, now, now, value, Quality.GOOD))
    return found


def other_plant() -> Plant:
    """Press 2 stands in the saw's line and may be silent for longer; small stops are speed loss."""
    one, two = SMALL.lines
    press_2 = one.machines[1].model_copy(update={"no_data_after": timedelta(seconds=45)})
    lines = (
        one.model_copy(update={"machines": (one.machines[0],), "output": None}),
        two.model_copy(update={"machines": (*two.machines, press_2), "output": None}),
    )
    return SMALL.model_copy(update={"lines": lines, "policy": "tpm-classic"})


OTHER = other_plant()


async def ground_of(conn: Connection, plant: Plant) -> Ground:
    row = await (await conn.execute("SELECT known_at FROM mes_position")).fetchone()
    assert row is not None
    known = to_us(row[0])
    policy = policies_of(plant.policies)[plant.policy]
    calendar, ideal = await read_calendar(conn, plant.site), await read_ideal(conn, plant)
    return Ground(plant, calendar, ideal, policy, known, known + SECOND)


async def summed(conn: Connection, plant: Plant, equipment: str, window: tuple[int, int]) -> Elements:
    ground = await ground_of(conn, plant)
    return await window_elements(conn, ground, equipment, *window)


async def computed(conn: Connection, plant: Plant, equipment: str, window: tuple[int, int]) -> Elements:
    ground = await ground_of(conn, plant)
    ids = [machine.id for machine in measured_machines(plant, equipment)]
    facts = await read_facts(conn, plant, ids, *window, told_us=ground.told_us)
    evaluation = evaluation_of(plant, ground.calendar, ground.ideal, *window, ground.policy)
    return equipment_elements(plant, equipment, facts, evaluation)


def a_window(dice: random.Random) -> tuple[int, int]:
    start = START + dice.randrange(-3 * HOUR_US, LENGTH)
    start = start // (exact := dice.choice([1, MINUTE, MINUTE, HOUR_US])) * exact
    minutes = dice.randrange(1, 150) * MINUTE
    return start, start + dice.choice([MINUTE, minutes, 7 * HOUR_US + minutes, 31 * HOUR_US + 5 * SECOND, 2 * DAY_US])


async def something_changes(dice: random.Random, conn: Connection) -> None:
    """Somebody corrects a tape, the calendar, a cycle or an order, or takes a correction back."""
    machine = dice.choice(["press-1", "press-2"])
    start = START + dice.randrange(LENGTH)
    end = start + dice.choice([MINUTE, 40 * MINUTE, 5 * HOUR_US])
    person = {"by": "Li Wei", "why": "x"}
    match dice.randrange(5):
        case 0:
            await conn.execute(
                "INSERT INTO edit (machine, kind, from_at, to_at, state, asked, before, by, why)"
                " VALUES (%(m)s, 'reclassify', %(a)s, %(b)s, %(s)s, '{}', '[]', %(by)s, %(why)s)",
                person | {"m": machine, "a": from_us(start), "b": from_us(end), "s": dice.choice([0, 1, 5, 6])},
            )
        case 1:
            await conn.execute(
                "INSERT INTO edit (machine, kind, from_at, to_at, asked, before, by, why, undoes)"
                " SELECT machine, 'undo', from_at, to_at, '{}', '[]', %(by)s, %(why)s, id FROM edit"
                " WHERE undoes IS NULL ORDER BY random() LIMIT 1",
                person,
            )
        case 2:
            breaks = json.dumps([{"starts": f"{dice.randrange(24):02}:10", "ends": f"{dice.randrange(24):02}:55"}])
            day = from_us(START).date() + timedelta(days=dice.randrange(3))
            await conn.execute(
                "INSERT INTO calendar_override (day, shift, kind, breaks, by, why)"
                " VALUES (%(day)s, 'day', 'breaks', %(b)s, %(by)s, %(why)s)",
                person | {"day": day, "b": breaks},
            )
        case 3:
            await conn.execute(
                "INSERT INTO ideal_cycle (machine, from_at, cycle_us, source, by, why)"
                " VALUES (%(m)s, %(a)s, %(c)s, 'api', %(by)s, %(why)s)",
                person | {"m": machine, "a": from_us(start), "c": dice.choice([500_000, 1_999_999, 3_000_000])},
            )
        case _:
            place = dice.choice([{"machine": machine}, {"line": "line-1"}])
            order = {"id": f"WO-{dice.randint(1, 3)}", "product": "part", "quantity": 5, "due_at": from_us(end)}
            wish = OrderWish.model_validate(order | place | {"started_at": from_us(start)})
            await put_order(conn, wish.id, wish, Author(None, "erp"))


async def count(conn: Connection, table: str) -> int:
    """How many rows a table has, with a condition or without."""
    row = await (await conn.execute(f"SELECT count(*) FROM {table}".encode())).fetchone()
    assert row is not None
    return int(row[0])


async def rows(conn: Connection) -> list[Any]:
    """What is kept of the time of which there are data."""
    found = []
    for table, column in (("equipment_hour", "hour"), ("equipment_day", "day"), ("equipment_minutes", "hour")):
        query = f"SELECT * FROM {table} WHERE {column} < %s ORDER BY 1, 2"
        found += await (await conn.execute(query.encode(), (from_us(START + 3 * DAY_US),))).fetchall()
    return found
