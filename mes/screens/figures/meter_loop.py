"""Counts what is asked for and how long each answer takes, by the address of its route; no person, no parameters."""

import time
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mes.screens.figures.counts import Counts
from mes.web.access.access import route_address

# Streams are open for hours, and files of the pages are none of their features.
UNCOUNTED = ("/static/", "/health/", "/metrics")


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
