"""An order in progress, as mes would have put it down."""

from datetime import datetime
from typing import Any

import psycopg


def begun_order(
    conn: psycopg.Connection[Any],
    id_: str,
    machine: str | None,
    line: str | None,
    *,
    product: str = "p",
    quantity: int = 10,
    due_at: datetime | None = None,
    begun_at: datetime | None = None,
) -> None:
    """An order with one operation that runs; the same one twice is the first one."""
    conn.execute(
        "INSERT INTO work_order (id, product, quantity, unit, due_at, machine, line, client)"
        " VALUES (%s, %s, %s, 'C62', coalesce(%s, now()), %s, %s, 'test') ON CONFLICT DO NOTHING",
        (id_, product, quantity, due_at, machine, line),
    )
    conn.execute(
        "INSERT INTO operation (work_order, step, machine, line, counting_machine, quantity, state, begun_at)"
        " VALUES (%s, 10, %s, %s, %s, %s, 'running', coalesce(%s, now())) ON CONFLICT DO NOTHING",
        (id_, machine, line, machine, quantity, begun_at),
    )
