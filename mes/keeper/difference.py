"""What some facts are now, and what the tables say → the fewest rows closed and inserted. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mes.facts.model import HIGHEST, LOWEST, Bools, Int64, Span

CLOSE_US = 3_600_000_000
Column = np.ndarray[tuple[int], np.dtype[Any]]
# The columns of each table beside machine, counter and `at`.
COLUMNS = {
    "state": ("state",),
    "product": ("product",),
    "order": ("shown",),
    "step": ("since", "parts", "most", "bridged"),
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
        empty: list[Column] = [np.zeros(0, np.bool_ if name == "bridged" else np.int64) for name in COLUMNS[kind]]
        self.add(kind, machine, region, np.zeros(0, np.int64), *empty, counter=counter)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in the order of `which` machine and counter, and `at`; no two are of the same."""

    which: Int64
    at: Int64
    columns: tuple[Column, ...]


def table_of(which: Int64, parts: Sequence[Sequence[Column]]) -> Table:
    """The parts, of which each belongs to one of `which`, as one; a row that two parts tell is told once."""
    of_row = np.repeat(which, [len(part[0]) for part in parts])
    at, *columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((at, of_row))
    of_row, at = of_row[order], at[order]
    first = np.append(True, (of_row[1:] != of_row[:-1]) | (at[1:] != at[:-1]))[: at.size]
    return Table(of_row[first], at[first], tuple(column[order][first] for column in columns))


def difference(old: Table, new: Table) -> tuple[Table, Table]:
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


def _without(table: Table, rows: Int64) -> Table:
    keep: Bools = np.ones(table.at.size, np.bool_)
    keep[rows] = False
    return Table(table.which[keep], table.at[keep], tuple(column[keep] for column in table.columns))


def touched(kind: str, machines: Sequence[str], tables: Sequence[Table]) -> dict[str, list[Span]]:
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
