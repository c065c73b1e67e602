"""Facts as they are now → the tables, by the fewest rows closed and inserted."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from contract.sample import from_us
from mes.facts.model import TOLD_AHEAD_US, Span
from mes.keeper.difference import COLUMNS, Patch, Piece, difference, table_of, touched
from runtime.database import queries

SQL = queries("mes.keeper", "difference.sql")


def write(conn: psycopg.Connection[TupleRow], patch: Patch, known_us: int) -> dict[str, list[Span]]:
    """Bring the three tables to what the patch says, known since `known_us`; rows that are right stay untouched.

    The connection takes arrays, see runtime.arrays.
    For each machine that has changed: spans from the first to one past the last instant of rows that are gone or new;
    those closer than an hour are one.
    """
    known = {"known": from_us(known_us), "told": from_us(known_us + TOLD_AHEAD_US)}
    changed: dict[str, list[Span]] = {}
    for kind, pieces in patch.pieces.items():
        for machine, spans in (_write(conn, kind, pieces, known) if pieces else {}).items():
            changed.setdefault(machine, []).extend(spans)
    return changed


def _write(
    conn: psycopg.Connection[TupleRow], kind: str, pieces: Sequence[Piece], known: dict[str, datetime]
) -> dict[str, list[Span]]:
    keys = list(dict.fromkeys((piece.machine, piece.counter) for piece in pieces))
    number = {key: n for n, key in enumerate(keys)}
    which = np.array([number[piece.machine, piece.counter] for piece in pieces])
    names = {"machines": [machine for machine, _ in keys], "counters": [counter for _, counter in keys]}
    regions = np.array([piece.region for piece in pieces], np.int64)
    wanted = names | {"which": which, "from": regions[:, 0].copy(), "to": regions[:, 1].copy()}
    rows = conn.execute(SQL[f"old_{kind}"], wanted, binary=True).fetchall()
    nothing = np.zeros(0, np.int64)
    old = table_of(which, [[nothing if column is None else np.asarray(column) for column in row] for row in rows])
    new = table_of(which, [[piece.at, *piece.columns] for piece in pieces])
    gone, fresh = difference(old, new)
    if gone.which.size:
        conn.execute(SQL[f"close_{kind}"], names | known | {"which": gone.which, "at": gone.at})
    if fresh.which.size:
        columns = {
            name: column.tolist() if column.dtype == object else column
            for name, column in zip(COLUMNS[kind], fresh.columns, strict=True)
        }
        conn.execute(SQL[f"insert_{kind}"], names | known | columns | {"which": fresh.which, "at": fresh.at})
    return touched(kind, names["machines"], (gone, fresh))
