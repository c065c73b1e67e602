"""Sums of hours are made in the background; what has changed is outdated at once and made anew."""

import random

import psycopg

from collector.writer import Message, Writer
from config.plant import Plant
from contract.frame import encode
from contract.sample import Quality, Sample, State, from_us, to_us
from contract.topics import frame_topic
from mes.keeper.store import Keeper
from mes.keeper.store_sums import HourKeeper, forget_minutes
from mes.kpi.elements import Elements
from mes.kpi.long_windows import DAY_US, HOUR_US, MINUTES_US
from runtime.database import connect
from tests.mes.house import PLANT, reading
from tests.mes.keeper.test_store import absorb
from tests.mes.losses.test_routes_edits import SMALL
from tests.mes.screens.lines import MINUTE, SECOND
from tests.support.frames import frame_of
from tests.support.size import WHOLE
from tests.support.sums import OTHER, START, computed, count, samples, summed
from tests.times import later

LOOKED_AT_EVERY = 12 if WHOLE else 36


async def test_a_late_frame_outdates_its_hour_and_day_line_and_site_stand_and_are_right(database: str) -> None:
    dice = random.Random(9)
    writer, keeper = Writer(database, "works", now=later), Keeper(connect(database, "mes"), SMALL)
    frame = frame_of("edge-1", 1, 1, samples(dice, "press-1"))
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame))])
    absorb(keeper)
    hours = HourKeeper(SMALL)
    everything = (START - 2 * HOUR_US + MINUTE, START + 40 * HOUR_US - MINUTE)
    async with reading(database) as conn:
        while await hours.make_some(conn):
            pass
        before, stood = await count(conn, "equipment_day"), await summed(conn, SMALL, "works", everything)
        hole = START + 10 * HOUR_US
        late = frame_of("edge-1", 1, 2, [Sample("press-1", "state", hole, hole, 2.0, Quality.GOOD)])
        writer.write([Message(frame_topic("works", "edge-1"), encode(late))])
        absorb(keeper)
        outdated = await (await conn.execute("SELECT equipment, hour FROM equipment_hour WHERE outdated")).fetchall()
        at_once, facts = [await of(conn, SMALL, "works", everything) for of in (summed, computed)]
        hours.missing(keeper.gone_hours)
        while await hours.make_some(conn):
            pass
        left = await (await conn.execute("SELECT count(*) FROM equipment_hour WHERE outdated")).fetchone()

        assert before >= len(SMALL.machines) + len(SMALL.lines) + 1
        assert ("press-1", from_us(hole // HOUR_US * HOUR_US)) in outdated
        assert {name for name, _ in outdated} == {"press-1"}
        assert stood != at_once == facts == await summed(conn, SMALL, "works", everything)
        assert left == (0,)
        assert await count(conn, "equipment_day") == before


async def test_whoever_reads_by_another_plant_file_than_the_keeper_reads_no_sum_of_both(database: str) -> None:
    dice = random.Random(8)
    writer = Writer(database, "works", now=later)
    both = [one for machine in ("press-1", "press-2") for one in samples(dice, machine, 30)]
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, 1, both)))])
    days, same = (START - 20 * HOUR_US, START + 2 * DAY_US + 4 * HOUR_US), 0
    async with reading(database) as conn:
        for plant in (SMALL, OTHER, SMALL):
            absorb(Keeper(connect(database, "mes"), plant))
            hours, made = HourKeeper(plant), 0
            while await hours.make_some(conn):
                made += 1
                if made % LOOKED_AT_EVERY:
                    continue
                for one in (SMALL, OTHER):
                    for equipment in ("press-2", "line-2", "works"):
                        assert await summed(conn, one, equipment, days) == await computed(conn, one, equipment, days)
                        same += 1
    assert same > 30 if WHOLE else same > 10


async def test_a_line_that_is_not_in_the_plant_file_for_a_while_has_no_sums_when_it_comes_back(database: str) -> None:
    one, two = SMALL.lines
    renamed = SMALL.model_copy(update={"lines": (one.model_copy(update={"id": "line-9"}), two)})
    writer, told = Writer(database, "works", now=later), samples(random.Random(2), "press-1")
    window = (START, START + 12 * HOUR_US)
    async with reading(database) as conn:
        for seq, (plant, some) in enumerate(((SMALL, told[::2]), (renamed, told[1::2])), start=1):
            writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, seq, some)))])
            absorb(Keeper(connect(database, "mes"), plant))
            hours = HourKeeper(plant)
            while await hours.make_some(conn):
                pass

        assert await summed(conn, SMALL, "line-1", window) == await computed(conn, SMALL, "line-1", window)


