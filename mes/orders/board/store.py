"""The board in the database: open orders, what ran, and where an operation stands among those that wait."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from config.plant import Plant
from mes.orders.board.gantt import Run
from mes.orders.models import OperationAnswer, OrderAnswer, PlanOperationBody
from mes.orders.operation_states import State
from mes.orders.store_commands import plan
from mes.orders.store_list import orders
from mes.web.access.author import Author
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders.board")
MOST = 400
# Between two neighbours, so that one more can be put there by a program.
STEP = 10


async def board_orders(conn: Connection, plant: Plant, since: datetime) -> list[OrderAnswer]:
    """Orders that are open, or ended since an instant; what is due first stands first."""
    rows = await (await conn.execute(SQL["board_orders"].encode(), {"since": since, "most": MOST})).fetchall()
    order = {row[0]: place for place, row in enumerate(rows)}
    return sorted(await orders(conn, plant, list(order), limit=MOST), key=lambda one: order[one.id])


async def runs_in(conn: Connection, begun: datetime, to: datetime) -> list[Run]:
    """What ran in a span."""
    rows = await (await conn.execute(SQL["runs_since"].encode(), {"from": begun, "to": to})).fetchall()
    return [Run(*row) for row in rows]


def open_operations(found: Sequence[OrderAnswer]) -> list[tuple[OrderAnswer, OperationAnswer]]:
    """What is still to be made: what runs first, then what waits, in its sequence."""
    rank = {State.RUNNING: 0, State.INTERRUPTED: 1, State.ALLOWED_TO_START: 2, State.NOT_ALLOWED_TO_START: 2}
    there = [(order, one) for order in found for one in order.operations if one.state in rank]
    return sorted(there, key=lambda pair: (rank[pair[1].state], pair[1].sequence, pair[0].due_at is None))


async def place_before(conn: Connection, plant: Plant, id_: UUID, before: UUID | None, author: Author) -> None:
    """Put a waiting operation before another one of its place, or last; a Problem 409 where either has begun."""
    rows = await (await conn.execute(SQL["waiting_at"].encode(), {"id": id_})).fetchall()
    there = {row[0]: row[1:] for row in rows}
    if id_ not in there or (before is not None and before not in there):
        raise Problem(409, "One of the two has begun, or stands elsewhere.", "Look again: the sequence has changed.")
    order = [one for one in there if one != id_]
    order.insert(len(order) if before is None or before == id_ else order.index(before), id_)
    for place, one in enumerate(order, start=1):
        sequence, planned_from, planned_to = there[one]
        if sequence != place * STEP:
            body = PlanOperationBody(sequence=place * STEP, planned_from=planned_from, planned_to=planned_to)
            await plan(conn, plant, one, body, author)
