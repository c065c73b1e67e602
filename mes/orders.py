"""Production orders: the table, the file, and their progress while they run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Self

import psycopg
import yaml
from psycopg.rows import TupleRow
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from config.device import Role
from config.plant import Plant
from config.settings import BadSetting
from config.shifts import planned_spans
from contract.database import queries
from contract.sample import MICROSECOND, from_us, to_us
from mes.bounds import Instant, PlantId
from mes.calendar import read_calendar
from mes.facts import Span
from mes.keep_hours import ORDERS_LOCK
from mes.progress import LOOK_BACK_US, Order, Progress, progress_of

SQL = queries("mes")
Connection = psycopg.AsyncConnection[TupleRow]
# An order that would take longer than this has no expected end worth showing.
FAR_US = 90 * 86_400_000_000
# Who has begun or ended an order that a machine's tag shows.
BY_TAG = "plc"
# An order that ended longer ago is not bound anew, however late samples come.
REBOUND_US = 30 * 86_400_000_000
# No hour that is younger is kept.
LIVE_US = 300_000_000
OrderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", max_length=64)]


class OrderWish(BaseModel):
    """An order as the ERP or a file gives it; exactly one of machine and line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: OrderName
    product: PlantId
    quantity: Annotated[int, Field(gt=0, lt=2**53)]
    due_at: Instant
    machine: PlantId | None = None
    line: PlantId | None = None
    started_at: Instant | None = None

    @model_validator(mode="after")
    def one_place(self) -> Self:
        """Exactly one of machine and line."""
        if (self.machine is None) == (self.line is None):
            raise ValueError("give either 'machine' or 'line'")
        return self


def unknown_place(plant: Plant, wish: OrderWish) -> str | None:
    """What is wrong with the references of an order, or None."""
    known = {
        "product": (wish.product, [product.id for product in plant.products]),
        "machine": (wish.machine, [machine.id for machine in plant.machines]),
        "line": (wish.line, [line.id for line in plant.lines]),
    }
    for key, (name, names) in known.items():
        if name is not None and name not in names:
            return f"{key}: '{name}' is not in the plant file; known are {', '.join(names) or 'none'}"
    return None


async def put_order(conn: Connection, wish: OrderWish, by: str) -> None:
    """Make the order, or bring it to these wishes; doing it twice changes nothing."""
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock_shared(%s)", (ORDERS_LOCK,))
        before = await _row_of(conn, "order_place", {"id": wish.id})
        await conn.execute(SQL["put_order"], wish.model_dump() | {"ended_at": None, "by": by})
        after = await _row_of(conn, "order_place", {"id": wish.id})
        if before != after and after is not None and after[2] is not None:
            await conn.execute(SQL["drop_hours_since"], {"since": after[2]})


async def start_order(conn: Connection, order_id: str, at_us: int, by: str) -> bool:
    """The order begins, unless it has begun; False when there is no such order."""
    return (await conn.execute(SQL["start_order"], {"id": order_id, "at": from_us(at_us), "by": by})).rowcount == 1


async def end_order(conn: Connection, order_id: str, at_us: int, by: str) -> bool:
    """The order ends, unless it has ended; False when there is no such order or it never began."""
    return (await conn.execute(SQL["end_order"], {"id": order_id, "at": from_us(at_us), "by": by})).rowcount == 1


async def bind_orders(conn: Connection, plant: Plant, now_us: int) -> bool:
    """Begin and end orders as the order tags of machines show them; True when that has changed anything.

    An order counts where it is made: at its machine, or at the machine whose output is its line's.
    """
    tagged = [machine for machine in plant.machines if machine.tag_of(Role.ORDER)]
    if not tagged:
        return False
    lines = {line.output_machine: line.id for line in plant.lines}
    asked = {
        "machines": [machine.id for machine in tagged],
        "lines": [lines.get(machine.id) for machine in tagged],
        "since": from_us(now_us - REBOUND_US),
        "by": BY_TAG,
    }
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock_shared(%s)", (ORDERS_LOCK,))
        row = await _row_of(conn, "bind_orders", asked)
        if row is None or row[0] is None:
            return False
        if to_us(row[0]) < now_us - LIVE_US:
            await conn.execute(SQL["drop_hours_since"], {"since": row[0]})
    return True


