"""Gives committed events their positions and seals audit entries, over one connection after another."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import psycopg
import structlog

from mes.feed.store_sequencer import begin, claim, number_events, seal_entries, waiting
from runtime.database import settings_of
from runtime.guard import Guard, cut
from runtime.lending import Connection
from runtime.news import News

log = structlog.get_logger()
CLAIM_EVERY_S = 0.5
# It looks instead of being called: commits that NOTIFY wait for each other, each for the flush of the one before.
LOOK_EVERY_S = 0.1
SOURCES_EVERY_S = 1.0
# Makes events of what another service has written.
Source = Callable[[Connection], Awaitable[None]]


class SequencerLoop:
    """One of all mes processes on a database numbers; the others stand by."""

    def __init__(
        self,
        database: str,
        events: News,
        beat: Callable[[], None],
        audit_key: bytes | None,
        sources: Sequence[Source] = (),
    ) -> None:
        self.database, self.events, self.beat, self.audit_key = database, events, beat, audit_key
        self.sources = sources
        self.guard = Guard("feed")
        self._conn: Connection | None = None

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self.beat()
            try:
                self._conn = await psycopg.AsyncConnection.connect(self.database, **settings_of("mes-feed"))
                await self._follow(self._conn)
            except psycopg.Error as err:
                await asyncio.sleep(self.guard.failed(err, self._conn))
            finally:
                if self._conn is not None:
                    await self._conn.close()
                    self._conn = None

    def lost(self) -> None:
        """The database does not answer: what waits for it is told now."""
        if self._conn is not None:
            cut(self._conn)

    async def _follow(self, conn: Connection) -> None:
        while not await claim(conn):
            self.beat()
            await asyncio.sleep(CLAIM_EVERY_S)
        epoch = await begin(conn)
        if epoch is not None:
            log.warning("feed_epoch_began", epoch=str(epoch), cure="consumers reconcile, then read from a new cursor")
        self.guard.connected()
        asked = -SOURCES_EVERY_S
        while True:
            self.beat()
            events, entries = await waiting(conn)
            if events:
                await number_events(conn)
                self.events.tell()
            if entries:
                await seal_entries(conn, self.audit_key)
            if time.monotonic() - asked > SOURCES_EVERY_S:
                for source in self.sources:
                    await source(conn)
                asked = time.monotonic()
            self.guard.works()
            await asyncio.sleep(LOOK_EVERY_S)
