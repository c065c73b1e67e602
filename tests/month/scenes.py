"""The month as it is told when nothing, when something is destroyed, and when what was late has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from mes.keeper.store_sums import HourKeeper
from mes.kpi.elements import Elements
from runtime.lending import Connection
from tests.mes.house import reading
from tests.month.compare import WINDOWS, Told
from tests.month.feed import Works, frames, in_order
from tests.month.harm import Harm
from tests.month.life import PLANT, Life, Readings
from tests.month.said import said
from tests.month.windows import HOUR_US
from tests.support.sums import count, summed

# Of these days hours are kept before the late frames come.
KEPT = [window for window in WINDOWS if window.name.startswith("2025-10-2") and " " not in window.name]


@dataclass(frozen=True)
class Harmed:
    """What is told when all but the late frames have come and the gaps are certain, and what then.

    `summed` are at last the Elements of whole days and of the month, as sums of hours where these are kept;
    `kept` says how many hours were kept before and after.
    """

    at_first: Told
    at_last: Told
    summed: Mapping[tuple[str, str], Elements]
    kept: tuple[int, int]


async def whole(database: str, life: Life, readings: Readings | None = None) -> Told:
    """Every frame once, in order, of what was read."""
    works = Works(database)
    works.take(in_order(frames(life.names, readings or life.readings)))
    works.close()
    return await told(database)


async def harmed(database: str, harm: Harm) -> Harmed:
    """Frames out of order, twice, late, or never."""
    works = Works(database)
    works.take(harm.first)
    works.writer.look_for_gaps(timedelta(0))
    works.absorb()
    at_first = await told(database)
    async with reading(database) as conn:
        before = await keep_hours(conn)
        works.take(harm.late, late=True)
        works.close()
        after = await count(conn, "equipment_hour WHERE NOT outdated")
        sums = {
            (machine.id, window.name): await summed(conn, PLANT, machine.id, window.span)
            for machine in PLANT.machines
            for window in (*KEPT, WINDOWS[-1])
        }
    return Harmed(at_first, await told(database), sums, (before, after))


async def keep_hours(conn: Connection) -> int:
    """Make the hours of some days; how many there are then."""
    keeper = HourKeeper(PLANT)
    await keeper.make_some(conn)
    # It would begin with the newest hour, and a year without data lies before October, which is too long ago now.
    keeper.todo.clear()
    keeper.first_us = 0
    first, last = KEPT[0].span[0] // HOUR_US * HOUR_US, KEPT[-1].span[1]
    keeper.missing((machine.id, hour) for machine in PLANT.machines for hour in range(first, last, HOUR_US))
    keeper.scanned = True
    while await keeper.make_some(conn):
        pass
    return await count(conn, "equipment_hour WHERE NOT outdated")


async def told(database: str) -> Told:
    """All windows."""
    async with reading(database) as conn:
        return await said(conn, WINDOWS)
