"""One database has one keeper of its facts."""

from datetime import datetime

import psycopg
from psycopg.rows import TupleRow

from runtime.database import queries

SQL = queries("mes.keeper")
Backend = tuple[int, datetime]
LOCK = 0x4D4553  # "MES"


class AnotherMes(RuntimeError):
    """Another mes computes on this database: stop that one, or give this one a database of its own."""


def claim(conn: psycopg.Connection[TupleRow], former: Backend | None = None) -> Backend:
    """Become the keeper of a database's facts: AnotherMes when it has one.

    `former` is what an earlier claim of this process gave: that connection is lost, and what the server still holds of
    it is ended. Gives what tells this connection's own backend from all others.
    """
    if former is not None:
        conn.execute(SQL["end_backend"], {"pid": former[0], "since": former[1]})
    row = conn.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
    if not row or not row[0]:
        raise AnotherMes(AnotherMes.__doc__)
    backend = conn.execute(SQL["own_backend"]).fetchone()
    assert backend is not None  # noqa: S101  - a connection has a backend
    return backend[0], backend[1]
