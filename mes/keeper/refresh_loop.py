"""Tells everybody who waits that facts have changed."""

import asyncio
from contextlib import suppress


class Refresh:
    """`number` grows with each change of facts; `alive` is False while facts cannot be kept."""

    def __init__(self, alive: bool = False) -> None:
        self.alive = alive
        self.number = 0
        # How many spans of late samples wait, and the machines whose facts cannot be made, with the reason.
        self.late_spans = 0
        self.faulty: dict[str, str] = {}
        self._news = asyncio.Event()

    async def wait(self, seen: int, seconds: float, /) -> None:
        """Return when facts have changed since `number` was `seen`, be it before this call; after `seconds` anyway."""
        if self.number == seen:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), seconds)

    def tell(self) -> None:
        """Facts have changed: everybody who waits goes on."""
        self.number += 1
        self._news.set()
        self._news = asyncio.Event()
