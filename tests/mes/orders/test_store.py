"""Orders: what a file says, what counts for them, and that asking twice changes nothing."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest

from config.load import parse_plant
from contract.sample import Sample, from_us
from mes.orders.file import load_orders
from mes.orders.operation_states import Command
from mes.orders.store_progress import refresh_progress
from mes.orders.wish import OrderWish
from runtime.settings import BadSetting
from tests.mes.house import MINUTE, PLANT, START, know, reading, sample
from tests.mes.orders.people import asked, ordered, running, started

HOUR = 60 * MINUTE
DEMO = Path("config/demo.yaml").read_text(encoding="utf-8")
DUE = from_us(START) + timedelta(hours=3)


def wish(**changed: object) -> OrderWish:
    values = {"id": "o-1", "product": "bracket-a", "quantity": 120, "due_at": DUE, "machine": "press-1"}
    return OrderWish.model_validate(values | changed)


def a_minute_each(machine: str, products: list[int], first: float = 0.0) -> list[Sample]:
    """A part a second and a reject each minute; a product for each minute."""
    samples = []
    for second in range(len(products) * 60 + 1):
        product = products[min(second // 60, len(products) - 1)]
        for tag, value in (
            ("state", 1.0),
            ("product", float(product)),
            ("total", 100.0 + second),
            ("rejects", float(second // 60)),
        ):
            samples.append(sample(machine, tag, first + second, value))
    return samples


async def test_only_good_parts_of_the_orders_product_since_its_start_count(database: str) -> None:
    know(database, a_minute_each("press-1", [1, 1, 2]))
    async with reading(database) as conn:
        await ordered(conn, wish())
        assert not await started(conn, PLANT, "o-1", START + MINUTE)

        [(_, progress)] = await refresh_progress(conn, PLANT, START + 3 * MINUTE)

    # From second 60, whose part and reject are in, to second 119: 60 parts, one of them bad.
    assert progress.done == 59


async def test_an_order_of_a_line_counts_at_its_output_machine(database: str) -> None:
    know(database, a_minute_each("press-1", [1, 1]) + a_minute_each("weld-1", [1]))
    async with reading(database) as conn:
        await ordered(conn, wish(machine=None, line="stamping"))
        await started(conn, PLANT, "o-1", START)

        [(_, progress)] = await refresh_progress(conn, PLANT, START + 3 * MINUTE)

    assert progress.done == 60 - 1


async def test_an_order_that_is_done_ended_when_its_last_part_was_made(database: str) -> None:
    know(database, a_minute_each("press-1", [1, 1, 1]))
    async with reading(database) as conn:
        await ordered(conn, wish(quantity=100))
        await started(conn, PLANT, "o-1", START)

        [(_, progress)] = await refresh_progress(conn, PLANT, START + 10 * HOUR)

    # One reject at second 60: the hundredth good part is the one of second 101.
    assert progress.done == 177
    assert progress.expected_end_us == START + 101 * 1_000_000


async def test_progress_is_stored_for_the_wall_and_the_alarms(database: str) -> None:
    know(database, a_minute_each("press-1", [1, 1]))
    async with reading(database) as conn:
        await ordered(conn, wish(quantity=10_000))
        await started(conn, PLANT, "o-1", START)

        [(_, progress)] = await refresh_progress(conn, PLANT, START + 2 * MINUTE)
        stored = await (
            await conn.execute("SELECT good, rate_per_hour, expected_end, late_by FROM order_progress")
        ).fetchone()

    assert progress.expected_end_us is not None
    assert progress.late_by_us is not None
    late = timedelta(microseconds=progress.late_by_us)
    assert stored == (progress.done, progress.rate_per_hour, from_us(progress.expected_end_us), late)


async def test_an_order_runs_from_its_start_to_its_end(database: str) -> None:
    async with reading(database) as conn:
        await ordered(conn, wish())
        assert await running(conn, START) == []
        await started(conn, PLANT, "o-1", START)
        assert [order.id for order in await running(conn, START)] == ["o-1"]
        assert await running(conn, START - 1) == []
        assert not await asked(conn, PLANT, "o-1", Command.COMPLETE, START + HOUR)

        assert await running(conn, START + 2 * HOUR) == []


async def test_an_order_cannot_end_before_it_began_nor_begin_when_it_is_unknown(database: str) -> None:
    async with reading(database) as conn:
        await ordered(conn, wish())

        assert await asked(conn, PLANT, "o-1", Command.COMPLETE, START)
        assert await started(conn, PLANT, "o-2", START)


async def test_the_same_wish_twice_changes_nothing_and_a_new_one_keeps_the_start(database: str) -> None:
    async with reading(database) as conn:
        for quantity in (120, 120, 150):
            await ordered(conn, wish(quantity=quantity))
            await started(conn, PLANT, "o-1", START + quantity)

        [order] = await running(conn, START + HOUR)

    assert (order.quantity, order.started_us) == (150, START + 120)


async def test_an_order_on_a_machine_that_has_left_the_plant_stops_no_other(database: str) -> None:
    async with reading(database) as conn:
        for name, machine in (("a", "press-9"), ("b", "press-1")):
            await ordered(conn, wish(id=name, machine=machine))
            await started(conn, PLANT, name, START)

        found = await refresh_progress(conn, PLANT, START + HOUR)

    assert [order.id for order, _ in found] == ["b"]


@pytest.mark.parametrize("places", [("weld-1", "stamping"), ("stamping", "weld-1"), ("weld-1", "weld-1")])
async def test_a_machine_counts_for_one_order_at_a_time(database: str, places: tuple[str, str]) -> None:
    """The stamping line counts at its welding cell."""
    async with reading(database) as conn:
        for name, place in zip("ab", places, strict=True):
            where = {"machine": None, "line": place} if place == "stamping" else {"machine": place}
            await ordered(conn, wish(id=name, **where))
        await started(conn, PLANT, "a", START)

        refused = await started(conn, PLANT, "b", START + MINUTE)
        there = [order.id for order in await running(conn, START + HOUR)]
        await asked(conn, PLANT, "a", Command.COMPLETE, START + HOUR)
        then = await started(conn, PLANT, "b", START + HOUR)

    assert refused is not None
    assert "Order 'a' (step 10) runs on" in refused.detail
    assert "POST /api/v1/orders/a/complete" in refused.cure
    assert (there, then) == (["a"], None)


async def test_of_two_orders_that_are_started_at_once_one_runs(database: str) -> None:
    async with reading(database) as conn:
        for number in range(8):
            await ordered(conn, wish(id=f"o-{number}"))

        async def start(number: int) -> bool:
            async with reading(database) as own:
                return await started(own, PLANT, f"o-{number}", START) is None

        won = await asyncio.gather(*(start(number) for number in range(8)))
        there = await running(conn, START + HOUR)

    assert (sum(won), len(there)) == (1, 1)


async def test_an_order_that_has_begun_keeps_its_product_and_its_place(database: str) -> None:
    async with reading(database) as conn:
        await ordered(conn, wish())
        assert await ordered(conn, wish(product="bracket-b")) is None
        await started(conn, PLANT, "o-1", START)

        changed = [wish(), wish(product="bracket-b", machine="press-2"), wish(product="bracket-b", quantity=7)]
        refused = [await ordered(conn, one) for one in changed]
        [order] = await running(conn, START + HOUR)

    assert [one is None for one in refused] == [False, False, True]
    assert (order.product, order.machine, order.quantity) == ("bracket-b", "press-1", 7)


async def test_an_order_that_waits_while_its_machine_makes_something_else_keeps_its_rate(database: str) -> None:
    know(database, a_minute_each("press-1", [1] * 10 + [2] * 40))
    async with reading(database) as conn:
        await ordered(conn, wish(quantity=10_000))
        await started(conn, PLANT, "o-1", START)
        rates = []
        for minute in (10, 20, 50):
            [(_, progress)] = await refresh_progress(conn, PLANT, START + minute * MINUTE)
            rates.append(progress.rate_per_hour)

    # 60 parts a minute, one of them bad.
    assert all(rate == pytest.approx(59 * 60, rel=0.01) for rate in rates)


async def test_a_part_counts_for_the_order_that_ran_when_it_was_made_however_often_that_changed(database: str) -> None:
    know(database, a_minute_each("press-1", [1] * 6))
    async with reading(database) as conn:
        for name, wanted in (("o-1", 120), ("o-2", 130)):
            await ordered(conn, wish(id=name, quantity=wanted))
        await started(conn, PLANT, "o-1", START)
        await asked(conn, PLANT, "o-1", Command.PAUSE, START + 2 * MINUTE, suspend=True)
        await started(conn, PLANT, "o-2", START + 3 * MINUTE)
        await asked(conn, PLANT, "o-2", Command.PAUSE, START + 4 * MINUTE)
        await asked(conn, PLANT, "o-2", Command.COMPLETE, START + 5 * MINUTE)
        await started(conn, PLANT, "o-1", START + 5 * MINUTE)
        found = await refresh_progress(conn, PLANT, START + 6 * MINUTE)

    # Two minutes and one more; the minute in which nothing ran belongs to none. One part of each minute is bad.
    assert {order.id: progress.done for order, progress in found} == {"o-1": 3 * 60 - 1 - 2}


async def test_an_order_that_waits_for_another_one_ends_after_it_and_says_so(database: str) -> None:
    for part in range(5):
        know(database, a_minute_each("press-1", [1] * 30, part * 1800.0), epoch=part + 1)
    now = START + 150 * MINUTE
    async with reading(database) as conn:
        for name, due in (("o-1", DUE), ("o-2", from_us(now) + timedelta(minutes=1))):
            await ordered(conn, wish(id=name, quantity=10_000, due_at=due))
        await started(conn, PLANT, "o-1", START)
        assert await asked(conn, PLANT, "o-2", Command.RELEASE, now) is None
        await refresh_progress(conn, PLANT, now)
        rows = await (
            await conn.execute(
                "SELECT o.work_order, p.expected_low, p.expected_end, p.expected_high, p.late, p.binding"
                " FROM order_progress p JOIN operation o ON o.id = p.operation ORDER BY 1"
            )
        ).fetchall()

    (_, low, first, high, _, pace), (_, low_2, second, high_2, late, binding) = rows
    # 59 good parts a minute, every minute: the interval is as narrow as the end is sure.
    assert low <= first <= high
    assert first <= low_2 <= second <= high_2
    assert (pace, late, binding) == (None, True, "queue")


async def test_where_nothing_is_counted_the_parts_done_are_not_known(database: str) -> None:
    uncounted = parse_plant(re.sub(r".*role: (total|good|reject|rework)_count.*\n", "", DEMO))
    async with reading(database) as conn:
        await ordered(conn, wish())
        await started(conn, uncounted, "o-1", START)

        [(_, progress)] = await refresh_progress(conn, uncounted, START + HOUR)
        stored = await (await conn.execute("SELECT good, rate_per_hour FROM order_progress")).fetchone()

    assert (progress.done, stored) == (None, (None, None))


GOOD_FILE = """\
- {id: A-1, product: bracket-a, quantity: 500, due_at: 2026-11-24T14:00:00+08:00, line: stamping}
- {id: A-2, product: bracket-b, quantity: 20, due_at: "2026-11-25T06:00:00Z", machine: press-2,
   started_at: 2026-11-24T08:00:00Z}
