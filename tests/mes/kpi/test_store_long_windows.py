"""Hours that are kept: however facts, edits, calendar and cycles change, sums are what computing from facts gives."""

import random

import pytest

from collector.writer import Message, Writer
from contract.frame import encode
from contract.sample import Quality, Sample
from contract.topics import frame_topic
from mes.keeper.store import Keeper
from mes.keeper.store_sums import HourKeeper
from mes.kpi.elements import NAMES, Elements
from mes.kpi.long_windows import DAY_US, HOUR_US, cut_window, margin_us, settled_until
from mes.kpi.policy import policies_of
from mes.kpi.store_long_windows import pieces_of
from runtime.database import connect
from tests.mes.erp.plants import client
from tests.mes.house import reading
from tests.mes.keeper.test_store import absorb
from tests.mes.losses.test_routes_edits import SMALL
from tests.mes.screens.lines import MINUTE, SECOND
from tests.support.frames import frame_of
from tests.support.size import WHOLE, sized
from tests.support.sums import LENGTH, OTHER, START, a_window, computed, count, rows, samples, something_changes, summed
from tests.times import later


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
    keeper, hours, kept_once = Keeper(connect(database, "mes"), plant), HourKeeper(plant), 0
    async with reading(database) as conn:
        for seq, frame in enumerate([*order, *dice.sample(order, 2)], start=1):
            if dice.random() < 0.2:
                plant = OTHER if plant is SMALL else SMALL
                keeper, hours = Keeper(connect(database, "mes"), plant), HourKeeper(plant)
            encoded = encode(frame_of("edge-1", 1, seq, frame))
            writer.write([Message(frame_topic("works", "edge-1"), encoded)])
            if seq > len(order) // 2:
                await something_changes(dice, conn)
            absorb(keeper)
            hours.missing(keeper.gone_hours)
            keeper.gone_hours.clear()
            for _ in range(dice.choice([0, 3, 40])):
                await hours.make_some(conn)
            for _ in range(4 if WHOLE else 2):
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
        absorb(Keeper(connect(database, "mes"), plant))
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


@pytest.mark.parametrize("equipment", ["works", "line-1", "press-2"])
async def test_minutes_hours_and_days_need_no_facts_whatever_was_not_observed(database: str, equipment: str) -> None:
    dice = random.Random(5)
    writer, keeper = Writer(database, "works", now=later), Keeper(connect(database, "mes"), SMALL)
    both = [one for machine in ("press-1", "press-2") for one in samples(dice, machine)]
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, 1, both)))])
    absorb(keeper)
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
    assert max(e.unobserved for e in facts) > max(e.begun_before for e in facts) > 0


async def test_minutes_within_one_hour_need_no_facts_where_all_was_observed(database: str) -> None:
    told = [
        Sample(machine, tag, START + s * SECOND, START, float(value), Quality.GOOD)
        for machine in ("press-1", "press-2")
        for s in range(0, 3 * 3600, 5)
        for tag, value in (("state", 1 + s // 700 % 2), ("total", s // 10), ("rejects", s // 500))
    ]
    writer, keeper = Writer(database, "works", now=later), Keeper(connect(database, "mes"), SMALL)
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, 1, told)))])
    absorb(keeper)
    hours, window = HourKeeper(SMALL), (START + HOUR_US + 7 * MINUTE, START + HOUR_US + 43 * MINUTE)
    async with reading(database) as conn:
        while await hours.make_some(conn):
            pass
        facts = await computed(conn, SMALL, "line-1", window)
        loose = (window[0] + 1, window[1] + 1)
        assert await summed(conn, SMALL, "works", loose) == await computed(conn, SMALL, "works", loose)
        await conn.execute("TRUNCATE state_change, product_change, count_step")

        assert await summed(conn, SMALL, "line-1", window) == facts
    assert facts.total == 2 * 36 * 6


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
    absorb(Keeper(connect(database, "mes"), SMALL))
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


# A plant that is a day old was asked for its year, and could not answer within the budget.
def test_what_lies_before_the_first_fact_is_computed_by_the_month() -> None:
    year, first = 365 * DAY_US, 364 * DAY_US + HOUR_US

    pieces = pieces_of([(0, year)], year, first)

    assert pieces[0][0] == 0
    assert pieces[-1] == (364 * DAY_US, year)
    assert len(pieces) == 13


async def test_a_year_before_the_first_fact_is_bit_for_bit_what_facts_give(database: str) -> None:
    dice = random.Random(1)
    read = [one for machine in ("press-1", "press-2") for one in samples(dice, machine)]
    writer = Writer(database, "works", now=later)
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, 1, read)))])
    absorb(Keeper(connect(database, "mes"), SMALL))
    window = (START - 100 * DAY_US - HOUR_US // 3, START + LENGTH)
    async with reading(database) as conn:
        found = await summed(conn, SMALL, "works", window)

        assert found == await computed(conn, SMALL, "works", window)
