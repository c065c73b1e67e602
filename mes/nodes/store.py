"""Edge agents as the database knows them, with those of the plant file that have never told anything."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from config.plant import Plant
from contract.sample import from_us, to_us
from mes.nodes.clock_drift import WINDOW_US, clock_now
from mes.nodes.models import ClockAnswer, HeldOutAnswer, NodeAnswer
from mes.nodes.state import known_of, patience_of
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.nodes")
MINUTE = timedelta(minutes=1)
WINDOW = timedelta(microseconds=WINDOW_US)
NEWEST_FRAMES = 5_000


async def nodes(conn: Connection, plant: Plant) -> list[NodeAnswer]:
    """Every node, by id."""
    cursor = await conn.execute(SQL["nodes"].encode(), {"newest": NEWEST_FRAMES})
    names = [column.name for column in cursor.description or ()]
    rows = {row[0]: dict(zip(names, row, strict=True)) for row in await cursor.fetchall()}
    planned = machines_of(plant)
    machines = {name: planned.get(name) or list(rows[name]["machines"]) for name in planned.keys() | rows.keys()}
    clocks = await _clocks(conn, machines)
    now = datetime.now(UTC)
    return [
        _node(name, rows.get(name), machines[name], clocks[name], now, patience_of(plant, name))
        for name in sorted(machines)
    ]


def machines_of(plant: Plant) -> dict[str, list[str]]:
    """The machines of each edge of the plant file."""
    edges = {device.id: device.edge for device in plant.devices}
    return {edge: [m.id for m in plant.machines if edges[m.device] == edge] for edge in plant.edges}


def _node(
    name: str,
    row: dict[str, Any] | None,
    machines: list[str],
    clocks: list[ClockAnswer],
    now: datetime,
    patience: timedelta,
) -> NodeAnswer:
    found = row or {}
    told = found.get("since") is not None
    came, read = found.get("ingested_at"), found.get("edge_to")
    state, since = known_of(found.get("state"), found.get("since"), came, now, patience)
    for clock in clocks:
        clock.age_s = max(0.0, (now - clock.at - MINUTE).total_seconds())
    return NodeAnswer(
        id=name,
        state=state,
        since=since,
        epoch=found["epoch"] if told else None,
        machines=machines,
        last_frame_at=came,
        last_frame_age_s=None if came is None else max(0.0, (now - came).total_seconds()),
        lag_s=None if came is None or read is None else (came - read).total_seconds(),
        missing_frames=found.get("missing", 0),
        held_out=HeldOutAnswer(
            samples=found.get("held_out") or 0, of=found.get("samples") or 0, since=found.get("oldest")
        ),
        clocks=clocks,
    )


async def _clocks(conn: Connection, machines: dict[str, list[str]]) -> dict[str, list[ClockAnswer]]:
    """What is known of each node's clock and of its machines', in the order of the plant file."""
    sources = {name: [name, *(f"{name}/{machine}" for machine in of_node)] for name, of_node in machines.items()}
    asked = {"sources": [source for of_node in sources.values() for source in of_node], "window": WINDOW}
    known: dict[str, list[tuple[int, int]]] = {}
    for source, minute, offset in await (await conn.execute(SQL["clocks"].encode(), asked)).fetchall():
        known.setdefault(source, []).append((to_us(minute), offset))
    return {
        name: [_clock(source, known[source]) for source in of_node if source in known]
        for name, of_node in sources.items()
    }


def _clock(source: str, minutes: list[tuple[int, int]]) -> ClockAnswer:
    at, offset = np.array(minutes, np.int64).T
    clock = clock_now(at, offset)
    assert clock is not None  # noqa: S101  - there is at least one minute
    return ClockAnswer(
        machine=source.partition("/")[2] or None,
        offset_ms=clock.ahead_us / 1000,
        drift_ppm=clock.drift_ppm,
        minutes=clock.minutes,
        at=from_us(clock.at_us),
        age_s=0.0,
    )
