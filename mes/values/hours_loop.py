"""Keeps the hours of tags with many samples, so that a month of one is drawn at once."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from config.plant import Plant
from mes.values.store_hours import LOCK, begin, follow, forget_hours, make_hours, series_of
from runtime.lending import Connection
from runtime.only_one import OnlyOne

LOOK_EVERY_S = 5.0
REST_S = 0.1
TIDY_EVERY_S = 3600.0


class HoursLoop:
    """One of all mes processes on a database keeps them; the others stand by."""

    def __init__(self, database: str, plant: Plant, beat: Callable[[], None]) -> None:
        self.plant = plant
        self._only = OnlyOne("values", database, LOCK, beat)

    async def run(self) -> None:
        """Until it is cancelled."""
        await self._only.run(self._follow)

    def lost(self) -> None:
        """The database does not answer: what waits for it is told now."""
        self._only.lost()

    async def _follow(self, conn: Connection) -> None:
        await begin(conn)
        tidied = -TIDY_EVERY_S
        while True:
            self._only.beat()
            now = datetime.now(UTC)
            oldest = now - self.plant.site.keep_samples
            more = await follow(conn)
            if not more:
                more = await make_hours(conn, await series_of(conn, self.plant), now, oldest)
            if time.monotonic() - tidied > TIDY_EVERY_S:
                await forget_hours(conn, oldest)
                tidied = time.monotonic()
            self._only.guard.works()
            await asyncio.sleep(REST_S if more else LOOK_EVERY_S)
