"""The month as it is told when nothing, when something is destroyed, and when what was late has come."""

from dataclasses import dataclass
from datetime import timedelta

from tests.mes.house import reading
from tests.month.compare import WINDOWS, Told
from tests.month.feed import Works, frames, in_order
from tests.month.harm import Harm
from tests.month.life import Life
from tests.month.said import said


@dataclass(frozen=True)
class Harmed:
    """What is told when all but the late frames have come and the gaps are certain, and what then."""

    at_first: Told
    at_last: Told


async def whole(database: str, life: Life) -> Told:
    """Every frame once, in order."""
    works = Works(database)
    works.take(in_order(frames(life.names, life.readings)))
    works.close()
    return await told(database)


async def harmed(database: str, harm: Harm) -> Harmed:
    """Frames out of order, twice, late, or never."""
    works = Works(database)
    works.take(harm.first)
    works.writer.look_for_gaps(timedelta(0))
    works.absorb()
    at_first = await told(database)
    works.take(harm.late, late=True)
    works.close()
    return Harmed(at_first, await told(database))


async def told(database: str) -> Told:
    """All windows."""
    async with reading(database) as conn:
        return await said(conn, WINDOWS)
