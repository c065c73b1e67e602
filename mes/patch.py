"""What some facts are now → the fewest rows closed and inserted that make the tables say so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import TypeVar

import psycopg
from psycopg.rows import TupleRow

from contract.database import queries
from contract.sample import from_us
from mes.facts import Span

SQL = queries("mes")
K = TypeVar("K")
V = TypeVar("V")
# A row that lies further ahead than this when it is taken back was in no answer: answers end at most so much after
# the instant of knowledge that they are given with.
TOLD_AHEAD_US = 1_000_000


@dataclass
class Patch:
    """Facts by key, and the regions (after, up to) in which no other rows may stand."""

    state_regions: list[tuple[str, Span]] = field(default_factory=list)
    state_rows: dict[tuple[str, int], int] = field(default_factory=dict)
    product_regions: list[tuple[str, Span]] = field(default_factory=list)
    product_rows: dict[tuple[str, int], str | None] = field(default_factory=dict)
    step_regions: list[tuple[str, str, Span]] = field(default_factory=list)
    step_rows: dict[tuple[str, str, int], tuple[int, int, int, bool]] = field(default_factory=dict)

    def states(self, machine: str, region: Span, at: Iterable[int], state: Iterable[int]) -> None:
        """The state tape of a machine in a region."""
        self.state_regions.append((machine, region))
        self.state_rows |= {(machine, a): s for a, s in zip(at, state, strict=True)}

    def products(self, machine: str, region: Span, at: Iterable[int], product: Iterable[str | None]) -> None:
        """The product tape of a machine in a region."""
        self.product_regions.append((machine, region))
        self.product_rows |= {(machine, a): p for a, p in zip(at, product, strict=True)}

    def steps(
        self,
        machine: str,
        counter: str,
        region: Span,
        at: Iterable[int],
        since: Iterable[int],
        parts: Iterable[int],
        most: Iterable[int],
        unseen: Iterable[bool],
    ) -> None:
        """The steps of a counter in a region."""
        self.step_regions.append((machine, counter, region))
        rows = zip(at, since, parts, most, unseen, strict=True)
        self.step_rows |= {(machine, counter, a): (s, p, m, u) for a, s, p, m, u in rows}


def write(conn: psycopg.Connection[TupleRow], patch: Patch, known_us: int) -> dict[str, Span]:
    """Bring the three tables to what the patch says, known since `known_us`; rows that are right stay untouched.

    For each machine that has changed: from the first to the last instant of rows that are gone or new.
    """
    known = {"known": from_us(known_us), "told": from_us(known_us + TOLD_AHEAD_US)}
    changed: dict[str, Span] = {}
    for machine, at in chain(
        _write_states(conn, patch, known), _write_products(conn, patch, known), _write_steps(conn, patch, known)
    ):
        first, last = changed.get(machine, (at, at))
        changed[machine] = (min(first, at), max(last, at))
    return changed


def _write_states(
    conn: psycopg.Connection[TupleRow], patch: Patch, known: dict[str, datetime]
) -> list[tuple[str, int]]:
    names, spans = _split(patch.state_regions)
    old = {(row[0], row[1]): row[2] for row in conn.execute(SQL["old_state"], {"machine": names} | _bounds(spans))}
    gone, new = _difference(old, patch.state_rows)
    if gone:
        keys = {"machine": [m for m, _ in gone], "at": _times(a for _, a in gone)}
        conn.execute(SQL["close_state"], keys | known)
    if new:
        values = {"machine": [m for m, _ in new], "at": _times(a for _, a in new)}
        conn.execute(SQL["insert_state"], values | {"state": [patch.state_rows[key] for key in new]} | known)
    return gone + new


def _write_products(
    conn: psycopg.Connection[TupleRow], patch: Patch, known: dict[str, datetime]
) -> list[tuple[str, int]]:
    names, spans = _split(patch.product_regions)
    old = {(row[0], row[1]): row[2] for row in conn.execute(SQL["old_product"], {"machine": names} | _bounds(spans))}
    gone, new = _difference(old, patch.product_rows)
    if gone:
        keys = {"machine": [m for m, _ in gone], "at": _times(a for _, a in gone)}
        conn.execute(SQL["close_product"], keys | known)
    if new:
        values = {"machine": [m for m, _ in new], "at": _times(a for _, a in new)}
        conn.execute(SQL["insert_product"], values | {"product": [patch.product_rows[key] for key in new]} | known)
    return gone + new


def _write_steps(conn: psycopg.Connection[TupleRow], patch: Patch, known: dict[str, datetime]) -> list[tuple[str, int]]:
    """A step changes what is known back to the reading before it."""
    regions = patch.step_regions
    wanted = {"machine": [m for m, _, _ in regions], "counter": [c for _, c, _ in regions]}
    rows = conn.execute(SQL["old_step"], wanted | _bounds([span for _, _, span in regions]))
    old = {(row[0], row[1], row[2]): (row[3], row[4], row[5], row[6]) for row in rows}
    gone, new = _difference(old, patch.step_rows)
    if gone:
        keys = {"machine": [m for m, _, _ in gone], "counter": [c for _, c, _ in gone]}
        conn.execute(SQL["close_step"], keys | {"at": _times(a for _, _, a in gone)} | known)
    if new:
        values = [patch.step_rows[key] for key in new]
        columns = {
            "machine": [m for m, _, _ in new],
            "counter": [c for _, c, _ in new],
            "at": _times(a for _, _, a in new),
            "since": _times(since for since, _, _, _ in values),
            "parts": [parts for _, parts, _, _ in values],
            "most": [most for _, _, most, _ in values],
            "unseen": [unseen for _, _, _, unseen in values],
        }
        conn.execute(SQL["insert_step"], columns | known)
    sinces = [(m, old[m, c, a][0]) for m, c, a in gone] + [(m, patch.step_rows[m, c, a][0]) for m, c, a in new]
    return sinces + [(m, a) for m, _, a in gone + new]


def _difference(old: dict[K, V], now: dict[K, V]) -> tuple[list[K], list[K]]:
    """Keys to close and keys to insert; a changed row is both."""
    gone = [key for key, value in old.items() if key not in now or now[key] != value]
    new = [key for key, value in now.items() if key not in old or old[key] != value]
    return gone, new


def _split(regions: Sequence[tuple[str, Span]]) -> tuple[list[str], list[Span]]:
    return [name for name, _ in regions], [span for _, span in regions]


def _bounds(spans: Sequence[Span]) -> dict[str, list[datetime]]:
    return {"from": _times(start for start, _ in spans), "to": _times(end for _, end in spans)}


def _times(instants: Iterable[int]) -> list[datetime]:
    return [from_us(instant) for instant in instants]
