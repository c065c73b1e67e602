"""Counts what is asked for and how long each answer takes, by the address of its route; no person, no parameters."""

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mes.web.access.access import route_address

# Seconds; the last count is of what took longer than all of them.
WITHIN_S = (0.1, 0.3, 1.0, 3.0)
MOST_ADDRESSES = 2_000
# Streams are open for hours, and files of the pages are none of their features.
UNCOUNTED = ("/static/", "/health/", "/metrics")


@dataclass(slots=True)
class Use:
    """What is known of one address on one day."""

    within: list[int] = field(default_factory=lambda: [0] * (len(WITHIN_S) + 1))
    slowest_ms: int = 0
    refused: int = 0
    failed: int = 0

    def add(self, took_s: float, status: int) -> None:
        """One more answer."""
        self.within[sum(took_s > limit for limit in WITHIN_S)] += 1
        self.slowest_ms = max(self.slowest_ms, round(took_s * 1000))
        self.refused += status >= 400
        self.failed += status >= 500


Key = tuple[date, str, str]


@dataclass(slots=True)
class Counts:
    """What this process has counted since somebody took it."""

    uses: dict[Key, Use] = field(default_factory=dict)

    def add(self, day: date, method: str, address: str, took_s: float, status: int) -> None:
        """One more answer; of a flood of addresses only so many are told apart."""
        key = (day, method, address)
        if key not in self.uses and len(self.uses) >= MOST_ADDRESSES:
            return
        self.uses.setdefault(key, Use()).add(took_s, status)

    def take(self) -> dict[Key, Use]:
        """All of it; counting begins anew."""
        taken, self.uses = self.uses, {}
        return taken


class Meter:
    """Stands before everything, so that waiting counts too."""

    def __init__(self, app: ASGIApp, counts: Counts) -> None:
        self.app, self.counts = app, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count when the answer is complete."""
        if scope["type"] != "http" or scope["path"].startswith(UNCOUNTED):
            await self.app(scope, receive, send)
            return
        began, status = time.monotonic(), 500
        stream = False

        async def told(message: Message) -> None:
            nonlocal status, stream
            if message["type"] == "http.response.start":
                status = message["status"]
                stream = any(
                    name == b"content-type" and b"event-stream" in what for name, what in message.get("headers", ())
                )
            await send(message)

        try:
            await self.app(scope, receive, told)
        finally:
            address = _address(scope)
            if address is not None and not stream:
                took_s = time.monotonic() - began
                self.counts.add(datetime.now(UTC).date(), scope["method"], address, took_s, status)


def _address(scope: Scope) -> str | None:
    """Of the route that answered, with its parameters by name; None where there was none."""
    if getattr(scope.get("route"), "path", None) is None:
        return None
    return route_address(Request(scope))[:200]
