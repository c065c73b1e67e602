"""A tag that shows the order: production belongs to it from then on, and the ERP's order begins and ends by it."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from collector.writer import Message, Writer
from config.load import BadPlantFile, parse_plant
from config.plant import Plant
from contract.frame import encode
from contract.sample import Quality, Sample, from_us
from contract.topics import frame_topic
from mes.facts.store import read_facts
from mes.keeper.store import Keeper
from mes.orders.operation_states import Command
from mes.orders.store import bind_orders
from mes.orders.store_progress import refresh_progress
from mes.orders.wish import OrderWish
from runtime.database import connect
from tests.mes.house import MINUTE, SECOND, START, reading, sample
from tests.mes.orders.people import asked, ordered, started
from tests.support.frames import frame_of
from tests.times import later

DEMO = Path("config/demo.yaml").read_text(encoding="utf-8")
TOTAL = "          - {name: total, role: total_count, register: 2"
NOW = START + 60 * MINUTE
EPOCHS = itertools.count(1)


def plant(kind: str = "type: string, length: 16") -> Plant:
    """The demo with an order tag on its first press."""
    tag = f"          - {{name: order, role: order, register: 40, {kind}}}\n"
    assert TOTAL in DEMO
    return parse_plant(DEMO.replace(TOTAL, tag + TOTAL, 1))


PLANT = plant()


def shows(second: float, order: str | int | None, machine: str = "press-1") -> Sample:
    """The order tag so many seconds after START: a text, a number, or None for BAD."""
    at = START + round(second * SECOND)
    if isinstance(order, str):
        return Sample(machine, "order", at, at, None, Quality.GOOD, order)
    return sample(machine, "order", second, order)


def know(database: str, samples: Sequence[Sample], of: Plant = PLANT) -> None:
    writer = Writer(database, of.site.id, now=later)
    writer.write([Message(frame_topic(of.site.id, "edge-1"), encode(frame_of("edge-1", next(EPOCHS), 1, samples)))])
    writer.close()
    with connect(database, "mes") as conn:
        keeper = Keeper(conn, of)
        while keeper.step():
            pass


def wish(**changed: object) -> OrderWish:
    values = {"id": "o-1", "product": "bracket-a", "quantity": 500, "machine": "press-1"}
    return OrderWish.model_validate(values | {"due_at": from_us(START) + timedelta(hours=3)} | changed)


async def in_force(conn: Any, of: Plant = PLANT, machine: str = "press-1") -> list[tuple[int, str | None]]:
    """(second, order) of the tape of ten minutes."""
    facts = (await read_facts(conn, of, [machine], START, START + 10 * MINUTE))[machine]
    return [((at - START) // SECOND, order) for at, order in zip(facts.order_at.tolist(), facts.order, strict=True)]


async def bound(conn: psycopg.AsyncConnection[Any], id_: str = "o-1") -> tuple[float | None, float | None, str]:
    """When an order began and when it left its machine, in seconds, and who said so last."""
    rows = await (
        await conn.execute(
            "SELECT r.from_at, r.to_at FROM run r WHERE r.work_order = %s AND NOT r.gone ORDER BY r.from_at", (id_,)
        )
    ).fetchall()
    by = await (
        await conn.execute(
            "SELECT t.client FROM transition t JOIN operation o ON o.id = t.operation WHERE o.work_order = %s"
            " ORDER BY t.seq DESC LIMIT 1",
            (id_,),
        )
    ).fetchone()
    edges = (rows[0][0], rows[-1][1]) if rows else (None, None)
    began, ended = (None if at is None else (at - from_us(START)).total_seconds() for at in edges)
    return began, ended, by[0] if by else "nobody"


LIFE = [shows(10, "o-1"), shows(60, "o-1"), shows(120, "o-2"), shows(180, " o-1 "), shows(240, ""), shows(300, "o-2")]
TAPE = [(0, None), (10, "o-1"), (120, "o-2"), (180, "o-1"), (240, None), (300, "o-2")]


async def test_production_belongs_to_the_order_that_is_shown_and_a_pause_belongs_to_none(database: str) -> None:
    know(database, LIFE)

    async with reading(database) as conn:
        assert await in_force(conn) == TAPE


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[1:])
async def test_it_does_not_matter_in_which_order_the_samples_come(database: str, order: tuple[int, ...]) -> None:
    for n in order:
        know(database, LIFE[2 * n : 2 * n + 2])
    async with reading(database) as conn:
        await ordered(conn, wish())
        await bind_orders(conn, PLANT, NOW)

        assert await in_force(conn) == TAPE
        assert await bound(conn) == (10, 240, "plc")


async def test_a_silence_and_what_cannot_be_read_end_no_order(database: str) -> None:
    know(database, [shows(10, "o-1"), shows(60, None), shows(300, "o-1")])

    async with reading(database) as conn:
        assert await in_force(conn) == [(0, None), (10, "o-1")]


async def test_an_order_may_be_a_number_and_0_is_none(database: str) -> None:
    numbered = plant("type: uint32")
    know(database, [shows(10, 4711), shows(60, 0), shows(90, 4712)], numbered)

    async with reading(database) as conn:
        assert await in_force(conn, numbered) == [(0, None), (10, "4711"), (60, None), (90, "4712")]


async def test_the_erps_order_begins_and_ends_with_what_is_shown_also_when_it_is_sent_afterwards(
    database: str,
) -> None:
    know(database, LIFE[:2])
    async with reading(database) as conn:
        await ordered(conn, wish())
        assert await bind_orders(conn, PLANT, NOW)
        running = await bound(conn)
        assert not await bind_orders(conn, PLANT, NOW)
    know(database, LIFE[2:3])
    async with reading(database) as conn:
        await bind_orders(conn, PLANT, NOW)
        ended = await bound(conn)
    know(database, LIFE[3:4])
    async with reading(database) as conn:
        await bind_orders(conn, PLANT, NOW)
        again = await bound(conn)

    assert (running, ended, again) == ((10, None, "plc"), (10, 120, "plc"), (10, None, "plc"))


async def test_what_a_person_has_ended_stays_ended(database: str) -> None:
    know(database, LIFE[:2])
    async with reading(database) as conn:
        await ordered(conn, wish())
        await bind_orders(conn, PLANT, NOW)
        await asked(conn, PLANT, "o-1", Command.COMPLETE, START + MINUTE)
        await bind_orders(conn, PLANT, NOW)

        assert await bound(conn) == (10, 60, "test")


async def test_an_order_of_the_line_is_bound_where_the_line_is_counted_only(database: str) -> None:
    know(database, LIFE[:2])
    async with reading(database) as conn:
        await ordered(conn, wish(machine=None, line="stamping"))
        await bind_orders(conn, PLANT, NOW)

        assert PLANT.lines[0].output_machine != "press-1"
        assert await bound(conn) == (None, None, "nobody")


async def test_only_parts_that_were_made_while_it_was_shown_count_for_it(database: str) -> None:
    made = [sample("press-1", tag, s, value) for s in range(0, 401, 10) for tag, value in (("total", 100.0 + s),)]
    products = [sample("press-1", "product", s, 1.0) for s in range(0, 401, 10)]
    rejects = [sample("press-1", "rejects", s, 0.0) for s in range(0, 401, 10)]
    know(database, [*LIFE, *made, *products, *rejects])
    async with reading(database) as conn:
        await ordered(conn, wish(id="o-2"))
        await bind_orders(conn, PLANT, NOW)
        [(_, progress)] = await refresh_progress(conn, PLANT, START + 400 * SECOND)

    # Known at 120, 130, ... 170 and at 300, 310, ... 390: ten parts each.
    assert progress.done == (6 + 10) * 10


async def test_without_the_tag_orders_are_in_force_as_people_say_and_no_tape_is_left(database: str) -> None:
    know(database, LIFE)
    without = parse_plant(DEMO)
    know(database, [sample("press-1", "state", 500, 1.0)], without)

    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM order_change").fetchone() == (0,)


def test_an_order_is_no_fraction() -> None:
    with pytest.raises(BadPlantFile, match="an order is a whole number or a text"):
        plant("type: float32")


async def test_an_order_that_is_shown_waits_while_another_one_runs_on_its_machine(database: str) -> None:
    know(database, [shows(10, "o-2")])
    told: dict[UUID, str] = {}
    async with reading(database) as conn:
        for name in ("o-1", "o-2"):
            await ordered(conn, wish(id=name))
        await started(conn, PLANT, "o-1", START)

        assert not await bind_orders(conn, PLANT, NOW, told)
        assert (await bound(conn, "o-2"))[:2] == (None, None)
        assert ["Order 'o-1' (step 10) runs on 'press-1'" in reason for reason in told.values()] == [True]

        await asked(conn, PLANT, "o-1", Command.COMPLETE, NOW)
        assert await bind_orders(conn, PLANT, NOW, told)
        # What a person has said of the machine stays: o-1 had it until then.
        assert (await bound(conn, "o-2"))[0] == (NOW - START) / SECOND
        assert told == {}


async def test_the_order_that_is_shown_takes_the_place_of_the_one_that_was_shown_before(database: str) -> None:
    async with reading(database) as conn:
        for name in ("o-1", "o-2"):
            await ordered(conn, wish(id=name))
        know(database, [shows(10, "o-1")])
        await bind_orders(conn, PLANT, NOW)
        know(database, [shows(60, "o-2")])
        await bind_orders(conn, PLANT, NOW)

        assert (await bound(conn, "o-1"))[:2] == (10, 60)
        assert (await bound(conn, "o-2"))[:2] == (60, None)
