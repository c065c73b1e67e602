"""Tells everybody of an event loop who waits that something has changed."""

import asyncio
from contextlib import suppress


class News:
    """`number` grows with each change."""

    def __init__(self) -> None:
        self.number = 0
        self._news = asyncio.Event()

    async def wait(self, seen: int, seconds: float, /) -> None:
        """Return when there was a change since `number` was `seen`, be it before this call; after `seconds` anyway."""
        if self.number == seen:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), seconds)

    def tell(self) -> None:
        """Something has changed: everybody who waits goes on."""
        self.number += 1
        self._news.set()
        self._news = asyncio.Event()
