"""What entering costs is counted by machine and shift, and shown."""

from datetime import UTC, datetime, timedelta

from mes.erp.entries.effort import AIM_MS, efforts_of
from tests.mes.erp.entries.test_routes import entry, reported, sent
from tests.mes.erp.plants import client
from tests.mes.house import PLANT
from tests.mes.orders.quantities.test_routes import BURR, made, running


class Shift:
    """A shift from and until."""

    def __init__(self, starts_us: int, ends_us: int) -> None:
        self.starts_us, self.ends_us = starts_us, ends_us


def test_entries_add_up_by_machine_and_shift_and_the_costliest_machine_stands_first() -> None:
    shifts = [Shift(0, 100), Shift(100, 200)]
    entries = [
        (10, "a", "report", 2, 3000),
        (20, "b", "edit", 1, AIM_MS),
        (30, "b", "edit", 1, 1),
        (150, "a", "report", 2, 3000),
        (500, "a", "report", 9, 9),
    ]
    early, late = efforts_of(shifts, entries)  # type: ignore[arg-type]

    assert [(one.machine, one.entries, one.touches, one.too_much) for one in early.machines] == [
        ("b", 2, 2, True),
        ("a", 1, 2, False),
    ]
    assert [(one.machine, one.kinds) for one in late.machines] == [("a", {"report": 1})]


async def test_the_page_tells_what_a_day_has_cost_in_both_languages(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await sent(http, entry(1, reported(id_, "100", "5"), datetime.now(UTC), touches=7, took_ms=125_000))
        pages = [(await http.get("/effort", params={"lang": lang})).text for lang in ("en", "zh")]
        day = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()
        before = (await http.get("/effort", params={"lang": "en", "day": day})).text

    assert "▲ 2 min" in pages[0] or "▲ 125 s" in pages[0]
    assert "reports 1" in pages[0]
    assert "报工 1" in pages[1]
    assert "▲" not in before.partition("<main")[2]
