"""A change that is sent twice with one Idempotency-Key is made once, and answered twice alike."""

import hashlib
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from psycopg.rows import TupleRow
from pydantic import BaseModel

from mes.web.context import LEND_S, Connection, house_of
from mes.web.keys import need_key
from mes.web.problems import Problem, mistake
from runtime.database import queries

SQL = queries("mes.feed")
HEADER = "Idempotency-Key"
KEY = r"^[\x21-\x7e]{1,255}$"
KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Once:
    """A change that a caller has given a key to, or none."""

    who: str
    key: str | None
    request: bytes

    async def begin(self, conn: Connection) -> None:
        """First in the change's transaction; a Problem 409 while the same change is being made."""
        if self.key is None:
            return
        free = await (await conn.execute(SQL["lock_once"].encode(), self._row())).fetchone()
        known = await (await conn.execute(SQL["answered_once"].encode(), self._row())).fetchone()
        if free is None or not free[0] or known is not None:
            detail = f"The change with this {HEADER} is being made at this moment."
            raise Problem(409, detail, "Send it again in a second: it is then answered.", retry_after_s=1)

    async def keep(self, conn: Connection, status: int, answer: BaseModel) -> None:
        """Last in the change's transaction: what is known of its answer by then."""
        if self.key is not None:
            told = {"status": status, "answer": answer.model_dump_json(by_alias=True)}
            await conn.execute(SQL["keep_answer"].encode(), self._row() | told)

    async def answered(self, conn: Connection) -> Response | None:
        """The answer that was given before; a Problem 422 where the key stands for another change."""
        row = await (await conn.execute(SQL["answered_once"].encode(), self._row())).fetchone()
        if row is None:
            return None
        if bytes(row[0]) != self.request:
            raise mistake(f"header.{HEADER}", "Was sent with another change: give each change a key of its own.")
        headers = {"Idempotency-Replayed": "true"}
        return Response(row[2], row[1], headers, media_type="application/json")

    async def told(self, conn: Connection, response: Response) -> None:
        """The answer as it went out."""
        row = self._row() | {"status": response.status_code, "answer": bytes(response.body).decode()}
        await conn.execute(SQL["keep_answer"].encode(), row)

    def _row(self) -> dict[str, Any]:
        return {"who": self.who, "key": self.key, "request": self.request}


NO_KEY = Once("", None, b"")


def _once(
    request: Request,
    _key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            pattern=KEY,
            max_length=255,
            description="Chosen by the caller for this change. Sent again with the same key and body within 24 hours, "
            "it is made once and answered alike; with another body it is a mistake.",
            examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
        ),
    ] = None,
) -> Once:
    found = getattr(request.state, "once", NO_KEY)
    assert isinstance(found, Once)  # noqa: S101  - only OnceRoute puts it there
    return found


TheOnce = Annotated[Once, Depends(_once)]


class OnceRoute(APIRoute):
    """A route that makes a change; its function calls `begin` and `keep` in the transaction of the change."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As for every route, but a change that was made already is answered from the record."""
        here = super().get_route_handler()

        async def handle(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None or not re.fullmatch(KEY, key):
                return await here(request)
            house = house_of(request)
            await need_key(request, house)
            once = Once(house.access.who_asks(request) or "", key, await _hash(request))
            async with house.pool.connection(LEND_S) as conn:
                before = await once.answered(conn)
            if before is not None:
                return before
            request.state.once = once
            response = await here(request)
            async with house.pool.connection(LEND_S) as conn:
                await once.told(conn, response)
            return response

        return handle


def forget_answers(conn: psycopg.Connection[TupleRow], now: datetime) -> None:
    """Answers that are older than a day are not given again."""
    conn.execute(SQL["forget_answers"].encode(), {"before": now - KEPT})


async def _hash(request: Request) -> bytes:
    """Of the change: method, address and body."""
    parts = (request.method.encode(), request.scope["path"].encode(), request.scope["query_string"])
    digest = hashlib.sha256()
    for part in (*parts, await request.body()):
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()
