"""Keeps the facts in step with the frames, over one connection after another."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import psycopg
import structlog
from psycopg.rows import TupleRow

from config.plant import Plant
from mes import metrics
from mes.keeper.refresh_loop import Refresh
from mes.keeper.store import Keeper
from mes.keeper.store_claim import AnotherMes, Backend, claim
from mes.keeper.store_late import forget_done
from mes.keeper.store_restatements import Tell
from mes.keeper.store_retention import forget_versions
from mes.keeper.store_sums import HourKeeper, forget_minutes
from mes.kpi.store_policies import keep_policies
from runtime.database import connect
from runtime.guard import Guard, cut
from runtime.lending import Pool

log = structlog.get_logger()
Beat = Callable[[], None]
Tidy = Callable[[psycopg.Connection[TupleRow], datetime], None]
TIDY_EVERY_S = 3600.0
HOURS_EVERY_S = 1.0  # at least so often an hour is made, however busy the lines are
LOOK_EVERY_S = 10.0  # so often somebody looks whether an hour has settled, when none is to be made
CLAIM_EVERY_S = 0.5
REST_S = 0.25  # a wall that is younger helps nobody
BUSY_REST_S = 0.05  # between pieces of what is made anew


class FactsLoop:
    """The keeper of one database; it outlives the database and every connection to it."""

    def __init__(
        self,
        database: str,
        pool: Pool,
        plant: Plant,
        refresh: Refresh,
        beat: Beat,
        tell: Tell,
        tidy: Sequence[Tidy] = (),
    ) -> None:
        self.database, self.pool, self.plant, self.tell = database, pool, plant, tell
        self.refresh, self.beat = refresh, beat
        self.tidy = (forget_done, forget_minutes, *tidy)
        self.guard = Guard("facts")
        self._conn: psycopg.Connection[TupleRow] | None = None
        self._backend: Backend | None = None

    async def run(self) -> None:
        """Until it is cancelled; AnotherMes when the database has a keeper from the start."""
        keeper: Keeper | None = None
        while True:
            self.beat()
            try:
                keeper = await self._begin()
                await self._follow(keeper)
            except psycopg.Error as err:
                self.refresh.alive = False
                await asyncio.sleep(self.guard.failed(err, self._conn))
            finally:
                if keeper is not None:
                    keeper.pieces.close()
                if self._conn is not None:
                    self._conn.close()

    def lost(self) -> None:
        """The database does not answer: what waits for it is told now."""
        if self._conn is not None:
            cut(self._conn)

    async def _begin(self) -> Keeper:
        self._conn = await asyncio.to_thread(connect, self.database, "mes-facts")
        keeper = Keeper(self._conn, self.plant, self.tell)
        while True:
            self.beat()
            try:
                self._backend = await asyncio.to_thread(claim, keeper.conn, self._backend)
            except AnotherMes as err:
                if self._backend is None:
                    raise
                # This process was the keeper before: another one has taken over, and may end.
                self.guard.trouble = str(err)
                await asyncio.sleep(CLAIM_EVERY_S)
            else:
                break
        await asyncio.to_thread(keep_policies, keeper.conn, self.plant)
        self.guard.connected()
        self.refresh.alive = True
        return keeper

    async def _follow(self, keeper: Keeper) -> None:
        hours, made_at, rest_s = HourKeeper(keeper.plant), 0.0, 0.0
        keeper.conn.execute("LISTEN shopfloor_frame")
        tidied = -TIDY_EVERY_S
        try:
            while True:
                self.beat()
                if time.monotonic() - tidied > TIDY_EVERY_S:
                    keep, now = keeper.plant.site.keep_versions, datetime.now(UTC)
                    await asyncio.to_thread(forget_versions, keeper.conn, keep, now)
                    for tidy in self.tidy:
                        await asyncio.to_thread(tidy, keeper.conn, now)
                    tidied = time.monotonic()
                changed = await self._step(keeper)
                hours.missing(keeper.gone_hours)
                keeper.gone_hours.clear()
                more, since = False, time.monotonic() - made_at
                if (hours.todo or since > rest_s) and (not changed or since > HOURS_EVERY_S):
                    async with self.pool.connection() as conn:
                        more = await hours.make_some(conn)
                    made_at, rest_s = time.monotonic(), 0.0 if more else LOOK_EVERY_S
                if not changed and not more:
                    await asyncio.to_thread(_heard, keeper)
                # Many small frames become one step: most of what a step costs is the step itself.
                await asyncio.sleep(BUSY_REST_S if more or self._waiting(keeper) else REST_S)
        except asyncio.CancelledError:
            # The thread goes on by itself: its statement is ended, so that a stop waits for no long history.
            with suppress(psycopg.Error):
                keeper.conn.cancel_safe(timeout=1)
            raise

    def _waiting(self, keeper: Keeper) -> bool:
        """Whether facts wait to be made, beside those of frames to come."""
        return bool(keeper.rebuilding or self.refresh.late_spans)

    async def _step(self, keeper: Keeper) -> bool:
        began = time.monotonic()
        changed = await asyncio.to_thread(keeper.step)
        self.guard.works()
        self.refresh.late_spans, self.refresh.faulty = keeper.late.count(), dict(keeper.faulty)
        metrics.REBUILDING.set(len(keeper.rebuilding))
        metrics.LATE.set(self.refresh.late_spans)
        metrics.FAULTY.set(len(keeper.faulty))
        if changed:
            metrics.RECOMPUTE.observe(time.monotonic() - began)
            self.refresh.tell()
        return changed


def _heard(keeper: Keeper) -> None:
    """Return when a frame has been announced, after a second at the latest."""
    for _ in keeper.conn.notifies(timeout=1.0, stop_after=1):
        return
