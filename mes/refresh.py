"""Tells everybody who waits that facts have changed."""

import asyncio
from contextlib import suppress


class Refresh:
    """`alive` is False while facts cannot be kept, because the database is away."""

    def __init__(self) -> None:
        self.alive = False
        self._news = asyncio.Event()

    async def wait(self, seconds: float, /) -> None:
        """Return when facts have changed, at the latest after `seconds`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)

    async def tell(self) -> None:
        """Facts have changed: everybody who waits now goes on."""
        news, self._news = self._news, asyncio.Event()
        news.set()
