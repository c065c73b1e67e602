from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest

from contract.sample import from_us, to_us
from tests.mes.erp.plants import client, parts
from tests.mes.quality.plans import makes, plant, released, since

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


@pytest.fixture
def now() -> int:
    return to_us(datetime.now(UTC).replace(microsecond=0))


async def due(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await http.get("/api/v1/inspections/due")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def instant(at_us: int) -> str:
    return from_us(at_us).isoformat().replace("+00:00", "Z")


async def test_every_50_parts_is_due_from_the_50th_part_until_it_was_inspected(database: str, now: int) -> None:
    makes(database, "press-1", now - HOUR)
    parts(database, "press-1", "total", MINUTE, now - 55 * MINUTE, now)
    async with client(database, plant()) as http:
        plan = await released(http)
        since(database, plan, now - 2 * HOUR)
        (before,) = await due(http)
        await http.post("/api/v1/inspections", json={"plan": plan["id"], "taken_at": instant(now - 3 * MINUTE)})
        (after,) = await due(http)

    assert (before["due"], before["since"]) == ("due", instant(now - 6 * MINUTE))
    assert (before["parts_low"], before["machine"], before["product"]) == (55, "press-1", "part")
    assert (after["due"], after["parts_low"], after["parts_high"]) == ("not_due", 2, 2)


async def test_parts_that_may_have_been_made_make_it_unknown_and_not_no(database: str, now: int) -> None:
    """A counter was set back: between 10 and 80 parts were made since the last inspection."""
    makes(database, "press-1", now - HOUR)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO count_step VALUES ('press-1', 'total', %s, %s, 10, 80, true)",
            (from_us(now - MINUTE), from_us(now - 30 * MINUTE)),
        )
    async with client(database, plant()) as http:
        since(database, await released(http), now - 2 * HOUR)
        (found,) = await due(http)

    assert (found["due"], found["why"]) == ("unknown", "parts_uncertain")
    assert (found["parts_low"], found["parts_high"]) == (10, 80)


async def test_parts_that_straddle_the_last_inspection_count_on_neither_side_for_certain(
    database: str, now: int
) -> None:
    makes(database, "press-1", now - HOUR)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO count_step VALUES ('press-1', 'total', %s, %s, 60, 60, true)",
            (from_us(now - MINUTE), from_us(now - 30 * MINUTE)),
        )
    async with client(database, plant()) as http:
        plan = await released(http)
        since(database, plan, now - 2 * HOUR)
        await http.post("/api/v1/inspections", json={"plan": plan["id"], "taken_at": instant(now - 10 * MINUTE)})
        (found,) = await due(http)

    assert (found["due"], found["parts_low"], found["parts_high"]) == ("unknown", 0, 60)


async def test_of_a_machine_without_data_it_is_not_known(database: str, now: int) -> None:
    makes(database, "press-1", now - HOUR)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO state_change (machine, at, state) VALUES ('press-1', %s, 0)", (from_us(now - MINUTE),)
        )
    async with client(database, plant()) as http:
        since(database, await released(http), now - 2 * HOUR)
        (found,) = await due(http)

    assert (found["due"], found["why"], found["parts_high"]) == ("unknown", "no_data", None)


async def test_what_is_overdue_for_long_is_due_since_the_part_that_made_it_so(database: str, now: int) -> None:
    """Its steps are not all added up: how many parts there are by now changes nothing."""
    makes(database, "press-1", now - 2 * HOUR)
    parts(database, "press-1", "total", 2 * SECOND, now - HOUR, now)
    async with client(database, plant()) as http:
        since(database, await released(http), now - 2 * HOUR)
        (found,) = await due(http)

    assert (found["due"], found["since"]) == ("due", instant(now - HOUR + 98 * SECOND))
    assert (found["parts_low"], found["parts_high"]) == (1050, None)


async def test_the_first_piece_of_a_product_is_due_from_the_first_part(database: str, now: int) -> None:
    makes(database, "press-1", now - HOUR, "slow-part")
    parts(database, "press-1", "total", MINUTE, now - 50 * MINUTE, now - 10 * MINUTE)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("INSERT INTO product_change VALUES ('press-1', %s, 'part')", (from_us(now - 8 * MINUTE),))
    async with client(database, plant()) as http:
        plan = await released(http, trigger="first_piece", every_parts=None, machine=None)
        since(database, plan, now - 2 * HOUR)
        (before,) = await due(http)
        parts(database, "press-1", "total", MINUTE, now - 5 * MINUTE, now)
        (made,) = await due(http)
        await http.post("/api/v1/inspections", json={"plan": plan["id"], "machine": "press-1"})
        (after,) = await due(http)

    assert [one["due"] for one in (before, made, after)] == ["not_due", "due", "not_due"]
    assert made["since"] == instant(now - 5 * MINUTE)