async def test_as_many_machines_are_summed_at_once_as_do_not_hold_up_live_facts(database: str) -> None:
    writer, keeper = Writer(database, "works", now=later), Keeper(connect(database, "mes"), SMALL)
    told = [one for machine in ("press-1", "press-2") for one in samples(random.Random(4), machine)]
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, 1, told)))])
    absorb(keeper)
    hours, window = HourKeeper(SMALL, at_once=1), (START + 3 * MINUTE, START + 20 * HOUR_US + 7 * MINUTE)
    async with reading(database) as conn:
        await hours.make_some(conn)
        first = await count(conn, "equipment_hour")
        while await hours.make_some(conn):
            hours.at_once = 1

        assert first <= 1
        # A line and the site have a sum as soon as the last of their machines has.
        assert await count(conn, "equipment_hour WHERE equipment = 'works'") > 60
        assert await summed(conn, SMALL, "works", window) == await computed(conn, SMALL, "works", window)
        hours.missing([("press-1", START)])
        await hours.make_some(conn)
        assert hours.at_once <= 2


async def test_minutes_are_forgotten_after_some_weeks_and_facts_are_read_again(database: str) -> None:
    dice = random.Random(6)
    writer, keeper = Writer(database, "works", now=later), Keeper(connect(database, "mes"), SMALL)
    frame = frame_of("edge-1", 1, 1, samples(dice, "press-1"))
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame))])
    absorb(keeper)
    hours, window = HourKeeper(SMALL), (START + 7 * MINUTE, START + 9 * HOUR_US + 3 * MINUTE)
    async with reading(database) as conn:
        while await hours.make_some(conn):
            pass
        forget_minutes(keeper.conn, from_us(START + HOUR_US + MINUTES_US + DAY_US))
        left = await (await conn.execute("SELECT min(hour) FROM equipment_minutes")).fetchone()

        assert left == (from_us(START + HOUR_US),)
        assert await summed(conn, SMALL, "works", window) == await computed(conn, SMALL, "works", window)


async def test_a_counter_that_tells_nonsense_spoils_no_sum_of_its_line(database: str) -> None:
    counted = [Sample("press-1", "total", START + s * SECOND, START, float(s), Quality.GOOD) for s in range(0, 9000, 5)]
    writer, keeper = Writer(database, "works", now=later), Keeper(connect(database, "mes"), SMALL)
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, 1, counted)))])
    absorb(keeper)
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
    writer, keeper = Writer(database, plant.site.id, now=later), Keeper(connect(database, "mes"), plant)
    window, found = (START, START + DAY_US), []
    async with reading(database) as conn:
        hours = HourKeeper(plant)
        for seq, some in enumerate((first, late), start=1):
            topic = frame_topic(plant.site.id, "edge-1")
            writer.write([Message(topic, encode(frame_of("edge-1", 1, seq, some)))])
            absorb(keeper)
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
    writer, keeper = Writer(database, "works"), Keeper(connect(database, "mes"), SMALL)
    hours = HourKeeper(SMALL)
    async with reading(database) as conn:
        for seq, back in enumerate([*range(5 * 3600, 0, -4)], start=1):
            if back % 600 == 0 or back < 20:
                ago = now - back * SECOND
                live = [Sample("press-1", "state", ago, ago, 2.0, Quality.GOOD)]
                writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, seq, live)))])
            if back < 20:
                absorb(keeper)
                while await hours.make_some(conn):
                    pass
                keeper.gone_hours.clear()
        assert await count(conn, "equipment_hour") > 3
        ago = now + 2 * SECOND
        frame = frame_of("edge-1", 2, 1, [Sample("press-1", "state", ago, ago, 1.0, Quality.GOOD)])
        writer.write([Message(frame_topic("works", "edge-1"), encode(frame))])
        absorb(keeper)

    assert keeper.gone_hours == []


async def test_late_samples_take_away_the_hours_that_they_are_in_and_none_between(database: str) -> None:
    late = (2 * 60 + 30, 25 * 60 + 30)
    counted = [said("total", 60 * minute, float(minute)) for minute in range(30 * 60) if minute not in late]
    states = [said("state", 60 * minute, 1.0 + minute // 10 % 2) for minute in range(0, 30 * 60, 5)]
    writer, keeper = Writer(database, "works"), Keeper(connect(database, "mes"), SMALL)
    hours = HourKeeper(SMALL)

    def come(seq: int, samples: list[Sample]) -> None:
        writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, seq, samples)))])

    come(1, counted + states)
    absorb(keeper)
    async with reading(database) as conn:
        while await hours.make_some(conn):
            pass
        keeper.gone_hours.clear()
        for seq, minute in enumerate(late, start=2):
            come(seq, [said("total", 60 * minute, float(minute))])
        absorb(keeper)

    gone = {(at - START) // HOUR_US for _, at in keeper.gone_hours}
    assert gone == {2, 25}
