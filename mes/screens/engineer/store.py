"""Database → the newest samples of some tags."""

from collections.abc import Sequence
from datetime import timedelta

from config.device import Machine, Tag
from contract.sample import from_us
from mes.screens.raw_sample import RawSample
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.screens.engineer")
# What is older is found in the trends.
LOOK_BACK = timedelta(days=2)
AHEAD = timedelta(minutes=5)


async def newest_samples(
    conn: Connection, tags: Sequence[tuple[Machine, Tag]], now_us: int
) -> dict[tuple[str, str], RawSample]:
    """By machine and tag."""
    now = from_us(now_us)
    asked = {
        "machines": [machine.id for machine, _ in tags],
        "tags": [tag.name for _, tag in tags],
        "since": now - LOOK_BACK,
        "until": now + AHEAD,
    }
    rows = await (await conn.execute(SQL["newest_samples"].encode(), asked)).fetchall()
    return {(machine, tag): RawSample(*rest) for machine, tag, *rest in rows}
