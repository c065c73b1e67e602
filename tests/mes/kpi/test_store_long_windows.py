"""Hours that are kept: however facts, edits, calendar and cycles change, sums are what computing from facts gives."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from collector.writer import Message, Writer
from config.plant import Plant
from contract.frame import encode, frame_of
from contract.sample import Quality, Sample, State, from_us, to_us
from contract.topics import frame_topic
from mes.calendar.store import read_calendar
from mes.calendar.store_ideal_cycles import read_ideal
from mes.facts.store import read_facts
from mes.keeper.store import Recompute
from mes.keeper.store_sums import HourKeeper, forget_minutes
from mes.kpi.elements import NAMES, Elements
from mes.kpi.evaluation import terms_of
from mes.kpi.long_windows import DAY_US, HOUR_US, MINUTES_US, cut_window, margin_us, settled_until
from mes.kpi.policy import policies_of
from mes.kpi.rollup import equipment_elements, measured_machines
from mes.kpi.store_long_windows import Ground, pieces_of, window_elements
from mes.orders.store import put_order
from mes.orders.wish import OrderWish
from runtime.database import connect
from tests.mes.erp.plants import client
from tests.mes.house import PLANT, reading
from tests.mes.keeper.test_store import absorb
from tests.mes.losses.test_routes_edits import SMALL
from tests.mes.screens.lines import MINUTE, SECOND
from tests.support.size import sized
from tests.times import later

# Not long ago, so that few hours lie between then and now; it begins in an evening and ends in a night.
START = to_us(datetime.now(UTC)) // DAY_US * DAY_US - 3 * DAY_US + 20 * HOUR_US
LENGTH = 30 * HOUR_US
Conn = psycopg.AsyncConnection[TupleRow]


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


async def ground_of(conn: Conn, plant: Plant) -> Ground:
    row = await (await conn.execute("SELECT known_at FROM mes_position")).fetchone()
    assert row is not None
    known = to_us(row[0])
    policy = policies_of(plant.policies)[plant.policy]
    calendar, ideal = await read_calendar(conn, plant.site), await read_ideal(conn, plant)
    return Ground(plant, calendar, ideal, policy, known, known + SECOND)


async def summed(conn: Conn, plant: Plant, equipment: str, window: tuple[int, int]) -> Elements:
    ground = await ground_of(conn, plant)
    return await window_elements(conn, ground, equipment, *window)


async def computed(conn: Conn, plant: Plant, equipment: str, window: tuple[int, int]) -> Elements:
    ground = await ground_of(conn, plant)
    ids = [machine.id for machine in measured_machines(plant, equipment)]
    facts = await read_facts(conn, plant, ids, *window, told_us=ground.told_us)
    terms = terms_of(plant, ground.calendar, ground.ideal, *window, ground.policy)
    return equipment_elements(plant, equipment, facts, terms)


def a_window(dice: random.Random) -> tuple[int, int]:
    start = START + dice.randrange(-3 * HOUR_US, LENGTH)
    start = start // (exact := dice.choice([1, MINUTE, MINUTE, HOUR_US])) * exact
    minutes = dice.randrange(1, 150) * MINUTE
    return start, start + dice.choice([MINUTE, minutes, 7 * HOUR_US + minutes, 31 * HOUR_US + 5 * SECOND, 2 * DAY_US])


async def something_changes(dice: random.Random, conn: Conn) -> None:
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
            await put_order(conn, PLANT, wish, "erp")


@pytest.mark.parametrize("seed", range(sized(3)))
async def test_sums_of_kept_hours_are_bit_for_bit_what_facts_give(database: str, seed: int) -> None:
    dice = random.Random(seed)
    frames: dict[int, list[Sample]] = {}
    for machine in ("press-1", "press-2"):
        for one in samples(dice, machine):
            frames.setdefault((one.source_us - START) // dice.choice([4 * HOUR_US, 9 * HOUR_US]), []).append(one)
    order = list(frames.values())
    dice.shuffle(order)
    plant, writer = SMALL, Writer(database, "works", now=later)
    recompute, hours, kept_once = Recompute(connect(database, "mes"), plant), HourKeeper(plant), 0
    async with reading(database) as conn:
        for seq, frame in enumerate([*order, *dice.sample(order, 2)], start=1):
            if dice.random() < 0.2:
                plant = OTHER if plant is SMALL else SMALL
                recompute, hours = Recompute(connect(database, "mes"), plant), HourKeeper(plant)
            encoded = encode(frame_of("edge-1", 1, seq, frame))
            writer.write([Message(frame_topic("works", "edge-1"), encoded)])
            if seq > len(order) // 2:
                await something_changes(dice, conn)
            absorb(recompute)
            hours.missing(recompute.gone_hours)
            recompute.gone_hours.clear()
            for _ in range(dice.choice([0, 3, 40])):
                await hours.make_some(conn)
            for _ in range(4):
                # Who reads may have started with another plant file than the keeper.
                read_by = dice.choice([plant, plant, SMALL, OTHER])
                equipment, window = dice.choice(["press-1", "press-2", "line-1", "line-2", "works"]), a_window(dice)
                found = await summed(conn, read_by, equipment, window)
                assert found == await computed(conn, read_by, equipment, window)
            kept_once = max(kept_once, await count(conn, "equipment_hour"))
        while await hours.make_some(conn):
            pass
        everything = (START - HOUR_US, START + 2 * DAY_US)
        incremental = await summed(conn, plant, "works", everything)
        kept = await rows(conn)

        # From scratch: the facts, and the hours by somebody who has seen none of it happen.
        await conn.execute("TRUNCATE state_change, product_change, count_step, mes_position")
        await conn.execute("TRUNCATE equipment_hour, equipment_day, equipment_minutes")
        absorb(Recompute(connect(database, "mes"), plant))
        anew = HourKeeper(plant)
        while await anew.make_some(conn):
            pass

        again = await rows(conn)
        assert [one[:3] for one in again] == [one[:3] for one in kept]
        assert again == kept
        assert (
            await summed(conn, plant, "works", everything)
            == incremental
            == await computed(conn, plant, "works", everything)
        )
    assert kept_once > 20
    assert incremental.total > 1000


async def count(conn: Conn, table: str) -> int:
    row = await (await conn.execute(f"SELECT count(*) FROM {table}".encode())).fetchone()
    assert row is not None
    return int(row[0])


async def rows(conn: Conn) -> list[Any]:
    """What is kept of the time of which there are data."""
    found = []
    for table, column in (("equipment_hour", "hour"), ("equipment_day", "day"), ("equipment_minutes", "hour")):
        query = f"SELECT * FROM {table} WHERE {column} < %s ORDER BY 1, 2"
        found += await (await conn.execute(query.encode(), (from_us(START + 3 * DAY_US),))).fetchall()
    return found


async def test_a_late_frame_outdates_its_hour_and_day_line_and_site_stand_and_are_right(database: str) -> None:
    dice = random.Random(9)
    writer, recompute = Writer(database, "works", now=later), Recompute(connect(database, "mes"), SMALL)
    frame = frame_of("edge-1", 1, 1, samples(dice, "press-1"))
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame))])
    absorb(recompute)
    hours = HourKeeper(SMALL)
    everything = (START - 2 * HOUR_US + MINUTE, START + 40 * HOUR_US - MINUTE)
    async with reading(database) as conn:
        while await hours.make_some(conn):
            pass
        before, stood = await count(conn, "equipment_day"), await summed(conn, SMALL, "works", everything)
        hole = START + 10 * HOUR_US
        late = frame_of("edge-1", 1, 2, [Sample("press-1", "state", hole, hole, 2.0, Quality.GOOD)])
        writer.write([Message(frame_topic("works", "edge-1"), encode(late))])
        absorb(recompute)
        outdated = await (await conn.execute("SELECT equipment, hour FROM equipment_hour WHERE outdated")).fetchall()
        at_once, facts = [await of(conn, SMALL, "works", everything) for of in (summed, computed)]
        hours.missing(recompute.gone_hours)
        while await hours.make_some(conn):
            pass
        left = await (await conn.execute("SELECT count(*) FROM equipment_hour WHERE outdated")).fetchone()

        assert before >= len(SMALL.machines) + len(SMALL.lines) + 1
        assert ("press-1", from_us(hole // HOUR_US * HOUR_US)) in outdated
        assert {name for name, _ in outdated} == {"press-1"}
        assert stood != at_once == facts == await summed(conn, SMALL, "works", everything)
        assert left == (0,)
        assert await count(conn, "equipment_day") == before


@pytest.mark.parametrize("equipment", ["works", "line-1", "press-2"])
async def test_minutes_hours_and_days_need_no_facts_whatever_was_not_observed(database: str, equipment: str) -> None:
    dice = random.Random(5)
    writer, recompute = Writer(database, "works", now=later), Recompute(connect(database, "mes"), SMALL)
    both = [one for machine in ("press-1", "press-2") for one in samples(dice, machine)]
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, 1, both)))])
    absorb(recompute)
    hours = HourKeeper(SMALL)
    windows = [a_window(dice) for _ in range(30)]
    exact = [(a // MINUTE * MINUTE, b // MINUTE * MINUTE) for a, b in windows]
    wanted = [(a, b) for a, b in exact if a // HOUR_US != (b - 1) // HOUR_US and a >= START and b <= START + LENGTH]
    async with reading(database) as conn:
        while await hours.make_some(conn):
            pass
        facts = [await computed(conn, SMALL, equipment, window) for window in wanted]
        await conn.execute("TRUNCATE state_change, product_change, count_step")

        sums = [await summed(conn, SMALL, equipment, window) for window in wanted]

    assert sums == facts
    assert len(facts) > 8
    assert max(e.dark for e in facts) > max(e.flight for e in facts) > 0


async def test_minutes_are_forgotten_after_some_weeks_and_facts_are_read_again(database: str) -> None:
    dice = random.Random(6)
    writer, recompute = Writer(database, "works", now=later), Recompute(connect(database, "mes"), SMALL)
    frame = frame_of("edge-1", 1, 1, samples(dice, "press-1"))
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame))])
    absorb(recompute)
    hours, window = HourKeeper(SMALL), (START + 7 * MINUTE, START + 9 * HOUR_US + 3 * MINUTE)
    async with reading(database) as conn:
        while await hours.make_some(conn):
            pass
        forget_minutes(recompute.conn, from_us(START + HOUR_US + MINUTES_US + DAY_US))
        left = await (await conn.execute("SELECT min(hour) FROM equipment_minutes")).fetchone()

        assert left == (from_us(START + HOUR_US),)
        assert await summed(conn, SMALL, "works", window) == await computed(conn, SMALL, "works", window)


async def test_a_counter_that_tells_nonsense_spoils_no_sum_of_its_line(database: str) -> None:
    counted = [Sample("press-1", "total", START + s * SECOND, START, float(s), Quality.GOOD) for s in range(0, 9000, 5)]
    writer, recompute = Writer(database, "works", now=later), Recompute(connect(database, "mes"), SMALL)
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, 1, counted)))])
    absorb(recompute)
    hours, window = HourKeeper(SMALL), (START + 7 * MINUTE, START + 5 * HOUR_US + 3 * MINUTE)
    async with reading(database) as conn:
        hour = from_us(START + HOUR_US)
        await conn.execute(
            "UPDATE count_step SET parts = 1::bigint << 61, most = 1::bigint << 61 WHERE at = %s", (hour,)
        )
        while await hours.make_some(conn):
            pass
        row = await (await conn.execute("SELECT equipment, hour FROM equipment_hour WHERE outdated")).fetchall()

        assert row == [("press-1", hour)]
        found = await summed(conn, SMALL, "line-1", window)
        assert found == await computed(conn, SMALL, "line-1", window)
        assert found.ideal > 2**63


async def kept_and_computed(database: str, plant: Plant, first: list[Sample], late: list[Sample]) -> list[Elements]:
    """What is kept of press-1 after the first samples, and of both after late ones: the sum, and from facts."""
    writer, recompute = Writer(database, plant.site.id, now=later), Recompute(connect(database, "mes"), plant)
    window, found = (START, START + DAY_US), []
    async with reading(database) as conn:
        hours = HourKeeper(plant)
        for seq, some in enumerate((first, late), start=1):
            topic = frame_topic(plant.site.id, "edge-1")
            writer.write([Message(topic, encode(frame_of("edge-1", 1, seq, some)))])
            absorb(recompute)
            found.append(await summed(conn, plant, "press-1", window))
            while await hours.make_some(conn):
                pass
        found += [await summed(conn, plant, "press-1", window), await computed(conn, plant, "press-1", window)]
    return found


def states(points: list[tuple[int, float]]) -> list[Sample]:
    return [Sample("press-1", "state", START + s * SECOND, START, state, Quality.GOOD) for s, state in points]


async def test_a_stop_that_turns_out_longer_changes_the_hour_that_it_began_in(database: str) -> None:
    hour, down = 2 * 3600, float(State.DOWN)
    run = [(s, 1.0) for s in range(0, 3 * 3600, 5) if not hour - 50 <= s < hour + 100]
    short = [(s, down if s < hour + 30 else 1.0) for s in range(hour - 50, hour + 100, 5)]
    longer = [(s, down) for at in range(hour + 30, hour + 95, 5) for s in (at, at + 1)]

    before, _, kept, facts = await kept_and_computed(database, SMALL, states(run + short), states(longer))

    assert kept == facts
    assert (before.minor_stops, kept.minor_stops, kept.stops) == (1, 0, 1)


def said(tag: str, second: int, value: float) -> Sample:
    return Sample("press-1", tag, START + second * SECOND, START, value, Quality.GOOD)


async def test_a_product_that_becomes_known_late_changes_all_hours_up_to_the_next_one(database: str) -> None:
    counted = [said("total", second, float(second)) for second in range(0, 36_000, 4)]
    product = [said("product", 0, 2.0), said("product", 36_000, 1.0)]

    before, _, kept, facts = await kept_and_computed(database, PLANT, counted + product, [said("product", 1800, 9.0)])

    assert kept == facts
    assert kept.ideal < before.ideal


async def test_a_live_sample_takes_no_kept_hour_away(database: str) -> None:
    with psycopg.connect(database) as plain:
        row = plain.execute("SELECT now()").fetchone()
        assert row is not None
        now = to_us(row[0])
    writer, recompute = Writer(database, "works"), Recompute(connect(database, "mes"), SMALL)
    hours = HourKeeper(SMALL)
    async with reading(database) as conn:
        for seq, back in enumerate([*range(5 * 3600, 0, -4)], start=1):
            if back % 600 == 0 or back < 20:
                ago = now - back * SECOND
                live = [Sample("press-1", "state", ago, ago, 2.0, Quality.GOOD)]
                writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, seq, live)))])
            if back < 20:
                absorb(recompute)
                while await hours.make_some(conn):
                    pass
                recompute.gone_hours.clear()
        assert await count(conn, "equipment_hour") > 3
        ago = now + 2 * SECOND
        frame = frame_of("edge-1", 2, 1, [Sample("press-1", "state", ago, ago, 1.0, Quality.GOOD)])
        writer.write([Message(frame_topic("works", "edge-1"), encode(frame))])
        absorb(recompute)

    assert recompute.gone_hours == []


async def test_late_samples_take_away_the_hours_that_they_are_in_and_none_between(database: str) -> None:
    late = (2 * 60 + 30, 25 * 60 + 30)
    counted = [said("total", 60 * minute, float(minute)) for minute in range(30 * 60) if minute not in late]
    states = [said("state", 60 * minute, 1.0 + minute // 10 % 2) for minute in range(0, 30 * 60, 5)]
    writer, recompute = Writer(database, "works"), Recompute(connect(database, "mes"), SMALL)
    hours = HourKeeper(SMALL)

    def come(seq: int, samples: list[Sample]) -> None:
        writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, seq, samples)))])

    come(1, counted + states)
    absorb(recompute)
    async with reading(database) as conn:
        while await hours.make_some(conn):
            pass
        recompute.gone_hours.clear()
        for seq, minute in enumerate(late, start=2):
            come(seq, [said("total", 60 * minute, float(minute))])
        absorb(recompute)

    gone = {(at - START) // HOUR_US for _, at in recompute.gone_hours}
    assert gone == {2, 25}


def test_an_hour_is_kept_only_when_nothing_that_is_open_can_change_it() -> None:
    policy = policies_of(SMALL.policies)[SMALL.policy]
    margin = margin_us(SMALL, policy)

    assert margin > policy.minor_stop_us + policy.startup_us
    assert settled_until(SMALL, policy, 10 * HOUR_US) == 10 * HOUR_US - 2 * margin
    cut = cut_window(HOUR_US // 2, 60 * HOUR_US, 50 * HOUR_US + 1)
    assert cut.days == ((DAY_US, 2 * DAY_US),)
    assert cut.hours == ((HOUR_US, DAY_US), (2 * DAY_US, 50 * HOUR_US))
    assert cut.rest == ((HOUR_US // 2, HOUR_US), (50 * HOUR_US, 60 * HOUR_US))
    assert cut_window(5, 10, HOUR_US).rest == ((5, 10),)


async def test_a_window_of_a_year_is_answered_and_one_by_another_policy_is_not(database: str) -> None:
    absorb(Recompute(connect(database, "mes"), SMALL))
    asked = {"from": "2025-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    async with client(database, SMALL) as http:
        year = await http.get("/api/v1/equipment/line-1/kpis", params=asked)
        other = await http.get("/api/v1/equipment/line-1/kpis", params=asked | {"policy": "tpm-classic"})
        too_long = await http.get("/api/v1/equipment/line-1/kpis", params=asked | {"from": "2020-01-01T00:00:00Z"})

    assert year.status_code == 200
    assert year.json()["elements"]["calendar_us"] == 2 * 365 * DAY_US
    assert (other.status_code, too_long.status_code) == (422, 422)
    assert ("31 days" in other.text, "400 days" in too_long.text) == (True, True)


def test_a_row_has_a_number_for_each_element() -> None:
    assert len(NAMES) == len(set(NAMES)) == len(Elements.__slots__)


def test_what_has_settled_is_computed_day_by_day_and_an_open_end_whole() -> None:
    half = DAY_US // 2

    assert pieces_of([(half, DAY_US), (DAY_US, 4 * DAY_US + 1)], 3 * DAY_US - 1) == [
        (half, DAY_US),
        (DAY_US, 2 * DAY_US),
        (2 * DAY_US, 4 * DAY_US + 1),
    ]
    assert pieces_of([(0, DAY_US), (2 * DAY_US, 2 * DAY_US + 1)], 9 * DAY_US) == [
        (0, DAY_US),
        (2 * DAY_US, 2 * DAY_US + 1),
    ]
