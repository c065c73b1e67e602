"""What some facts are now → the fewest rows closed and inserted that make the tables say so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from contract.sample import from_us
from mes.facts.model import HIGHEST, LOWEST, TOLD_AHEAD_US, Bools, Int64, Span
from runtime.database import queries

SQL = queries("mes.keeper", "difference.sql")
CLOSE_US = 3_600_000_000
Column = np.ndarray[tuple[int], np.dtype[Any]]
# The columns of each table beside machine, counter and `at`.
COLUMNS = {
    "state": ("state",),
    "product": ("product",),
    "order": ("shown",),
    "step": ("since", "parts", "most", "unseen"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """The rows of one machine, and counter, inside a region (after, up to) in which no others may stand."""

    machine: str
    counter: str
    region: Span
    at: Int64
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A step that a machine cannot have made: its counter went from one count to another by this instant."""

    machine: str
    tag: str
    at: int
    before: int
    after: int


@dataclass
class Patch:
    """Pieces of the tapes of states, products and orders and of the count steps, by the name of their table.

    `doubts` are steps of which no part is certain because the machine cannot have made them.
    """

    doubts: list[Doubt] = field(default_factory=list)
    pieces: dict[str, list[Piece]] = field(default_factory=lambda: {kind: [] for kind in COLUMNS})

    def add(self, kind: str, machine: str, region: Span, at: Int64, *columns: Column, counter: str = "") -> None:
        """Of a kind: the rows of a machine in a region, in the order of `at`, with its COLUMNS."""
        self.pieces[kind].append(Piece(machine, counter, region, at, columns))

    def nothing(self, kind: str, machine: str, region: Span, counter: str = "") -> None:
        """Of a kind: a machine has no rows in a region."""
        empty = np.zeros(0, np.int64)
        self.add(kind, machine, region, empty, *(empty for _ in COLUMNS[kind]), counter=counter)


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows in the order of `which` machine and counter, and `at`; no two are of the same."""

    which: Int64
    at: Int64
    columns: tuple[Column, ...]


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
    old = _table(which, [[nothing if column is None else np.asarray(column) for column in row] for row in rows])
    new = _table(which, [[piece.at, *piece.columns] for piece in pieces])
    gone, fresh = _difference(old, new)
    if gone.which.size:
        conn.execute(SQL[f"close_{kind}"], names | known | {"which": gone.which, "at": gone.at})
    if fresh.which.size:
        columns = {
            name: column.tolist() if column.dtype == object else column
            for name, column in zip(COLUMNS[kind], fresh.columns, strict=True)
        }
        conn.execute(SQL[f"insert_{kind}"], names | known | columns | {"which": fresh.which, "at": fresh.at})
    return _touched(kind, names["machines"], (gone, fresh))


def _table(which: Int64, parts: Sequence[Sequence[Column]]) -> _Table:
    """The parts, of which each belongs to one of `which`, as one; a row that two parts tell is told once."""
    of_row = np.repeat(which, [len(part[0]) for part in parts])
    at, *columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((at, of_row))
    of_row, at = of_row[order], at[order]
    first = np.append(True, (of_row[1:] != of_row[:-1]) | (at[1:] != at[:-1]))[: at.size]
    return _Table(of_row[first], at[first], tuple(column[order][first] for column in columns))


def _difference(old: _Table, new: _Table) -> tuple[_Table, _Table]:
    """Rows to close and rows to insert; a changed row is both."""
    which, at = np.concatenate([old.which, new.which]), np.concatenate([old.at, new.at])
    order = np.lexsort((np.arange(at.size), at, which))
    left, right = order[:-1], order[1:]
    paired = (which[left] == which[right]) & (at[left] == at[right])
    in_old, in_new = left[paired], right[paired] - old.at.size
    same = np.ones(in_old.size, np.bool_)
    for was, now in zip(old.columns, new.columns, strict=True):
        same &= was[in_old] == now[in_new]
    return _without(old, in_old[same]), _without(new, in_new[same])


def _without(table: _Table, rows: Int64) -> _Table:
    keep: Bools = np.ones(table.at.size, np.bool_)
    keep[rows] = False
    return _Table(table.which[keep], table.at[keep], tuple(column[keep] for column in table.columns))


def _touched(kind: str, machines: Sequence[str], tables: Sequence[_Table]) -> dict[str, list[Span]]:
    """Where each machine has changed; a step changes what is known back to the reading before it, and the first reading
    of all everything after it.
    """
    which = np.concatenate([table.which for table in tables])
    first = last = np.concatenate([table.at for table in tables])
    if kind == "step":
        since = np.concatenate([table.columns[0] for table in tables])
        begins = since == LOWEST
        first, last = np.where(begins, last, since), np.where(begins, HIGHEST, last)
    changed: dict[str, list[Span]] = {}
    for n in np.unique(which).tolist():
        rows = np.flatnonzero(which == n)
        rows = rows[np.argsort(first[rows])]
        begin, end = first[rows], np.maximum.accumulate(last[rows])
        apart = np.append(True, begin[1:] > end[:-1] + CLOSE_US)
        spans = zip(begin[apart].tolist(), end[np.append(apart[1:], True)].tolist(), strict=True)
        changed.setdefault(machines[n], []).extend((start, stop + 1) for start, stop in spans)
    return changed
