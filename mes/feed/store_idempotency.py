"""A change that is sent twice with one Idempotency-Key is made once, and answered twice alike: its record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from pydantic import BaseModel

from mes.web.problems import Problem, mistake
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.feed")
HEADER = "Idempotency-Key"
KEPT = timedelta(days=90)


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
        """Last in the change's transaction: its answer, the first time and each time that it is sent again."""
        if self.key is not None:
            told = {"status": status, "answer": answer.model_dump_json(by_alias=True)}
            await conn.execute(SQL["keep_answer"].encode(), self._row() | told)

    async def answered(self, conn: Connection) -> tuple[int, str] | None:
        """Status and text of the answer that was given before; a Problem 422 where the key is another change's."""
        row = await (await conn.execute(SQL["answered_once"].encode(), self._row())).fetchone()
        if row is None:
            return None
        if bytes(row[0]) != self.request:
            raise mistake(f"header.{HEADER}", "Was sent with another change: give each change a key of its own.")
        return int(row[1]), str(row[2])

    def _row(self) -> dict[str, Any]:
        return {"who": self.who, "key": self.key, "request": self.request}


NO_KEY = Once("", None, b"")


def forget_answers(conn: psycopg.Connection[TupleRow], now: datetime) -> None:
    """Answers that are older than 90 days are not given again."""
    conn.execute(SQL["forget_answers"].encode(), {"before": now - KEPT})
