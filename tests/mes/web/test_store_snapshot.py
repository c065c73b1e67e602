"""What was known when: every earlier answer stays readable, and only what was ever told is kept."""

import random
import time
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from collector.writer import Message, Writer
from contract.frame import encode
from contract.sample import Quality, Sample, from_us, to_us
from contract.topics import frame_topic
from mes.facts.model import MachineFacts
from mes.facts.store import read_facts
from mes.keeper.store import Keeper
from mes.keeper.store_retention import forget_versions
from runtime.database import connect
from tests.mes.erp.plants import client
from tests.mes.house import PLANT, reading
from tests.mes.keeper.test_store import SECOND, START, absorb, an_hour_of_samples, keeper_of, store
from tests.mes.screens.lines import plant
from tests.support.frames import frame_of
from tests.times import later

HOUR = 3600 * SECOND
MACHINES = ["press-1", "press-2"]
LATE = {"kpis": 80, "counts": 90, "states": 100}


def plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def said(facts: dict[str, MachineFacts]) -> list[Any]:
    return [[plain(value) for value in flat(astuple(f))] for f in facts.values()]


def flat(values: Any) -> list[Any]:
    return [part for value in values for part in (flat(value) if isinstance(value, tuple) else [value])]


def known_at(conn: psycopg.Connection[tuple[Any, ...]]) -> int:
    row = conn.execute("SELECT known_at FROM mes_position").fetchone()
    assert row is not None
    return to_us(row[0])


def shuffled(dice: random.Random) -> list[list[Sample]]:
    """An hour of two machines in frames that come in any order, some twice over in other frames."""
    frames: dict[int, list[Sample]] = {}
    for one in an_hour_of_samples(dice, MACHINES, 60):
        frames.setdefault((one.source_us - START) // (11 * SECOND), []).append(one)
    order = list(frames.values())
    dice.shuffle(order)
    return [*order, *dice.sample(order, 3)]


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_came_later_each_earlier_answer_can_be_read_again(database: str, seed: int) -> None:
    dice = random.Random(seed)
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    then: list[tuple[int, list[Any]]] = []
    async with reading(database) as conn:
        for seq, frame in enumerate(shuffled(dice), start=1):
            store(writer, seq, frame)
            absorb(keeper)
            now = await read_facts(conn, PLANT, MACHINES, START - HOUR, START + HOUR)
            then.append((known_at(keeper.conn), said(now)))
        again = [
            said(await read_facts(conn, PLANT, MACHINES, START - HOUR, START + HOUR, as_of_us=at)) for at, _ in then
        ]

    assert len({str(answer) for _, answer in then}) > 10
    assert again == [answer for _, answer in then]


async def test_before_anything_was_known_there_is_no_data(database: str) -> None:
    keeper = keeper_of(database)
    absorb(keeper)
    before = known_at(keeper.conn)
    store(Writer(database, PLANT.site.id, now=later), 1, an_hour_of_samples(random.Random(1), MACHINES, 20))
    absorb(keeper)

    async with reading(database) as conn:
        found = await read_facts(conn, PLANT, MACHINES, START, START + HOUR, as_of_us=before)

    assert [(f.state.tolist(), f.total.parts.tolist()) for f in found.values()] == [([0], []), ([0], [])]


def test_each_transaction_of_the_keeper_is_known_later_than_the_one_before(database: str) -> None:
    keeper = keeper_of(database)
    absorb(keeper)
    keeper.conn.execute("UPDATE mes_position SET known_at = clock_timestamp() + interval '1 hour'")
    ahead = known_at(keeper.conn)

    store(Writer(database, PLANT.site.id, now=later), 1, an_hour_of_samples(random.Random(1), MACHINES, 5))
    known = [ahead]
    while keeper.step():
        known.append(known_at(keeper.conn))

    assert known == sorted(set(known))
    assert len(known) > 2


def test_a_heartbeat_leaves_no_version_behind(database: str) -> None:
    """The tape's end moves on with each sample; nobody was told of one that lay ahead."""
    writer, keeper = Writer(database, PLANT.site.id), keeper_of(database)
    for seq in range(1, 8):
        now = to_us(datetime.now(UTC))
        store(writer, seq, [Sample("press-1", "state", now, now, 1.0, Quality.GOOD)])
        absorb(keeper)
        time.sleep(0.01)

    assert count(keeper, "state_change") == 2
    assert count(keeper, "state_history") == 0


def test_a_silence_that_was_told_and_then_filled_stays_readable(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    for seq, at in enumerate((START, START + 60 * SECOND, START + 3 * SECOND), start=1):
        store(writer, seq, [Sample("press-1", "state", at, at, 1.0, Quality.GOOD)])
        absorb(keeper)

    closed = keeper.conn.execute("SELECT at, state FROM state_history ORDER BY at").fetchall()
    assert closed == [(from_us(START + 6 * SECOND), 0)]


def count(keeper: Keeper, table: str) -> int:
    row = keeper.conn.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_versions_are_kept_for_ever_unless_the_plant_says_otherwise(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    for seq, frame in enumerate(shuffled(random.Random(2)), start=1):
        store(writer, seq, frame)
        absorb(keeper)
    tables = ("state_history", "step_history")
    before, now = [count(keeper, table) for table in tables], datetime.now(UTC)

    with connect(database, "mes") as conn:
        assert forget_versions(conn, None, now + timedelta(days=4000)) == 0
        assert forget_versions(conn, timedelta(days=30), now) == 0
        assert [count(keeper, table) for table in tables] == before
        gone = forget_versions(conn, timedelta(days=30), now + timedelta(days=31))

    assert min(before) > 5
    assert gone >= sum(before)
    assert [count(keeper, table) for table in tables] == [0, 0]


async def test_an_answer_names_its_knowledge_and_is_given_again_for_it(database: str) -> None:
    small = plant(1)
    writer = Writer(database, "works", now=later)
    keeper = Keeper(connect(database, "mes"), small)
    one = [Sample("press-1", "state", START + n * SECOND, START, 1.0, Quality.GOOD) for n in range(0, 60, 2)]
    asked = {"from": from_us(START).isoformat(), "to": from_us(START + 120 * SECOND).isoformat()}
    store_at(writer, 1, one)
    absorb(keeper)
    async with client(database, small) as http:
        for kind in ("kpis", "counts", "states"):
            path = f"/api/v1/equipment/press-1/{kind}"
            first = (await http.get(path, params=asked)).json()
            as_of = first.get("as_of", from_us(known_at(keeper.conn)).isoformat())
            store_at(writer, 2 + LATE[kind], [late(kind)])
            absorb(keeper)
            later_on = (await http.get(path, params=asked)).json()
            again = (await http.get(path, params=asked | {"as_of": as_of})).json()

            assert later_on != first
            assert without_time(later_on) != without_time(first) or kind == "counts"
            assert again == first


def late(kind: str) -> Sample:
    return Sample("press-1", "state", START + LATE[kind] * SECOND, START, 5.0, Quality.GOOD)


def without_time(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "as_of"}


def store_at(writer: Writer, seq: int, samples: list[Sample]) -> None:
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, seq, samples)))])


async def test_what_nobody_keeps_is_not_made_up(database: str) -> None:
    small = plant(1)
    absorb(Keeper(connect(database, "mes"), small))
    asked = {"window": "hour", "as_of": "2020-01-01T00:00:00Z"}

    async with client(database, small) as http:
        answer = await http.get("/api/v1/equipment/press-1/kpis", params=asked)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == "query.as_of"
    assert "is not kept" in answer.text
