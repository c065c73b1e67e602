"""State tapes made of samples, and the edits in the database → the tapes as they are to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contract.sample import State, from_us
from mes.facts.edits import Edit, Kind, Overlay, Point, compile_edits, overlaid, touched
from mes.facts.model import HIGHEST, Span
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.facts")
SINCE_EVER = 0
NO_EDITS = Overlay((), (), ())


@dataclass(frozen=True, slots=True)
class Tape:
    """State rows (at, state) of a machine: two at or before a window where there are so many, and one after it."""

    rows: Sequence[Point]
    overlay: Overlay = field(default=NO_EDITS)


async def state_tapes(conn: Connection, asked: Mapping[str, Any], window: Span, told_us: int | None) -> dict[str, Tape]:
    """The tapes of the machines that are asked for, corrected; `told_us`: what lies later was told to nobody."""
    raw = await _raw(conn, asked, window, told_us)
    edits = await _edits(conn, asked, {name: _reach(rows, window) for name, rows in raw.items()})
    return {
        name: await _corrected(conn, dict(asked) | {"machines": [name]}, window, told_us, edits[name])
        if name in edits
        else Tape(rows)
        for name, rows in raw.items()
    }


async def raw_tapes(conn: Connection, asked: Mapping[str, Any], window: Span, told_us: int | None) -> dict[str, Tape]:
    """As state_tapes, as the samples alone have it."""
    return {name: Tape(rows) for name, rows in (await _raw(conn, asked, window, told_us)).items()}


async def _corrected(
    conn: Connection, asked: dict[str, Any], window: Span, told_us: int | None, edits: list[Edit]
) -> Tape:
    """Widens what is read until it holds every edit that touches it: only then has each interval its true begin."""
    name, (start, end) = asked["machines"][0], window
    while True:
        span = touched(edits)
        assert span is not None  # noqa: S101  - only called with edits
        wider = min(start, span[0] - 1), max(end, span[1] + 1)
        rows = (await _raw(conn, asked, wider, told_us))[name]
        found = (await _edits(conn, asked, {name: _reach(rows, wider)}))[name]
        if len(found) == len(edits) and wider == (start, end):
            overlay = compile_edits(found)
            return Tape(overlaid(rows, overlay), overlay)
        (start, end), edits = wider, found


async def _raw(conn: Connection, asked: Mapping[str, Any], window: Span, told_us: int | None) -> dict[str, list[Point]]:
    start, end = window
    bounds = {"from": from_us(max(start, 0)), "to": from_us(end)}
    rows = await (await conn.execute(SQL["states"], dict(asked) | bounds)).fetchall()
    found: dict[str, list[Point]] = {name: [] for name in asked["machines"]}
    for name, at, state in rows:
        if told_us is None or at <= told_us:
            found[name].append((at, state))
    return {name: grounded(tape, start) for name, tape in found.items()}


def grounded(rows: Sequence[Point], start_us: int) -> list[Point]:
    """Where the machine's first row is among them, they begin with NO_DATA since ever."""
    if sum(at <= start_us for at, _ in rows) >= 2:
        return list(rows)
    silent = bool(rows) and rows[0][1] == State.NO_DATA
    return [(SINCE_EVER, int(State.NO_DATA)), *rows[silent:]]


def _reach(rows: Sequence[Point], window: Span) -> Span:
    """From the first row to the one after the window; where none is, an edit may end the last state at any time."""
    return rows[0][0], rows[-1][0] if rows[-1][0] >= window[1] else HIGHEST


async def _edits(conn: Connection, asked: Mapping[str, Any], spans: Mapping[str, Span]) -> dict[str, list[Edit]]:
    wanted = {
        "machines": list(spans),
        "from": [from_us(start) for start, _ in spans.values()],
        "to": [from_us(end) for _, end in spans.values()],
        "as_of": asked["as_of"],
    }
    found: dict[str, list[Edit]] = {}
    for machine, id_, kind, start, end, state, reason, comment, undoes in await (
        await conn.execute(SQL["edits"], wanted)
    ).fetchall():
        edit = Edit(id_, Kind(kind), start, end, state, reason, comment, undoes)
        found.setdefault(machine, []).append(edit)
    return found