async def running_orders(conn: Connection, now_us: int) -> list[Order]:
    """Orders that have begun and not ended."""
    wanted = {"after": "", "id": None, "running": True, "now": from_us(now_us), "most": 1000}
    rows = await (await conn.execute(SQL["orders"], wanted)).fetchall()
    return [
        Order(row[0], row[1], row[2], to_us(row[3]), row[4], row[5], row[6] and to_us(row[6]), row[7] and to_us(row[7]))
        for row in rows
    ]


async def refresh_progress(conn: Connection, plant: Plant, now_us: int) -> list[tuple[Order, Progress]]:
    """Compute and store the progress of every running order; one whose place is not in the plant file is left out."""
    orders, found = await running_orders(conn, now_us), []
    if not orders:
        return []
    calendar = await read_calendar(conn, plant.site)
    ahead = planned_spans(calendar, now_us, now_us + FAR_US)
    for order in orders:
        machine = counting_machine(plant, order)
        if machine is None or order.started_us is None:
            continue
        behind = _last(planned_spans(calendar, order.started_us, now_us), LOOK_BACK_US)
        progress = await _progress(conn, plant, order, machine, (behind, ahead), now_us)
        await conn.execute(SQL["put_progress"], _row(order, progress, now_us))
        found.append((order, progress))
    return found


def counting_machine(plant: Plant, order: Order) -> str | None:
    """The machine whose good parts count for the order: its own, or the output machine of its line."""
    if order.machine is not None:
        return order.machine if any(machine.id == order.machine for machine in plant.machines) else None
    return next((line.output_machine for line in plant.lines if line.id == order.line), None)


def load_orders(path: Path, plant: Plant) -> list[OrderWish]:
    """The orders of a YAML file (a list), or BadSetting that names the file, the place and the cure."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        wishes = TypeAdapter(list[OrderWish]).validate_python(document)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        raise BadSetting(f"SHOPFLOOR_ORDERS: {path} cannot be read: {str(err).splitlines()[0]}") from err
    except ValidationError as err:
        first = err.errors(include_url=False)[0]
        raise BadSetting(f"{path}: {'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}") from err
    seen: set[str] = set()
    for number, wish in enumerate(wishes):
        wrong = unknown_place(plant, wish)
        if wish.id in seen:
            wrong = f"id: '{wish.id}' occurs twice: rename one"
        seen.add(wish.id)
        if wrong:
            raise BadSetting(f"{path}: {number}.{wrong}")
    return wishes


async def _progress(
    conn: Connection,
    plant: Plant,
    order: Order,
    machine_id: str,
    planned: tuple[Sequence[Span], Sequence[Span]],
    now_us: int,
) -> Progress:
    """Planned time is that behind, from which the rate is taken, and that ahead."""
    machine = plant.machine(machine_id)
    started = order.started_us if order.started_us is not None else now_us
    behind, ahead = planned
    counted = {"good": 1} if machine.tag_of(Role.GOOD_COUNT) else {"total": 1, "reject": -1}
    asked = {
        "machine": machine_id,
        "product": order.product,
        "by_product": machine.tag_of(Role.PRODUCT) is not None,
        "by_tag": machine.tag_of(Role.ORDER) is not None,
        "id": order.id,
        "counters": list(counted),
        "factors": list(counted.values()),
        "from": from_us(started),
        "to": from_us(now_us),
        "recent": from_us(behind[0][0] if behind else now_us),
        "quantity": order.quantity,
    }
    done, recent = (await _row_of(conn, "order_parts", asked)) or (0, 0)
    reached = await _row_of(conn, "order_reached", asked) if done >= order.quantity else None
    return progress_of(order, done, recent, behind, ahead, now_us, to_us(reached[0]) if reached else None)


async def _row_of(conn: Connection, name: str, asked: dict[str, Any]) -> TupleRow | None:
    return await (await conn.execute(SQL[name], asked)).fetchone()


def _last(spans: Sequence[Span], most_us: int) -> list[Span]:
    """The last spans that together are at most so long."""
    kept: list[Span] = []
    for start, end in reversed(spans):
        if most_us <= 0:
            break
        kept.insert(0, (max(start, end - most_us), end))
        most_us -= end - start
    return kept


def _row(order: Order, progress: Progress, now_us: int) -> dict[str, Any]:
    late = progress.late_by_us
    return {
        "id": order.id,
        "done": progress.done,
        "rate": progress.rate_per_hour,
        "expected_end": None if progress.expected_end_us is None else from_us(progress.expected_end_us),
        "late_by": None if late is None else late * MICROSECOND,
        "as_of": from_us(now_us),
    }
