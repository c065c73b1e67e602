import random
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest

from config.plant import Plant
from contract.sample import State, from_us, to_us
from mes.facts.model import HIGHEST, LOWEST, MachineFacts
from mes.facts.store import read_facts
from mes.keeper.refresh_loop import Refresh
from mes.screens.wall.store_wall import LineReader
from mes.screens.wall.view import LineView
from mes.web.access.access import Access
from mes.web.context import Context
from runtime.database import async_pool
from tests.mes.erp.plants import STEP, alarm, parts, settings, tape
from tests.mes.screens.lines import HOUR, MINUTE, SECOND, plant, plant_at


def same(one: MachineFacts, other: MachineFacts) -> bool:
    columns = ("state_at", "state", "product_at")
    steps = [(getattr(one, name), getattr(other, name)) for name in ("total", "good", "scrap")]
    return (
        one.product == other.product
        and one.outages == other.outages
        and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in columns)
        and all(np.array_equal(a.at, b.at) and np.array_equal(a.parts, b.parts) for a, b in steps)
    )


def frame(conn: psycopg.Connection[tuple[object, ...]], seq: int, machine: str, first: int, last: int) -> None:
    """A row of the ledger, and the position that says that its samples are in the facts."""
    conn.execute(
        "INSERT INTO frame (node, epoch, seq, lane, machines, samples, first_at, last_at, sha256)"
        " VALUES ('edge-1', 1, %s, 'live', %s, 1, %s, %s, '')",
        (seq, [machine], from_us(first), from_us(last)),
    )
    conn.execute(
        "INSERT INTO mes_position VALUES (true, (pg_current_xact_id()::text::bigint + 1)::text::xid8, 'b')"
        " ON CONFLICT (only_row) DO UPDATE SET transaction = excluded.transaction"
    )


def silence(conn: psycopg.Connection[tuple[object, ...]], machine: str, begin: int, end: int) -> None:
    """The counter of a machine tells nothing from one instant to another; that it still does so is taken back."""
    conn.execute("DELETE FROM count_step WHERE machine = %s AND at = %s", (machine, from_us(HIGHEST)))
    row = (machine, from_us(end), from_us(begin))
    conn.execute(f"INSERT INTO {STEP} VALUES (%s, 'total', %s, %s, 0, 1, true)", row)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("hour", [2, 12])
async def test_looking_again_and_again_equals_reading_everything(database: str, seed: int, hour: int) -> None:
    """At two o'clock the window begins eight hours ago and moves on, at noon it begins with the shift."""
    dice = random.Random(seed)
    small = plant_at(hour, 2)
    silent: dict[str, int] = {}
    with psycopg.connect(database, autocommit=True) as conn:
        for machine in ("press-1", "press-2"):
            silence(conn, machine, LOWEST, to_us(datetime.now(UTC)) - 20 * HOUR)
        async with async_pool(database, "mes") as pool:
            reader = LineReader(
                Context(settings(database), small, pool, Refresh(alive=True), Access({})), small.lines[0]
            )
            for seq in range(1, 25):
                machine = f"press-{dice.randint(1, 2)}"
                now = to_us(datetime.now(UTC))
                # Some facts are of now, some come late from any time of the last hours.
                at = now if dice.random() < 0.5 else now - dice.randrange(9 * HOUR)
                with conn.transaction():
                    if dice.random() < 0.6:
                        change = (machine, from_us(at), dice.choice([1, 3, 5]))
                        conn.execute("INSERT INTO state_change VALUES (%s, %s, %s)", change)
                    parts = dice.randint(1, 5)
                    made = (machine, from_us(at), from_us(at - SECOND), parts, parts)
                    conn.execute(f"INSERT INTO {STEP} VALUES (%s, 'total', %s, %s, %s, %s, false)", made)
                    if machine in silent and dice.random() < 0.5:
                        silence(conn, machine, silent.pop(machine), now + 1)
                    elif machine not in silent and at == now and dice.random() < 0.5:
                        silent[machine] = now
                        silence(conn, machine, now, HIGHEST)
                    frame(conn, seq, machine, at, at)

                view = await reader.look()

                async with pool.connection() as reading:
                    known = reader.facts["press-1"]
                    whole = await read_facts(reading, small, ["press-1", "press-2"], known.from_us, known.to_us)
                assert view.now_us == known.to_us
                assert all(same(normal(whole[id_]), normal(reader.facts[id_])) for id_ in whole), seq


def normal(facts: MachineFacts) -> MachineFacts:
    """Without rows that repeat the state before; the tables of mes have none, those of this test may."""
    keep = np.concatenate(([True], facts.state[1:] != facts.state[:-1]))
    return replace(facts, state_at=facts.state_at[keep], state=facts.state[keep])


async def test_the_wall_says_what_the_facts_say(database: str) -> None:
    small = plant(2)
    now = to_us(datetime.now(UTC))
    tape(database, "press-1", (now - HOUR, State.RUNNING), (now + 5 * SECOND, State.NO_DATA))
    tape(
        database, "press-2", (now - HOUR, State.RUNNING), (now - 3 * MINUTE, State.DOWN), (now + SECOND, State.NO_DATA)
    )
    parts(database, "press-1", "total", 4 * SECOND, now - HOUR, now)
    alarm(database, "press-2")

    view = await look(database, small)

    slow, down = view.tiles
    assert (slow.look.word, down.look.word) == ("state.slow", "state.down")
    assert down.since_us == now - 3 * MINUTE
    assert slow.data_us == now - SECOND
    assert [a.machine for a in down.alarms] == ["press-2"]
    assert slow.alarms == ()
    assert len(view.alarms) == 1
    assert view.shift is not None


async def test_a_machine_of_which_nothing_was_heard_has_no_data(database: str) -> None:
    view = await look(database, plant(1))

    tile = view.tiles[0]
    assert (tile.look.word, tile.data_us, tile.since_us, tile.numbers.oee.value) == ("state.no_data", None, None, None)


async def look(database: str, small: Plant) -> LineView:
    async with async_pool(database, "mes") as pool:
        return await LineReader(
            Context(settings(database), small, pool, Refresh(alive=True), Access({})), small.lines[0]
        ).look()


async def test_a_product_has_the_name_of_the_table_before_that_of_the_plant_file(database: str) -> None:
    now = to_us(datetime.now(UTC))
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO product_change (machine, at, product)"
            " VALUES ('press-1', %s, 'part'), ('press-2', %s, 'slow-part')",
            (from_us(now - HOUR), from_us(now - HOUR)),
        )
        conn.execute(
            "INSERT INTO product (number, name_en, name_zh, base_unit, client)"
            " VALUES ('part', 'Bracket', '支架', 'C62', 'erp')"
        )
    async with async_pool(database, "mes") as pool:
        small = plant(2)
        context = Context(settings(database), small, pool, Refresh(alive=True), Access({}))
        view = await LineReader(context, small.lines[0]).look()

    assert [tile.product and tile.product.zh for tile in view.tiles] == ["支架", "慢件"]
