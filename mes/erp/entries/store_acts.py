"""What an entry asks for, carried out in the transaction that takes it; a Problem where it cannot be."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from mes.erp.entries.instants import RECENT
from mes.erp.entries.models import (
    CallSaid,
    CommandSaid,
    EditSaid,
    EntrySaid,
    InspectionSaid,
    ReportSaid,
    SignOffSaid,
    SignOnSaid,
)
from mes.losses.resolve import Resolved
from mes.losses.store_edits import add_edit, resolved
from mes.maintenance.models import CallBody
from mes.maintenance.store_calls import call, end
from mes.orders.models import CommandBody
from mes.orders.operation_states import Command
from mes.orders.quantities.booked import QuantityKind
from mes.orders.quantities.models import QuantityBody
from mes.orders.quantities.store import report
from mes.orders.store_commands import command_operation
from mes.people.models_sign_on import Method
from mes.people.store_sign_on import sign_off, sign_on, sign_ons
from mes.quality.store_inspections import record
from mes.web.access.author import Author
from mes.web.access.holder import Station
from mes.web.context import Context
from mes.web.etag import etag
from mes.web.problems import Problem
from runtime.lending import Connection

SAID: TypeAdapter[EntrySaid] = TypeAdapter(EntrySaid)
# Who this is, as a badge or PIN has proven: the person's id and number, and how.
Proven = tuple[UUID, str, Method]


async def looked_up(context: Context, machine: str, said: EntrySaid) -> Resolved | None:
    """What an edit does to the tape as it stands; None for what is no edit. Before the transaction."""
    return await resolved(context, machine, said.edit) if isinstance(said, EditSaid) else None


async def carry_out(
    conn: Connection,
    context: Context,
    machine: str,
    said: EntrySaid,
    id_: UUID,
    at: datetime,
    by: Author,
    edit: Resolved | None,
) -> None:
    """Do what was entered at an instant."""
    match said:
        case ReportSaid():
            await _report(conn, said, at, by)
        case CommandSaid():
            await _command(conn, context, said, at, by)
        case EditSaid():
            assert edit is not None  # noqa: S101  - looked up before
            await add_edit(conn, machine, said.edit, edit, by.text)
        case InspectionSaid():
            taken = said.inspection.taken_at or at
            await record(conn, said.inspection.model_copy(update={"machine": machine, "taken_at": taken}), by, id_)
        case CallSaid(ends=None):
            await call(conn, CallBody(machine=machine, kind=said.call), by)
        case CallSaid(ends=UUID() as open_):
            await end(conn, open_, by)


async def begin_work(conn: Connection, station: Station, proven: Proven, at: datetime) -> None:
    """Sign a person on, since an instant."""
    await sign_on(conn, station, *proven, at=at)


async def end_work(conn: Connection, station: Station, by: Author) -> None:
    """Sign a person off."""
    for _, one in await sign_ons(conn, 0, 1000, station=station.id, open_=True):
        if one.person == by.person:
            await sign_off(conn, one.id, station.id, by)


def whatever_stands(said: EntrySaid) -> EntrySaid:
    """The same, by whoever has looked at what stands there now and decided."""
    if isinstance(said, CommandSaid):
        return said.model_copy(update={"seen": None})
    if isinstance(said, EditSaid):
        kept = said.edit.model_dump(exclude={"seen_edit"}, by_alias=True)
        return SAID.validate_python({"kind": "edit", "edit": kept})
    return said


def told(said: EntrySaid) -> dict[str, Any]:
    """What is kept of it: never a badge or PIN."""
    kept = said.model_dump(mode="json", by_alias=True)
    if isinstance(said, SignOnSaid):
        return {"kind": "sign_on", "method": "badge" if said.badge else "pin", "number": said.number}
    return kept


def subject_of(machine: str, said: EntrySaid) -> str:
    """What an entry is about: the next one about it waits for this one."""
    if isinstance(said, CommandSaid | ReportSaid):
        return f"operation/{said.operation}"
    return f"{said.kind}/{machine}"


def address_of(machine: str, said: EntrySaid) -> tuple[str, dict[str, Any]] | None:
    """The address that asks for the same, by which a person's role is looked up; None: whoever it is."""
    match said:
        case SignOnSaid() | SignOffSaid():
            return None
        case CommandSaid():
            return "/api/v1/operations/{id}/{command}", {"id": said.operation, "command": said.command}
        case EditSaid() if said.edit.kind == "reclassify":
            return "/api/v1/equipment/{id}/edits", {"id": machine}
        case InspectionSaid():
            return "/api/v1/offline-batches/{machine}/inspection", {"machine": machine}
        case CallSaid():
            return "/api/v1/offline-batches/{machine}/call", {"machine": machine}
        case _:
            return "/api/v1/offline-batches/{machine}", {"machine": machine}


async def _command(conn: Connection, context: Context, said: CommandSaid, at: datetime, by: Author) -> None:
    body = CommandBody(
        at=None if datetime.now(UTC) - at < RECENT else at,
        reason=said.reason,
        suspend=said.suspend,
        override=said.override,
        moves=said.instead_of,
    )
    seen = None if said.seen is None else etag(said.seen)
    await command_operation(conn, context.plant, said.operation, Command(said.command), body, by, seen)


async def _report(conn: Connection, said: ReportSaid, at: datetime, by: Author) -> None:
    if said.good is None and not said.scrap:
        raise Problem(422, "Neither good parts nor scrap are reported.", "Give 'good', 'scrap' or both.")
    if said.good is not None:
        good = QuantityBody(operation=said.operation, kind=QuantityKind.GOOD, quantity=said.good, made_at=at)
        await report(conn, good, by)
    for part in said.scrap:
        kind = {"kind": QuantityKind.SCRAP, "quantity": part.quantity, "reason": part.reason}
        await report(conn, QuantityBody(operation=said.operation, made_at=at, **kind), by)
