"""Entries of tablets in the database: each is carried out once, or waits for a person and says why."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from config.device import Machine
from mes.erp.entries.instants import RECENT, ClockSet, made_at
from mes.erp.entries.models import (
    BatchBody,
    CommandSaid,
    ConflictAnswer,
    EditSaid,
    EntryBody,
    EntryProblem,
    EntryResult,
    EntrySaid,
    InspectionSaid,
    ReportSaid,
    ResolveBody,
    ResolvedAnswer,
)
from mes.feed.store_audit import note
from mes.losses.store_edits import add_edit, resolved
from mes.orders.models import CommandBody
from mes.orders.operation_states import Command
from mes.orders.quantities.booked import QuantityKind
from mes.orders.quantities.models import QuantityBody
from mes.orders.quantities.store import report
from mes.orders.store_commands import command_operation
from mes.quality.store_inspections import record
from mes.web.access.author import Author
from mes.web.context import LEND_S, Context
from mes.web.etag import etag
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.erp.entries")
MOST_CONFLICTS = 500
SAID: TypeAdapter[EntrySaid] = TypeAdapter(EntrySaid)
# An address of the API that says what an entry does: by it a person's role is looked up.
ADDRESSES: Mapping[str, str] = {
    "report": "/production-quantities",
    "command": "/operations/{id}/{command}",
    "edit": "/equipment/{id}/edits",
    "inspection": "/inspections",
}
# What the service's state forbids for now: the tablet keeps all of it, and sends it again.
LATER = (429, 503)


async def take(context: Context, body: BatchBody, client: str) -> list[EntryResult]:
    """Carry out a tablet's entries in their order; a Problem only where all of it is to be sent again later."""
    received = datetime.now(UTC)
    results = []
    for entry in sorted(body.entries, key=lambda one: one.seq):
        results.append(await _take(context, body, entry, received, client))
    return results


async def conflicts(conn: Connection, *, id_: UUID | None = None, machine: str | None = None) -> list[ConflictAnswer]:
    """Entries that wait for a person, the oldest first."""
    asked = {"id": id_, "machine": machine, "most": MOST_CONFLICTS}
    cursor = await conn.execute(SQL["conflicts"].encode(), asked)
    names = [column.name for column in cursor.description or ()]
    return [ConflictAnswer(**dict(zip(names, row, strict=True))) for row in await cursor.fetchall()]


async def resolve(context: Context, id_: UUID, body: ResolveBody, author: Author) -> ResolvedAnswer:
    """Carry an entry out in the name of who made it, or throw it away; a Problem where it still cannot be."""
    async with context.pool.connection(LEND_S) as conn:
        found = await conflicts(conn, id_=id_)
    if not found:
        raise Problem(404, f"No entry {id_} waits for anybody.", "GET /api/v1/conflicts lists those that do.")
    one = found[0]
    edit = await _edit(context, one.machine, one.said) if body.decision == "apply" else None
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        decision: Literal["applied", "discarded"] = "discarded"
        if body.decision == "apply":
            decision = "applied"
            said = _whatever_stands(one.said)
            by = Author(one.person, one.client)
            await _carry_out(conn, context, one.machine, said, id_, body.at or one.at, by, edit)
        row = {"id": id_, "decision": decision, "why": body.why, "person": author.person, "client": author.client}
        if (await conn.execute(SQL["decide"].encode(), row)).rowcount == 0:
            raise Problem(409, f"Entry {id_} was decided in the meantime.", "GET /api/v1/conflicts again.")
        told = {"decision": decision, "why": body.why, "said": one.said.model_dump(mode="json", by_alias=True)}
        await note(conn, author, "resolve", f"entry/{id_}", one.problem.model_dump(), told)
    return ResolvedAnswer(id=id_, decision=decision, why=body.why)


