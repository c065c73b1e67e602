"""What orders ask of quality: whether something is held, and which defects are to be booked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from config.plant import Plant
from mes.feed.store_outbox import tell
from mes.keeper.store_changes import wake_keeper
from mes.orders.quantities.store import quantities
from mes.orders.store_operations import Operation, Refused
from mes.orders.wish import counting_machine
from mes.quality import OpenHold, decided_defects, open_holds, open_inspections
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders.quantities")
# A decision may be committed a while after the instant that it carries.
AGAIN = timedelta(minutes=5)


async def need_no_hold(conn: Connection, operation: Operation, machine: str | None) -> None:
    """Refused where the order, the operation or its machine is held."""
    subjects = [("order", operation.order), ("operation", str(operation.id))]
    subjects += [("machine", machine)] if machine else []
    held = await open_holds(conn, subjects)
    if held:
        first = held[0]
        raise Refused(
            f"The {first.kind} '{first.subject}' is held: {first.reason}.",
            f"POST /api/v1/holds/{first.id}/release with what becomes of it first.",
        )


async def need_inspected(conn: Connection, plant: Plant, operation: Operation) -> None:
    """Refused where an inspection of the operation is due, or lacks results."""
    machine = operation.counting or counting_machine(plant, operation.machine, operation.line)
    id_, product, step = operation.id, operation.product, operation.step
    names = await open_inspections(conn, plant, operation=id_, product=product, step=step, machine=machine)
    if names:
        raise Refused(
            f"Step {operation.step} of order '{operation.order}' is to be inspected by: {', '.join(names)}.",
            'Record it: POST /api/v1/inspections, or send "override": ["inspections"]: it then stays uninspected.',
        )


async def holds_of(conn: Connection, subjects: Sequence[tuple[str, str]]) -> Sequence[OpenHold]:
    """What holds any of some (kind, id), the oldest first."""
    return await open_holds(conn, subjects)


async def book_defects(conn: Connection, since: datetime | None, operation: UUID | None = None) -> int:
    """Book what was decided of defects since an instant or ever, of all operations or one, each once; how many."""
    count = 0
    for defect in await decided_defects(conn, since and since - AGAIN, operation):
        row = defect | {
            "kind": defect["disposition"],
            "operation": defect["caused_by"] or defect["operation"],
            "found_at": defect["operation"],
            "made_at": defect["made_at"] or defect["found_at"],
            "comment": f"{defect['code']}: {defect['comment']}".rstrip(": "),
        }
        async with conn.transaction():
            if (await conn.execute(SQL["book_defect"].encode(), row)).rowcount:
                count += 1
                answer = (await quantities(conn, id_=defect["id"]))[0]
                data = answer.model_dump(mode="json", exclude={"known"})
                await tell(conn, "quantity.booked", f"operation/{answer.operation}", data)
                await wake_keeper(conn)
    return count
