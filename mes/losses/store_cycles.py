"""Cycle times that machines themselves show in a window, for the answer about cycles."""

import numpy as np

from config.device import CYCLE_UNITS, Role
from contract.sample import from_us
from mes.losses.cycle_times import Shown
from mes.web.context import LEND_S, TheContext
from mes.web.store_evaluation import TheEvaluated
from runtime.database import queries

SQL = queries("mes.losses")


async def shown_cycles(context: TheContext, asked: TheEvaluated) -> dict[str, Shown]:
    """By machine, what was known then; machines without such a tag are left out."""
    tags = {machine.id: tag for machine in asked.machines if (tag := machine.tag_of(Role.CYCLE_TIME))}
    if not tags:
        return {}
    wanted = {
        "machines": list(tags),
        "tags": [tag.name for tag in tags.values()],
        "from": from_us(asked.span[0]),
        "to": from_us(asked.span[1]),
        "as_of": from_us(asked.snapshot.as_of_us) if asked.snapshot.as_of_us is not None else None,
    }
    rows: dict[str, list[tuple[int, float]]] = {machine: [] for machine in tags}
    async with context.pool.connection(LEND_S) as conn:
        async for machine, at, value in await conn.execute(SQL["shown_cycles"].encode(), wanted):
            rows[machine].append((at, value))
    return {machine: _shown(found, CYCLE_UNITS[tags[machine].unit]) for machine, found in rows.items()}


def _shown(rows: list[tuple[int, float]], unit_us: int) -> Shown:
    value = np.array([value for _, value in rows], np.float64) * unit_us
    # What takes longer than a year is no cycle.
    known = np.isfinite(value) & (value > 0) & (value < 365 * 86_400e6)
    return Shown(np.array([at for at, _ in rows], np.int64), np.where(known, value, 0).round().astype(np.int64))