async def test_every_half_hour_is_due_by_the_clock(database: str, now: int) -> None:
    makes(database, "press-1", now - HOUR)
    async with client(database, plant()) as http:
        plan = await released(http, trigger="every_t", every_parts=None, every_s=1800)
        since(database, plan, now - 2 * HOUR)
        (found,) = await due(http)

    assert (found["due"], found["since"]) == ("due", instant(now - 30 * MINUTE))


async def test_a_tag_that_becomes_1_asks_once(database: str, now: int) -> None:
    makes(database, "press-1", now - HOUR)
    values = [(40, 0), (30, 1), (29, 1), (20, 0), (10, 0), (5, 1)]
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("CREATE TABLE sample_now PARTITION OF sample DEFAULT")
        series = conn.execute(
            "INSERT INTO series (machine, tag) VALUES ('press-1', 'probe') RETURNING series"
        ).fetchone()
        assert series is not None
        for minutes, value in values:
            at = from_us(now - minutes * MINUTE)
            conn.execute("INSERT INTO sample VALUES (%s, %s, %s, 1, 1, %s, 0, 1)", (at, at, series[0], value))
    async with client(database, plant()) as http:
        plan = await released(http, trigger="tag", every_parts=None, tag="probe")
        since(database, plan, now - 2 * HOUR)
        found = [(await due(http))[0]]
        for minutes in (29.5, 15, 1):
            taken = instant(round(now - minutes * MINUTE))
            await http.post("/api/v1/inspections", json={"plan": plan["id"], "taken_at": taken})
            found += await due(http)

    assert [one["since"] for one in found] == [
        instant(now - 30 * MINUTE),
        instant(now - 5 * MINUTE),
        instant(now - 5 * MINUTE),
        None,
    ]
    assert [one["due"] for one in found] == ["due", "due", "due", "not_due"]


async def test_a_plan_is_followed_where_its_product_is_made_and_only_while_it_holds(database: str, now: int) -> None:
    makes(database, "press-1", now - HOUR, "slow-part")
    makes(database, "press-2", now - HOUR)
    async with client(database, plant()) as http:
        other = await released(http, name="other product")
        there = await released(http, name="no product tag", machine="press-2")
        gone = await released(http, name="retired", machine="press-2")
        await http.post(f"/api/v1/inspection-plans/{gone['id']}/retire")
        by_hand = await released(http, name="by hand", machine="press-2", trigger="manual", every_parts=None)
        found = await due(http)

    assert [one["plan"] for one in found] == [there["id"]]
    assert {other["id"], by_hand["id"]}.isdisjoint({one["plan"] for one in found})


async def test_where_the_product_is_not_known_a_plan_of_the_machine_is_not_known_either(
    database: str, now: int
) -> None:
    makes(database, "press-1", now - HOUR, None)
    async with client(database, plant()) as http:
        await released(http)
        (found,) = await due(http)

    assert (found["due"], found["why"], found["parts_low"]) == ("unknown", "product_unknown", None)


async def test_a_machine_that_counts_nothing_says_so(database: str, now: int) -> None:
    bare = plant()
    machines = tuple(m.model_copy(update={"tags": ()}) if m.id == "press-2" else m for m in bare.lines[0].machines)
    lines = (bare.lines[0].model_copy(update={"machines": machines}), *bare.lines[1:])
    async with client(database, bare.model_copy(update={"lines": lines})) as http:
        await released(http, machine="press-2")
        (found,) = await due(http)

    assert (found["due"], found["why"]) == ("unknown", "not_counted")


async def test_an_order_that_begins_asks_for_a_first_piece_of_its_own(database: str, now: int) -> None:
    """The product is the one of the order before; its first piece was inspected, that of the new order was not."""
    makes(database, "press-1", now - HOUR)
    parts(database, "press-1", "total", MINUTE, now - 50 * MINUTE, now)
    wish = {"product": "part", "quantity": 200, "due_at": "2199-01-01T00:00:00Z", "machine": "press-1"}
    async with client(database, plant()) as http:
        plan = await released(http, trigger="first_piece", every_parts=None)
        since(database, plan, now - 2 * HOUR)
        await http.post("/api/v1/inspections", json={"plan": plan["id"], "taken_at": instant(now - 30 * MINUTE)})
        (before,) = await due(http)
        await http.put("/api/v1/orders/WO-2", json=wish)
        begun = await http.post("/api/v1/orders/WO-2/start", json={"at": instant(now - 10 * MINUTE - SECOND)})
        assert begun.status_code == 200, begun.text
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute("UPDATE run SET known_from = clock_timestamp()")  # as the keeper does
        (after,) = await due(http)

    assert (before["due"], after["due"]) == ("not_due", "due")
    assert after["since"] == instant(now - 9 * MINUTE)
