"""Sums of orders are those of the facts to the part, whatever has changed since they were made."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from collector.writer import Message, Writer
from contract.frame import encode
from contract.sample import Quality, Sample, from_us, to_us
from contract.topics import frame_topic
from mes.calendar.store import read_calendar
from mes.keeper.store import Keeper
from mes.kpi.long_windows import HOUR_US
from mes.orders.operation_states import Command
from mes.orders.quantities.booked import QuantityKind
from mes.orders.quantities.models import QuantityBody
from mes.orders.quantities.store import report
from mes.orders.quantities.store_sums import Asked, computed, make_sums, summed
from mes.orders.quantities.sums import sums
from mes.orders.wish import OrderWish
from mes.web.store_snapshot import snapshot_at
from runtime.database import connect
from runtime.lending import Connection
from tests.mes.house import reading
from tests.mes.keeper.test_store import absorb
from tests.mes.losses.test_routes_edits import SMALL
from tests.mes.orders.people import PERSON, asked, ordered, started
from tests.support.frames import frame_of
from tests.support.sums import START, samples, something_changes
from tests.times import later

BY = (("order",), ("day", "machine"), ("shift", "operation", "product"))
WINDOW = (START - 5 * HOUR_US, START + 45 * HOUR_US)


async def told(conn: Connection, by: tuple[str, ...]) -> tuple[list[Any], list[Any]]:
    """By sums and by facts alone, of one snapshot."""
    async with snapshot_at(conn, None) as known:
        calendar = await read_calendar(conn, SMALL.site)
        kept, facts = [sums(await of(conn, SMALL, calendar, WINDOW, known, Asked(by))) for of in (summed, computed)]
    return [row for row in kept if is_something(row)], [row for row in facts if is_something(row)]


def is_something(row: dict[str, Any]) -> bool:
    return any(row[f"{kind.value}_high"] or row[kind.value] for kind in QuantityKind)


async def make_all(conn: Connection) -> None:
    while await make_sums(conn, SMALL, datetime.now(UTC)):
        pass


async def reports(dice: random.Random, conn: Connection) -> None:
    for id_, begun in await (await conn.execute("SELECT id, begun_at FROM operation")).fetchall():
        if begun is not None and dice.random() < 0.7:
            at = from_us(to_us(begun) + dice.randrange(20 * HOUR_US))
            quantity = Decimal(dice.randint(1, 500))
            body = QuantityBody(operation=id_, kind=QuantityKind.SCRAP, quantity=quantity, reason="burr", made_at=at)
            await report(conn, body, PERSON)


@pytest.mark.parametrize("seed", range(3))
async def test_sums_equal_facts_whatever_changes(database: str, seed: int) -> None:
    dice = random.Random(seed)
    writer, keeper = Writer(database, "works", now=later), Keeper(connect(database, "mes"), SMALL)
    rows = [row for name in ("press-1", "press-2") for row in samples(dice, name)]
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, 1, rows)))])
    absorb(keeper)
    async with reading(database) as conn:
        await conn.execute("INSERT INTO reason (id, kind, name_en, name_zh) VALUES ('burr', 'scrap', 'Burr', '毛刺')")
        for number, machine in ((1, "press-1"), (2, "press-2")):
            wish = OrderWish(
                id=f"A-{number}", product="part", quantity=Decimal(90_000), due_at=from_us(START), machine=machine
            )
            assert await ordered(conn, wish) is None
            assert await started(conn, SMALL, wish.id, START + number * HOUR_US) is None
        absorb(keeper)
        await make_all(conn)
        for _ in range(5):
            for _ in range(dice.randint(1, 3)):
                await something_changes(dice, conn)
            if dice.random() < 0.5:
                await reports(dice, conn)
            if dice.random() < 0.5:
                late = START + dice.randrange(30 * HOUR_US)
                row = Sample("press-1", "total", late, late, float(dice.randrange(60_000)), Quality.GOOD)
                seq = 2 + dice.randrange(10**6)
                writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 2, seq, [row])))])
            await asked(conn, SMALL, "A-1", Command.COMPLETE, START + dice.randrange(2, 40) * HOUR_US)
            keeper.reported = replace(keeper.reported, looked_at=0.0)
            absorb(keeper)
            if dice.random() < 0.5:
                await make_all(conn)
            for by in BY:
                kept, facts = await told(conn, by)
                assert kept == facts, by
        assert count(database, "booked_day") > 0


async def test_another_sum_is_read_while_one_is_missing(database: str) -> None:
    """Whatever is not summed comes from facts: a machine's day that is taken away changes no answer."""
    dice = random.Random(9)
    writer, keeper = Writer(database, "works", now=later), Keeper(connect(database, "mes"), SMALL)
    rows = samples(dice, "press-1")
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, 1, rows)))])
    async with reading(database) as conn:
        wish = OrderWish(id="A-1", product="part", quantity=Decimal(90_000), due_at=from_us(START), machine="press-1")
        assert await ordered(conn, wish) is None
        assert await started(conn, SMALL, "A-1", START + HOUR_US) is None
        absorb(keeper)
        before = await told(conn, ("order",))
        await make_all(conn)
        whole = await told(conn, ("order",))
        await conn.execute(
            "DELETE FROM booked_day WHERE machine = 'press-1' AND day = (SELECT max(day) FROM booked_day)"
        )
        less = await told(conn, ("order",))
        await conn.execute("UPDATE booked_sum SET low = low + 1")
        wrong = await told(conn, ("order",))

    assert before[0] == before[1] == whole[0] == less[0]
    assert wrong[0] != wrong[1], "the sums are what is read"


def count(database: str, table: str) -> int:
    with psycopg.connect(database) as conn:
        row = conn.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    return int(row[0]) if row else 0
