"""What was told of orders, read for OperationsPerformance."""

from collections.abc import Sequence
from datetime import datetime

from mes.erp.b2mml.performance_out import MadeOrder, SegmentConfirmation
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.erp.b2mml", "queries.sql")
MOST = 1000


async def told_of(conn: Connection, order: str) -> list[SegmentConfirmation]:
    """All that was told of an order; a Problem 422 where that is more than one document holds."""
    found = await _confirmations(conn, order=order)
    if len(found) > MOST:
        detail = f"More than {MOST} confirmations were made of order '{order}'."
        raise Problem(422, detail, "Ask by 'from' and 'to' instead: such a document says how far it goes.")
    return found


async def told_between(
    conn: Connection, start: datetime, end: datetime, most: int = MOST
) -> tuple[list[SegmentConfirmation], datetime]:
    """What was told from an instant to another, and up to where it is all of it: not later than the second, earlier
    where there is more than one document holds, or where a confirmation is just being written.
    """
    row = await (await conn.execute(SQL["complete_until"].encode(), {"to": end})).fetchone()
    assert row is not None  # noqa: S101  - an aggregate has a row
    whole: datetime = row[0]
    if whole <= start:
        return [], start
    found = await _confirmations(conn, start=start, end=whole, most=most)
    if len(found) > most:
        whole = found[most].at
        found = [one for one in found if one.at < whole]
    return found, whole


async def made_orders(conn: Connection, ids: Sequence[str]) -> dict[str, MadeOrder]:
    """These orders by id, as they are."""
    rows = await (await conn.execute(SQL["made_orders"].encode(), {"ids": list(ids)})).fetchall()
    return {row[0]: MadeOrder(*row) for row in rows}


async def _confirmations(
    conn: Connection,
    *,
    order: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    most: int = MOST,
) -> list[SegmentConfirmation]:
    asked = {"order": order, "from": start, "to": end, "most": most + 1}
    rows = await (await conn.execute(SQL["confirmations"].encode(), asked)).fetchall()
    return [SegmentConfirmation(*row) for row in rows]
