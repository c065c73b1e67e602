"""Writes what this process has counted of its answers; what cannot be written now is counted on."""

import asyncio

import psycopg

from mes.screens.figures.counts import Counts
from mes.screens.figures.store import write_counts
from runtime.guard import Guard
from runtime.lending import Pool

EVERY_S = 30.0


async def keep_figures(pool: Pool, counts: Counts, every_s: float = EVERY_S) -> None:
    """Until it is cancelled."""
    guard = Guard("figures")
    while True:
        await asyncio.sleep(every_s)
        taken = counts.take()
        if not taken:
            continue
        try:
            async with pool.connection() as conn:
                await write_counts(conn, taken)
            guard.works()
        except psycopg.Error as err:
            for key, use in taken.items():
                counts.uses.setdefault(key, use)
            await asyncio.sleep(guard.failed(err))
