"""What stands in the way of operations, read at once for as many as are listed."""

from collections.abc import Sequence

from mes.orders.guards import Guards, Subject
from mes.orders.quantities.store_quality import holds_of
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders", "guards.sql")


async def guards_of(conn: Connection, subjects: Sequence[Subject]) -> Guards:
    """Holds, runs and final confirmations that have to do with some operations."""
    if not subjects:
        return Guards()
    held = await holds_of(conn, sorted({kind for one in subjects for kind in one.held_by}))
    machines = sorted({one.machine for one in subjects if one.machine})
    runs = await (await conn.execute(SQL["open_runs"].encode(), {"machines": machines})).fetchall()
    ids = [one.id for one in subjects]
    final = await (await conn.execute(SQL["final_confirmed"].encode(), {"ids": ids})).fetchall()
    return Guards(
        {(one.kind, one.subject): one.reason for one in held},
        {machine: (operation, order) for machine, operation, order in runs},
        frozenset(row[0] for row in final),
    )
