"""Reading facts: a window is cut exactly, and what is not known is said to be so."""

import pytest

from contract.sample import Sample, State, from_us, to_us
from mes.facts.model import HIGHEST, LOWEST, MachineFacts
from mes.facts.store import Latest, latest, read_facts
from mes.facts.windowing import cut
from mes.orders.operation_states import Command
from mes.orders.wish import OrderWish
from tests.mes.house import PLANT, SECOND, START, keep, know, reading, sample
from tests.mes.orders.people import asked, ordered, started

MACHINES = [machine.id for machine in PLANT.machines]


def a_minute(machine: str = "press-1") -> list[Sample]:
    return [
        sample(machine, tag, second, value)
        for second in range(0, 60, 2)
        for tag, value in (
            ("state", 5.0 if 20 <= second < 30 else 1.0),
            ("product", 1.0 if second < 40 else 2.0),
            ("total", 100.0 + second),
            ("rejects", float(second // 20)),
        )
    ]


async def test_a_window_begins_with_what_held_at_its_start_and_ends_at_its_end(database: str) -> None:
    know(database, a_minute())
    async with reading(database) as conn:
        found = (await read_facts(conn, PLANT, ["press-1"], START + 25 * SECOND, START + 50 * SECOND))["press-1"]

    assert ((found.state_at - START) // SECOND).tolist() == [25, 30]
    assert found.state.tolist() == [State.DOWN, State.RUNNING]
    assert ((found.product_at - START) // SECOND).tolist() == [25, 40]
    assert found.product == ("bracket-a", "bracket-b")
    assert ((found.total.at - START) // SECOND).tolist() == list(range(26, 50, 2))
    assert ((found.total.at - found.total.since) // SECOND).tolist() == [2] * 12
    assert found.total.parts.tolist() == [2] * 12
    assert ((found.scrap.at - START) // SECOND).tolist() == [40]


async def test_before_the_first_sample_and_after_the_last_there_is_no_data(database: str) -> None:
    know(database, a_minute())
    async with reading(database) as conn:
        found = (await read_facts(conn, PLANT, ["press-1"], START - 10 * SECOND, START + 100 * SECOND))["press-1"]

    assert ((found.state_at - START) // SECOND).tolist() == [-10, 0, 20, 30, 64]
    assert found.state.tolist() == [State.NO_DATA, State.RUNNING, State.DOWN, State.RUNNING, State.NO_DATA]
    assert found.product[0] is None


async def test_a_machine_that_was_never_heard_is_no_data_throughout(database: str) -> None:
    async with reading(database) as conn:
        found = await read_facts(conn, PLANT, MACHINES, START, START + SECOND)

    assert list(found) == MACHINES
    assert [(f.state_at.tolist(), f.state.tolist(), f.product) for f in found.values()] == [
        ([START], [State.NO_DATA], (None,))
    ] * len(MACHINES)


async def test_a_machine_that_is_not_in_the_plant_file_is_refused(database: str) -> None:
    async with reading(database) as conn:
        with pytest.raises(KeyError, match="press-9"):
            await read_facts(conn, PLANT, ["press-9"], START, START + SECOND)


async def test_a_window_read_is_the_window_cut_from_a_longer_one(database: str) -> None:
    know(database, a_minute())
    async with reading(database) as conn:
        whole = (await read_facts(conn, PLANT, ["press-1"], START - SECOND, START + 100 * SECOND))["press-1"]
        for a, b in ((0, 100), (3, 21), (20, 30), (39, 40), (63, 65), (70, 71)):
            start, end = START + a * SECOND, START + b * SECOND
            part = (await read_facts(conn, PLANT, ["press-1"], start, end))["press-1"]

            expected = cut(whole, start, end)

            assert part.state_at.tolist() == expected.state_at.tolist()
            assert part.state.tolist() == expected.state.tolist()
            assert part.product == expected.product
            assert part.total.at.tolist() == expected.total.at.tolist()


async def test_a_window_knows_how_long_the_stops_at_its_ends_really_were(database: str) -> None:
    know(database, a_minute())
    async with reading(database) as conn:
        found = (await read_facts(conn, PLANT, ["press-1"], START + 25 * SECOND, START + 28 * SECOND))["press-1"]
        tail = (await read_facts(conn, PLANT, ["press-1"], START + 62 * SECOND, START + 63 * SECOND))["press-1"]
        after = (await read_facts(conn, PLANT, ["press-1"], START + 90 * SECOND, START + 99 * SECOND))["press-1"]
        early = (await read_facts(conn, PLANT, ["press-1"], START - 90 * SECOND, START - 9 * SECOND))["press-1"]

    def ends(f: MachineFacts) -> tuple[int, int, int, int | None]:
        since, until = (f.first_since_us - START) // SECOND, (f.last_until_us - START) // SECOND
        return since, f.state_before, until, f.state_after

    assert ends(found) == (20, State.RUNNING, 30, State.RUNNING)
    assert ends(tail) == (30, State.DOWN, 64, State.NO_DATA)
    assert ends(after) == (64, State.RUNNING, 99, None)
    assert (early.first_since_us, early.state_before, ends(early)[2:]) == (0, State.NO_DATA, (0, State.RUNNING))


async def test_a_silence_of_the_counters_is_told_to_every_window_that_it_reaches_into(database: str) -> None:
    know(database, [*a_minute(), sample("press-1", "total", 100, 199.0)])
    async with reading(database) as conn:
        inside = (await read_facts(conn, PLANT, ["press-1"], START + 70 * SECOND, START + 80 * SECOND))["press-1"]
        end = (await read_facts(conn, PLANT, ["press-1"], START + 70 * SECOND, START + 101 * SECOND))["press-1"]
        before = (await read_facts(conn, PLANT, ["press-1"], START, START + 50 * SECOND))["press-1"]

    unobserved, first = ((START + 58 * SECOND, START + 100 * SECOND),), ((LOWEST, START),)
    assert [found.outages.get("total", ()) for found in (inside, end, before)] == [unobserved, unobserved, first]
    assert (inside.total.at.size, end.total.parts.tolist()) == (0, [41])


async def test_a_counter_that_is_not_read_any_more_is_silent_since_then_and_was_when_it_is_read_again(
    database: str,
) -> None:
    heard = [sample("press-1", "state", second, 1.0) for second in range(60, 100, 2)]
    know(database, [*a_minute(), *heard])
    window = (START + 70 * SECOND, START + 90 * SECOND)
    async with reading(database) as conn:
        dead = (await read_facts(conn, PLANT, ["press-1"], *window))["press-1"]
        before = (await read_facts(conn, PLANT, ["press-1"], START, START + 50 * SECOND))["press-1"]
        told = to_us((await (await conn.execute("SELECT known_at FROM mes_position")).fetchone() or [None])[0])
        know(database, [sample("press-1", "total", 100, 160.0)], epoch=2)
        alive = (await read_facts(conn, PLANT, ["press-1"], *window))["press-1"]
        as_told = (await read_facts(conn, PLANT, ["press-1"], *window, told))["press-1"]

    last = START + 58 * SECOND
    assert (dead.outages["total"], dead.state.tolist()) == (((last, HIGHEST),), [State.RUNNING])
    assert before.outages["total"] == ((LOWEST, START),)
    assert alive.outages["total"] == ((last, START + 100 * SECOND),)
    assert as_told.outages == dead.outages


async def test_a_counter_is_silent_until_its_first_reading_and_one_that_is_never_read_always(database: str) -> None:
    heard = [sample("press-1", "state", second, 1.0) for second in range(0, 100, 2)]
    know(database, [*heard, sample("press-1", "total", 30, None)])
    window = (START + 10 * SECOND, START + 90 * SECOND)
    async with reading(database) as conn:
        never = (await read_facts(conn, PLANT, ["press-1"], *window))["press-1"]
        told = to_us((await (await conn.execute("SELECT known_at FROM mes_position")).fetchone() or [None])[0])
        know(database, [sample("press-1", "total", second, 100.0) for second in range(60, 100, 2)], epoch=2)
        late = (await read_facts(conn, PLANT, ["press-1"], *window))["press-1"]
        after = (await read_facts(conn, PLANT, ["press-1"], START + 62 * SECOND, START + 90 * SECOND))["press-1"]
        know(database, [sample("press-1", "total", second, 100.0) for second in range(40, 60, 2)], epoch=3)
        earlier = (await read_facts(conn, PLANT, ["press-1"], *window))["press-1"]
        as_told = (await read_facts(conn, PLANT, ["press-1"], *window, told))["press-1"]

    assert never.outages["total"] == as_told.outages["total"] == ((LOWEST, HIGHEST),)
    assert late.outages["total"] == ((LOWEST, START + 60 * SECOND),)
    assert "total" not in after.outages
    assert earlier.outages["total"] == ((LOWEST, START + 40 * SECOND),)


async def test_the_order_in_force_is_the_last_one_that_began(database: str) -> None:
    async with reading(database) as conn:
        for wish, end in (({"machine": "press-1"}, 30), ({"line": "stamping"}, 80)):
            order = OrderWish(
                id=f"wo-{end}",
                product="bracket-a",
                quantity=9,
                due_at=from_us(START),
                **wish,
            )
            await ordered(conn, order)
            await started(conn, PLANT, order.id, START + (end - 20) * SECOND)
            await asked(conn, PLANT, order.id, Command.COMPLETE, START + end * SECOND)
        keep(database)
        found = await read_facts(conn, PLANT, ["press-1", "press-2", "pack-1"], START, START + 100 * SECOND)

    assert ((found["press-1"].order_at - START) // SECOND).tolist() == [0, 10, 30, 60, 80]
    assert found["press-1"].order == (None, "wo-30", None, "wo-80", None)
    assert found["press-2"].order == (None, "wo-80", None)
    assert found["pack-1"].order == (None,)


async def test_latest_is_the_state_its_begin_and_the_newest_sample(database: str) -> None:
    know(database, a_minute())
    async with reading(database) as conn:
        now = await latest(conn, PLANT, START + 60 * SECOND)
        later = await latest(conn, PLANT, START + 70 * SECOND)

    newest = START + 58 * SECOND
    assert now["press-1"] == Latest(State.RUNNING, START + 30 * SECOND, newest, "bracket-b")
    assert later["press-1"] == Latest(State.NO_DATA, START + 64 * SECOND, newest, "bracket-b")
    assert now["press-2"] == Latest(State.NO_DATA, None, None, None)
    assert list(now) == MACHINES


async def test_without_parts_the_tapes_are_the_same_and_no_counter_is_read(database: str) -> None:
    know(database, [sample("press-1", tag, n, n) for n in range(60) for tag in ("state", "total")])
    async with reading(database) as conn:
        whole, tapes = [
            (await read_facts(conn, PLANT, ["press-1"], START, START + 50 * SECOND, parts=parts))["press-1"]
            for parts in (True, False)
        ]

    assert len(whole.total.parts) > 0
    assert len(tapes.total.parts) == 0
    assert (tapes.state_at.tolist(), tapes.state.tolist()) == (whole.state_at.tolist(), whole.state.tolist())