"""


ANOTHER = """\
- {id: A-3, product: bracket-b, quantity: 20, due_at: "2026-11-25T06:00:00Z", machine: press-2,
   started_at: 2026-11-24T09:00:00Z}
"""


def test_a_file_of_orders_is_read(tmp_path: Path) -> None:
    file = tmp_path / "orders.yaml"
    file.write_text(GOOD_FILE, encoding="utf-8")

    assert [(order.id, order.line, order.machine) for order in load_orders(file, PLANT)] == [
        ("A-1", "stamping", None),
        ("A-2", None, "press-2"),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD_FILE.replace("line: stamping", "line: moulding"), "0.line: 'moulding' is not in the plant file"),
        (GOOD_FILE.replace("machine: press-2", "machine: press-2, line: pumps"), "either 'machine' or 'line'"),
        (GOOD_FILE.replace("quantity: 20", "quantity: 0"), "1.quantity"),
        (GOOD_FILE.replace("+08:00", ""), "0.due_at"),
        (GOOD_FILE.replace("quantity: 20", "pieces: 20"), "1.quantity"),
        (GOOD_FILE.replace("A-2", "A-1"), "1.id: 'A-1' occurs twice"),
        (GOOD_FILE + ANOTHER, "2.started_at: 'A-2' runs on 'press-2' already"),
        ("- {id: A-1", "cannot be read"),
        ("orders: []", "file: "),
        ("", "file: "),
    ],
)
def test_a_mistake_in_a_file_of_orders_is_one_line_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "orders.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(BadSetting) as trouble:
        load_orders(file, PLANT)

    assert str(file) in str(trouble.value)
    assert complaint in str(trouble.value)
    assert "\n" not in str(trouble.value)
