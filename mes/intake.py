"""What people and the plant file have put down → known, in the one order of the keeper."""

import psycopg
from psycopg.rows import TupleRow

from contract.database import queries
from contract.sample import from_us

SQL = queries("mes")


def take_in(conn: psycopg.Connection[TupleRow], known_us: int) -> None:
    """Everything that waits is known from `known_us` on; called inside the keeper's transaction."""
    known = {"known": from_us(known_us)}
    conn.execute(SQL["take_weeks"], known)
    conn.execute(SQL["take_overrides"], known)
    conn.execute(SQL["take_edits"], known)
