"""One look at a line for all screens: computed once, sent to whoever follows."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

import psycopg
import structlog

from mes.keeper.refresh_loop import Refresh
from runtime.guard import Guard

log = structlog.get_logger()
AT_LEAST_EVERY_S = 1.0
AT_MOST_EVERY_S = 0.2
# A look may take at most a third of one processor, until it takes so long that a screen would call it old.
REST = 2.0
LONGEST_REST_S = 1.0
Look = TypeVar("Look")


@dataclass(frozen=True, slots=True)
class Seen(Generic[Look]):
    """A look and the instant of what it knows, by the monotonic clock: when it was begun, not when it is sent."""

    look: Look
    at_s: float

    def age_s(self) -> float:
        """How old what it says is by now."""
        return time.monotonic() - self.at_s


@dataclass(slots=True)
class Channel(Generic[Look]):
    """The looks of one line; it works while it has followers, and shows nothing new while the database is away."""

    name: str
    look: Callable[[], Awaitable[Look]]
    refresh: Refresh
    latest: Seen[Look] | None = None
    number: int = 0
    followers: int = 0
    closed: bool = False
    _working: bool = False
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _task: asyncio.Task[None] | None = None

    async def follow(self) -> AsyncIterator[Seen[Look]]:
        """Every look from now on, the newest at once, be it old; a slow follower skips looks and delays nobody."""
        self.followers += 1
        try:
            if not self._working:
                self._working = True
                self._task = asyncio.create_task(self._work(), name=f"wall-{self.name}")
            seen = -1
            while not self.closed:
                async with self._changed:
                    await self._changed.wait_for(partial(self._news_for, seen))
                    seen = self.number
                    latest = self.latest
                if self.closed or latest is None:
                    return
                yield latest
        finally:
            self.followers -= 1

    async def glance(self) -> Seen[Look]:
        """The newest look, made now where that is old: for pages that ask now and then."""
        async with self._looking:
            if self.latest is None or self.latest.age_s() > AT_LEAST_EVERY_S:
                began = time.monotonic()
                self.latest = Seen(await self.look(), began)
            return self.latest

    async def close(self) -> None:
        """All followers end; nothing is computed any more."""
        self.closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._tell()

    def _news_for(self, seen: int) -> bool:
        return self.closed or not self._working or (self.latest is not None and self.number != seen)

    async def _work(self) -> None:
        guard = Guard(f"wall {self.name}")
        try:
            while self.followers:
                began, known = time.monotonic(), self.refresh.number
                try:
                    async with self._looking:
                        look = await self.look()
                except psycopg.Error as err:
                    await asyncio.sleep(guard.failed(err))
                    continue
                guard.works()
                self.latest = Seen(look, began)
                self.number += 1
                await self._tell()
                spent = time.monotonic() - began
                rest = min(LONGEST_REST_S, max(AT_MOST_EVERY_S - spent, REST * spent))
                await asyncio.sleep(rest)
                await self.refresh.wait(known, max(0.01, AT_LEAST_EVERY_S - spent - rest))
        except Exception:
            log.exception("wall_failed", line=self.name)
            raise
        finally:
            self._working = False
            self.latest = None
            await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
