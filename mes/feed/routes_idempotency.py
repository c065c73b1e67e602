"""The route of every change: with an Idempotency-Key it is made once, and answered twice alike."""

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute

from mes.feed.store_idempotency import HEADER, NO_KEY, Once
from mes.web.access.keys import need_key
from mes.web.context import LEND_S, Context, context_of
from runtime.lending import Connection

KEY = r"^[\x21-\x7e]{1,255}$"


def _once(
    request: Request,
    _key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            pattern=KEY,
            max_length=255,
            description="Chosen by the caller for this change. Sent again with the same key and body within 90 days, "
            "it is made once and answered alike; with another body it is a mistake.",
            examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
        ),
    ] = None,
) -> Once:
    found = getattr(request.state, "once", NO_KEY)
    assert isinstance(found, Once)  # noqa: S101  - only OnceRoute puts it there
    return found


TheOnce = Annotated[Once, Depends(_once)]


@asynccontextmanager
async def changing(context: Context, once: Once) -> AsyncIterator[Connection]:
    """The transaction of a change, begun once."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        yield conn


class OnceRoute(APIRoute):
    """A route that makes a change; its function calls `begin` and `keep` in the transaction of the change."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As for every route, but a change that was made already is answered from the record."""
        here = super().get_route_handler()

        async def handle(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None or not re.fullmatch(KEY, key):
                return await here(request)
            context = context_of(request)
            await need_key(request, context)
            once = Once(context.access.who_asks(request) or "", key, await _hash(request))
            async with context.pool.connection(LEND_S) as conn:
                before = await once.answered(conn)
            if before is not None:
                headers = {"Idempotency-Replayed": "true"}
                return Response(before[1], before[0], headers, media_type="application/json")
            request.state.once = once
            response = await here(request)
            async with context.pool.connection(LEND_S) as conn:
                kept = await once.answered(conn)
            # The change may be further on by now, but it is answered alike whenever it is sent.
            return response if kept is None else _as_kept(response, *kept)

        return handle


def _as_kept(response: Response, status: int, text: str) -> Response:
    headers = {"ETag": response.headers["ETag"]} if "ETag" in response.headers else {}
    return Response(text, status, headers, media_type="application/json")


async def _hash(request: Request) -> bytes:
    """Of the change: method, address and body."""
    parts = (request.method.encode(), request.scope["path"].encode(), request.scope["query_string"])
    digest = hashlib.sha256()
    for part in (*parts, await request.body()):
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()
