"""Database → what one line's wall shows now."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from psycopg.rows import TupleRow

from config.calendar import Calendar
from config.plant import Line, Plant
from config.shifts import shift_at
from contract.sample import MICROSECOND, to_us
from mes.calendar.ideal_cycles import IdealCycles
from mes.calendar.store import read_calendar
from mes.calendar.store_ideal_cycles import read_ideal
from mes.calendar.store_targets import read_targets
from mes.facts.freshness import newest_data
from mes.facts.model import MachineFacts
from mes.facts.store import read_facts
from mes.facts.store_tapes import tapes_now
from mes.facts.windowing import continued, cut
from mes.maintenance import open_calls
from mes.nodes.state import known_of, patience_of
from mes.orders.products.store import product_names
from mes.screens.wall.site import SiteView, site_view
from mes.screens.wall.tiles import AbsentNode, AlarmLine, OrderLine
from mes.screens.wall.view import Known, LineView, line_view
from mes.web.context import LEND_S, Context
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.screens.wall")
BAR = timedelta(hours=8)
BAR_US = BAR // MICROSECOND


@dataclass(slots=True)
class LineReader:
    """Reads one line again and again; facts that cannot have changed since the last time are not read again.

    The ledger of frames says from when on facts may have changed: facts before a frame's first sample do not
    depend on it.
    """

    context: Context
    line: Line
    facts: dict[str, MachineFacts] = field(default_factory=dict)
    position: str | None = None
    inputs_hash: str | None = None
    calendar: Calendar | None = None
    ideal: IdealCycles | None = None
    revision: int | None = None
    known_at: datetime | None = None
    # When the shift began that the last look was of, or when it was where none runs.
    shift_us: int = 0

    async def look(self) -> LineView:
        """The line as it stands now."""
        now = datetime.now(UTC)
        now_us = to_us(now)
        async with self.context.pool.connection(LEND_S) as conn, conn.transaction():
            position = await (await conn.execute(SQL["position"].encode())).fetchone()
            calendar, ideal = await self._read_evaluation(conn, position[2] if position else None)
            shift = shift_at(calendar, now_us)
            self.shift_us = shift.starts_us if shift else now_us
            from_us_ = min(now_us - BAR_US, shift.starts_us if shift else now_us)
            await self._read_facts(conn, position, from_us_, now_us)
            data_us = await self._data_us(conn, now)
            told = {known.product[-1] for known in self.facts.values() if known.product}
            known = Known(
                now_us=now_us,
                shift=shift,
                facts=self.facts,
                data_us=data_us,
                alarms=await _alarms(conn),
                orders=await _orders(conn, self.context.plant),
                calls=await open_calls(conn),
                absent=await _absent(conn, self.context.plant, edges_of(self.context.plant, self.line), now),
                names=await product_names(conn, self.context.plant, {product for product in told if product}),
                targets=await read_targets(conn),
            )
        return line_view(self.context.plant, self.line, calendar, ideal, known)

    async def _read_evaluation(self, conn: Connection, revision: int | None) -> tuple[Calendar, IdealCycles]:
        """Calendar and ideal cycles as known now; with another revision, they and all facts are read anew."""
        if self.calendar is None or self.ideal is None or revision is None or revision != self.revision:
            self.calendar = await read_calendar(conn, self.context.plant.site)
            self.ideal = await read_ideal(conn, self.context.plant)
            self.revision = revision
            self.facts = {}
        return self.calendar, self.ideal

    async def _read_facts(self, conn: Connection, row: TupleRow | None, from_us_: int, now_us: int) -> None:
        ids = [machine.id for machine in self.line.machines]
        position, inputs_hash, _, known_at = row or (None, None, None, None)
        known = next(iter(self.facts.values()), None)
        if known is None or known.from_us > from_us_ or position is None or inputs_hash != self.inputs_hash:
            self.facts = await read_facts(conn, self.context.plant, ids, from_us_, now_us)
        elif now_us > known.to_us:
            asked = {"old": self.position, "new": position, "machines": ids}
            asked |= {"known": self.known_at, "known_now": known_at}
            row = await (await conn.execute(SQL["touched_since"].encode(), asked)).fetchone()
            touched = to_us(row[0]) if row and row[0] else known.to_us
            start = max(from_us_, min(known.to_us, touched))
            tails = await read_facts(conn, self.context.plant, ids, start, now_us)
            self.facts = {id_: continued(cut(f, from_us_, f.to_us), tails[id_]) for id_, f in self.facts.items()}
        self.position, self.inputs_hash, self.known_at = position, inputs_hash, known_at

    async def _data_us(self, conn: Connection, now: datetime) -> dict[str, int | None]:
        """When the newest state sample of each machine was taken."""
        rows = await tapes_now(conn, [machine.id for machine in self.line.machines], now)
        newest = {
            machine: newest_data(at, state, now, self.context.plant.machine(machine).no_data_after)
            for machine, _, _, at, state, _ in rows
        }
        return {machine: None if at is None else to_us(at) for machine, at in newest.items()}


@dataclass(slots=True)
class SiteReader:
    """Reads all lines again and again, and what waits for somebody on any of them."""

    context: Context
    lines: list[LineReader] = field(default_factory=list)

    async def look(self) -> SiteView:
        """The site as it stands now."""
        self.lines = self.lines or [LineReader(self.context, line) for line in self.context.plant.lines]
        views = [await reader.look() for reader in self.lines]
        async with self.context.pool.connection(LEND_S) as conn, conn.transaction():
            return site_view(
                views, await open_calls(conn), await _orders(conn, self.context.plant), await _alarms(conn)
            )


def edges_of(plant: Plant, line: Line) -> list[str]:
    """The edge agents that read a line's machines."""
    devices = {machine.device for machine in line.machines}
    return sorted({device.edge for device in plant.devices if device.id in devices})


async def _absent(conn: Connection, plant: Plant, nodes: list[str], now: datetime) -> list[AbsentNode]:
    """The agents that are offline, and those that nothing comes from any more."""
    rows = await (await conn.execute(SQL["nodes_of_line"].encode(), {"nodes": nodes})).fetchall()
    known = [(node, *known_of(said, since, came, now, patience_of(plant, node))) for node, said, since, came in rows]
    return [AbsentNode(node, state, to_us(since)) for node, state, since in known if since and state != "online"]


async def _alarms(conn: Connection) -> list[AlarmLine]:
    rows = await (await conn.execute(SQL["open_alarms"].encode())).fetchall()
    return [AlarmLine(id_, machine, subject, priority, en, zh) for id_, machine, subject, priority, en, zh in rows]


async def _orders(conn: Connection, plant: Plant) -> list[OrderLine]:
    rows = await (await conn.execute(SQL["running_orders"].encode())).fetchall()
    names = await product_names(conn, plant, {row[2] for row in rows})
    return [
        OrderLine(
            id_,
            place,
            names[product],
            quantity,
            good,
            to_us(expected_end) if expected_end else None,
            None if late_by is None else late_by // MICROSECOND,
            late,
            binding,
        )
        for id_, place, product, quantity, good, expected_end, late_by, late, binding in rows
    ]