async def _take(context: Context, batch: BatchBody, entry: EntryBody, received: datetime, client: str) -> EntryResult:
    said = entry.said.model_dump(mode="json", by_alias=True)
    offset = None if entry.offset_ms is None else timedelta(milliseconds=entry.offset_ms)
    problem: Problem | None = None
    edit, at = None, received
    try:
        at = made_at(entry.made, batch.now, received, offset)
        _machine(context, entry.machine)
        await _need_person(context, entry)
        edit = await _edit(context, entry.machine, entry.said)
    except ClockSet as err:
        problem = Problem(409, str(err), "Say when it was: POST /api/v1/conflicts/{id}/resolve with 'at'.")
    except Problem as err:
        problem = _final(err)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await conn.execute(SQL["lock_device"].encode(), {"device": str(batch.device)})
        known = await (await conn.execute(SQL["known_entry"].encode(), {"id": entry.id})).fetchone()
        if known is not None:
            return _known(entry, known, said)
        row: dict[str, Any] = {"device": batch.device, "machine": entry.machine}
        waiting = await (await conn.execute(SQL["waiting_before"].encode(), row)).fetchone()
        if waiting is not None:
            return EntryResult(id=entry.id, status="blocked")
        if problem is None:
            try:
                async with conn.transaction():
                    by = Author(entry.by, client)
                    await _carry_out(conn, context, entry.machine, entry.said, entry.id, at, by, edit)
            except Problem as err:
                problem = _final(err)
        told = (
            None if problem is None else EntryProblem(status=problem.status, detail=problem.detail, cure=problem.cure)
        )
        row |= entry.model_dump(include={"id", "seq", "touches", "took_ms"})
        row |= {"kind": entry.said.kind, "said": Jsonb(said), "person": entry.by, "client": client, "at": at}
        row["problem"] = None if told is None else Jsonb(told.model_dump())
        if (await conn.execute(SQL["add_entry"].encode(), row)).rowcount == 0:
            detail = f"Entry {entry.seq} of this tablet was another one before."
            raise Problem(409, detail, "Give each entry the next 'seq', and a tablet that was emptied a new 'device'.")
    return EntryResult(id=entry.id, status="applied" if told is None else "conflict", problem=told)


def _known(entry: EntryBody, known: tuple[Any, ...], said: dict[str, Any]) -> EntryResult:
    """The answer to what was sent before."""
    if known[0] != said:
        raise Problem(422, f"Entry {entry.id} said something else before.", "Give each entry an id of its own.")
    if known[1] is None:
        return EntryResult(id=entry.id, status="repeated")
    return EntryResult(id=entry.id, status="conflict", problem=EntryProblem(**known[1]))


async def _carry_out(
    conn: Connection,
    context: Context,
    machine: str,
    said: EntrySaid,
    id_: UUID,
    at: datetime,
    by: Author,
    edit: Any,
) -> None:
    match said:
        case ReportSaid():
            await _report(conn, said, at, by)
        case CommandSaid():
            body = CommandBody(
                at=None if datetime.now(UTC) - at < RECENT else at,
                reason=said.reason,
                suspend=said.suspend,
                override=said.override,
                moves=said.instead_of,
            )
            seen = None if said.seen is None else etag(said.seen)
            await command_operation(conn, context.plant, said.operation, Command(said.command), body, by, seen)
        case EditSaid():
            await add_edit(conn, machine, said.edit, edit, by.text)
        case InspectionSaid():
            taken = said.inspection.taken_at or at
            body_ = said.inspection.model_copy(update={"machine": machine, "taken_at": taken})
            await record(conn, body_, by, id_)


async def _report(conn: Connection, said: ReportSaid, at: datetime, by: Author) -> None:
    common = {"operation": said.operation, "made_at": at}
    if said.good is not None:
        await report(conn, QuantityBody(kind=QuantityKind.GOOD, quantity=said.good, **common), by)
    for part in said.scrap:
        await report(
            conn, QuantityBody(kind=QuantityKind.SCRAP, quantity=part.quantity, reason=part.reason, **common), by
        )


async def _edit(context: Context, machine: str, said: EntrySaid) -> Any:
    """What an edit does to the tape as it stands; None for what is no edit."""
    return await resolved(context, machine, said.edit) if isinstance(said, EditSaid) else None


def _whatever_stands(said: EntrySaid) -> EntrySaid:
    """The same, by whoever has looked at what stands there now and decided."""
    if isinstance(said, CommandSaid):
        return said.model_copy(update={"seen": None})
    if isinstance(said, EditSaid):
        kept = said.edit.model_dump(exclude={"seen_edit"}, by_alias=True)
        return SAID.validate_python({"kind": "edit", "edit": kept})
    return said


async def _need_person(context: Context, entry: EntryBody) -> None:
    """A Problem where nobody has that name or number, or may not do it."""
    if context.persons is None:
        return
    said = entry.said
    parameters: dict[str, Any] = {"id": entry.machine}
    if isinstance(said, CommandSaid):
        parameters = {"id": said.operation, "command": said.command}
    await context.persons.need(entry.by, ADDRESSES[said.kind], parameters)


def _machine(context: Context, id_: str) -> Machine:
    for machine in context.plant.machines:
        if machine.id == id_:
            return machine
    raise Problem(404, f"There is no machine '{id_}'.", "GET /api/v1/equipment lists all ids.")


def _final(problem: Problem) -> Problem:
    """The same, where a person has to decide; raised where the tablet had better send it again."""
    if problem.status in LATER:
        raise problem
    return problem
