"""Gives committed events their positions and seals audit entries, over one connection after another."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from mes.feed.store_sequencer import LOCK, begin, number_events, seal_entries, waiting
from runtime.lending import Connection
from runtime.news import News
from runtime.only_one import OnlyOne

log = structlog.get_logger()
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
        self.events, self.audit_key, self.sources = events, audit_key, sources
        self._only = OnlyOne("feed", database, LOCK, beat)

    async def run(self) -> None:
        """Until it is cancelled."""
        await self._only.run(self._follow)

    def lost(self) -> None:
        """The database does not answer: what waits for it is told now."""
        self._only.lost()

    async def _follow(self, conn: Connection) -> None:
        epoch = await begin(conn)
        if epoch is not None:
            log.warning("feed_epoch_began", epoch=str(epoch), cure="consumers reconcile, then read from a new cursor")
        asked = -SOURCES_EVERY_S
        while True:
            self._only.beat()
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
            self._only.guard.works()
            await asyncio.sleep(LOOK_EVERY_S)
