"""What is written into an ERP, and its orders as it shows them, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from psycopg.types.json import Jsonb

from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.web.access.author import Author
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.erp", "queries_documents.sql")
AT_ONCE = 100
MOST = 5000


@dataclass(frozen=True, slots=True)
class Document:
    """A document to write now; `reverses`: that which it takes back, `key_before`: that of the confirmation before."""

    order: str
    number: int
    kind: str
    good: Decimal
    scrap: Decimal
    state: str
    before: list[int] | None
    tries: int
    external_id: str
    reverses: int | None
    key_before: int


@dataclass(frozen=True, slots=True)
class SeenOrder:
    """An order of the ERP as it was seen last."""

    external_id: str
    number: str
    order: str | None
    state: str
    stamp: str
    problem: str | None


async def seen_orders(conn: Connection, system: str, ids: Sequence[str]) -> dict[str, SeenOrder]:
    """What was seen of these orders and of all that are not over, by the ERP's id."""
    rows = await (await conn.execute(SQL["external_orders"], {"system": system, "ids": list(ids)})).fetchall()
    return {row[0]: SeenOrder(*row) for row in rows}


async def put_seen(
    conn: Connection, system: str, seen: SeenOrder, problem: str | None = None, cure: str | None = None
) -> None:
    """What the ERP shows of an order, and what keeps it from being followed."""
    row = {"system": system, "external_id": seen.external_id, "number": seen.number, "work_order": seen.order}
    row |= {"state": seen.state, "stamp": seen.stamp, "problem": problem, "cure": cure}
    await conn.execute(SQL["put_external_order"], row)


async def put_amounts(
    conn: Connection, system: str, external_id: str, state: str, amounts: tuple[Decimal, Decimal]
) -> None:
    """What the ERP has of an order now."""
    row = {"system": system, "external_id": external_id, "state": state, "good": amounts[0], "scrap": amounts[1]}
    await conn.execute(SQL["put_amounts"], row)


async def plan_documents(conn: Connection, system: str) -> None:
    """A document for each begin, confirmation and end that has none yet; doing it twice changes nothing."""
    async with conn.transaction():
        for name in ("plan_begins", "plan_confirmations", "plan_ends"):
            await conn.execute(SQL[name], {"system": system})


async def due_documents(conn: Connection, system: str) -> list[Document]:
    """The next document of each order that is to be written now."""
    rows = await (await conn.execute(SQL["due_documents"], {"system": system, "most": AT_ONCE})).fetchall()
    return [Document(*row) for row in rows]


async def own_records(conn: Connection, system: str, order: str) -> dict[int, list[int]]:
    """Which records of the ERP hold which document of an order."""
    rows = await (await conn.execute(SQL["own_records"], {"system": system, "work_order": order})).fetchall()
    return dict(rows)


async def mark_sent(conn: Connection, system: str, document: Document, before: Sequence[int] | None) -> None:
    """An attempt begins; `before` are the records that the ERP has without it."""
    row = _key(system, document) | {"before": None if before is None else Jsonb(sorted(before))}
    await conn.execute(SQL["mark_sent"], row)


async def acknowledge(conn: Connection, system: str, document: Document, records: Sequence[int] | None) -> None:
    """The ERP has it, and was read again."""
    ids = None if records is None else Jsonb(sorted(records))
    await _settle(conn, system, document, state="acknowledged", external_ids=ids)


async def try_later(conn: Connection, system: str, document: Document, delay: timedelta, problem: str) -> None:
    """It could not be written, or nobody knows whether it was; the state stays as the attempt has left it."""
    cure = "It is tried again by itself, after a look at what has become of it."
    await _settle(conn, system, document, state=None, delay=delay, problem=problem, cure=cure)


async def park(conn: Connection, system: str, document: Document, problem: str, cure: str) -> None:
    """A person has to act before it goes on; the order's later documents wait."""
    async with conn.transaction():
        await _settle(conn, system, document, state="parked", problem=problem, cure=cure)
        data = {"system": system, "order": document.order, "document": document.number, "kind": document.kind}
        data |= {"problem": problem, "cure": cure}
        await tell(conn, "document.parked", f"order/{document.order}", data)
        await note(conn, Author(None, system), "park document", f"order/{document.order}", None, data)


async def retry(conn: Connection, system: str, order: str, number: int, author: Author) -> None:
    """A parked document is tried again; a Problem 409 where it is not parked."""
    asked = {"system": system, "work_order": order, "number": number}
    if await (await conn.execute(SQL["retry_document"], asked)).fetchone() is None:
        raise Problem(409, f"Document {number} of order '{order}' is not parked.", "GET /api/v1/documents lists them.")
    await note(conn, author, "retry document", f"order/{order}", None, {"system": system, "document": number})


async def documents(
    conn: Connection, *, order: str | None = None, day: date | None = None, state: str | None = None
) -> list[dict[str, Any]]:
    """The documents of an order or a production day, in their order."""
    asked = {"order": order, "day": day, "state": state, "most": MOST}
    cursor = await conn.execute(SQL["documents"], asked)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


def _key(system: str, document: Document) -> dict[str, Any]:
    return {"system": system, "work_order": document.order, "number": document.number}


async def _settle(conn: Connection, system: str, document: Document, **row: Any) -> None:
    nothing = dict.fromkeys(("external_ids", "delay", "problem", "cure"))
    await conn.execute(SQL["settle_document"], nothing | _key(system, document) | row)
