"""Entries of tablets in the database: each is carried out once, or waits for a person and says why."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from contract.sample import from_us
from mes.erp.entries.instants import ClockSet, made_at
from mes.erp.entries.models import (
    BatchBody,
    ConflictAnswer,
    EntryBody,
    EntryProblem,
    EntryResult,
    ResolveBody,
    ResolvedAnswer,
    SignOffSaid,
    SignOnSaid,
)
from mes.erp.entries.store_acts import (
    SAID,
    Proven,
    address_of,
    begin_work,
    carry_out,
    end_work,
    looked_up,
    subject_of,
    told,
    whatever_stands,
)
from mes.facts.model import Span
from mes.feed.store_audit import note
from mes.losses.resolve import Resolved
from mes.people.models_sign_on import SignOnBody
from mes.people.store_sign_on import prove, was_signed_on
from mes.web.access.author import OPEN_CLIENT, Author
from mes.web.access.holder import Holder
from mes.web.context import LEND_S, Context
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.erp.entries")
MOST_CONFLICTS = 500
# What the service's state forbids for now: the tablet keeps all of it, and sends it again.
LATER = (429, 503)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a batch, and from where: wrong PINs are counted by source."""

    holder: Holder | None
    source: str

    @property
    def client(self) -> str:
        """The name of the program or station."""
        return self.holder.name if self.holder else OPEN_CLIENT


async def take(context: Context, body: BatchBody, sender: Sender) -> list[EntryResult]:
    """Carry out a tablet's entries in their order; a Problem only where all of it is to be sent again later."""
    received = datetime.now(UTC)
    return [
        await _take(context, body, entry, received, sender) for entry in sorted(body.entries, key=lambda one: one.seq)
    ]


async def conflicts(conn: Connection, *, id_: UUID | None = None, machine: str | None = None) -> list[ConflictAnswer]:
    """Entries that wait for a person, the oldest first."""
    asked = {"id": id_, "machine": machine, "most": MOST_CONFLICTS}
    cursor = await conn.execute(SQL["conflicts"].encode(), asked)
    names = [column.name for column in cursor.description or ()]
    return [ConflictAnswer(**dict(zip(names, row, strict=True))) for row in await cursor.fetchall()]


async def entries_in(conn: Connection, span: Span) -> list[tuple[Any, ...]]:
    """(at, machine, kind, touches, milliseconds) of all entries of a span."""
    asked = {"from": from_us(span[0]), "to": from_us(span[1])}
    return await (await conn.execute(SQL["entries_in"].encode(), asked)).fetchall()


async def resolve(context: Context, id_: UUID, body: ResolveBody, author: Author) -> ResolvedAnswer:
    """Carry an entry out in the name of who made it, or throw it away; a Problem where it still cannot be."""
    async with context.pool.connection(LEND_S) as conn:
        found = await conflicts(conn, id_=id_)
    if not found:
        raise Problem(404, f"No entry {id_} waits for anybody.", "GET /api/v1/conflicts lists those that do.")
    one, edit, said = found[0], None, None
    if body.decision == "apply":
        if one.said["kind"] in ("sign_on", "sign_off"):
            raise Problem(409, "Nobody signs on for somebody else.", "Discard it, and sign on again.")
        said = whatever_stands(SAID.validate_python(one.said))
        edit = await looked_up(context, one.machine, said)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        decision: Literal["applied", "discarded"] = "discarded"
        if said is not None:
            decision = "applied"
            by = Author(one.person, one.client)
            await carry_out(conn, context, one.machine, said, id_, body.at or one.at, by, edit)
        row = {"id": id_, "decision": decision, "why": body.why, "person": author.person, "client": author.client}
        if (await conn.execute(SQL["decide"].encode(), row)).rowcount == 0:
            raise Problem(409, f"Entry {id_} was decided in the meantime.", "GET /api/v1/conflicts again.")
        after = {"decision": decision, "why": body.why, "said": one.said}
        await note(conn, author, "resolve", f"entry/{id_}", one.problem.model_dump(), after)
    return ResolvedAnswer(id=id_, decision=decision, why=body.why)


async def _take(
    context: Context, batch: BatchBody, entry: EntryBody, received: datetime, sender: Sender
) -> EntryResult:
    said = told(entry.said)
    async with context.pool.connection(LEND_S) as conn:
        before = await _before(conn, batch, entry, said)
        person, unproven = await _person(conn, entry)
    if before is not None:
        return before
    offset = None if entry.offset_ms is None else timedelta(milliseconds=entry.offset_ms)
    problem: Problem | None = unproven
    edit: Resolved | None = None
    proven: Proven | None = None
    at = received
    try:
        at = made_at(entry.made, batch.now, received, offset)
        _machine(context, entry.machine)
        if problem is None:
            proven = await _need_person(context, entry, person, at, sender)
            edit = await looked_up(context, entry.machine, entry.said)
    except ClockSet as err:
        problem = Problem(409, str(err), "Say when it was: POST /api/v1/conflicts/{id}/resolve with 'at'.")
    except Problem as err:
        problem = _final(err)
    person = proven[1] if proven else person
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await conn.execute(SQL["lock_device"].encode(), {"device": str(batch.device)})
        before = await _before(conn, batch, entry, said)
        if before is not None:
            return before
        if problem is None:
            try:
                async with conn.transaction():
                    by = Author(person, sender.client)
                    await _carry_out(conn, context, entry, at, by, edit, proven, sender)
            except Problem as err:
                problem = _final(err)
        answer = problem and EntryProblem(status=problem.status, detail=problem.detail, cure=problem.cure)
        row = entry.model_dump(include={"id", "seq", "machine", "touches", "took_ms"})
        row |= {"device": batch.device, "kind": entry.said.kind, "subject": subject_of(entry.machine, entry.said)}
        row |= {"said": Jsonb(said), "person": person or "?"}
        row |= {"client": sender.client, "at": at, "problem": Jsonb(answer.model_dump()) if answer else None}
        if (await conn.execute(SQL["add_entry"].encode(), row)).rowcount == 0:
            detail = f"Entry {entry.seq} of this tablet was another one before."
            raise Problem(409, detail, "Give each entry the next 'seq', and a tablet that was emptied a new 'device'.")
    return EntryResult(id=entry.id, status="conflict" if answer else "applied", problem=answer)


async def _carry_out(
    conn: Connection,
    context: Context,
    entry: EntryBody,
    at: datetime,
    by: Author,
    edit: Resolved | None,
    proven: Proven | None,
    sender: Sender,
) -> None:
    station = sender.holder.station if sender.holder else None
    if proven is not None and station is not None:
        await begin_work(conn, station, proven, at)
    elif isinstance(entry.said, SignOffSaid):
        if station is not None:
            await end_work(conn, station, by)
    else:
        await carry_out(conn, context, entry.machine, entry.said, entry.id, at, by, edit)


async def _before(conn: Connection, batch: BatchBody, entry: EntryBody, said: dict[str, Any]) -> EntryResult | None:
    """The answer to what was sent before, or has to wait for what was entered before; None where it is new."""
    known = await (await conn.execute(SQL["known_entry"].encode(), {"id": entry.id})).fetchone()
    if known is not None and known[0] != said:
        raise Problem(422, f"Entry {entry.id} said something else before.", "Give each entry an id of its own.")
    if known is not None and known[1] is None:
        return EntryResult(id=entry.id, status="repeated")
    if known is not None:
        return EntryResult(id=entry.id, status="conflict", problem=EntryProblem(**known[1]))
    row = {"device": batch.device, "subject": subject_of(entry.machine, entry.said)}
    if (await (await conn.execute(SQL["waiting_before"].encode(), row)).fetchone()) is not None:
        return EntryResult(id=entry.id, status="blocked")
    return None


async def _person(conn: Connection, entry: EntryBody) -> tuple[str | None, Problem | None]:
    """Who an entry is by: as it says, or whoever signed on by an entry before."""
    if entry.sign_on is None or isinstance(entry.said, SignOnSaid):
        return entry.by, None
    row = await (await conn.execute(SQL["signed_on_by"].encode(), {"id": entry.sign_on})).fetchone()
    if row is None:
        return entry.by, Problem(403, "The sign-on of this entry was refused.", "Sign on, and enter it again.")
    return str(row[0]), None


async def _need_person(
    context: Context, entry: EntryBody, person: str | None, at: datetime, sender: Sender
) -> Proven | None:
    """A Problem where this person may not do it, or is not proven to be there; who has just signed on."""
    holder = sender.holder
    station = holder.station if holder else None
    if isinstance(entry.said, SignOnSaid):
        if station is None:
            raise Problem(409, "This browser is no station.", "Register it at /station, then sign on.")
        given = entry.said.model_dump(include={"badge", "number", "pin"}, exclude_none=True)
        return await prove(context.pool, SignOnBody(**given), sender.source)
    if person is None:
        raise Problem(422, "Nobody is named.", "Give 'by', or 'sign_on' with the entry by which the person signed on.")
    if station is not None:
        async with context.pool.connection(LEND_S) as conn:
            if not await was_signed_on(conn, station.id, person, at):
                raise Problem(
                    403, f"'{person}' was not signed on at '{station.name}' then.", "Sign on, and enter it again."
                )
    elif holder is not None and holder.person is not None and person not in (holder.person.number, holder.person.name):
        raise Problem(403, f"'{holder.person.name}' is logged in, not '{person}'.", "Log in as who enters it.")
    asked = address_of(entry.machine, entry.said)
    if context.persons is not None and asked is not None:
        proven = station is not None or (holder is not None and holder.person is not None)
        await context.persons.need(person, *asked, proven=proven)
    return None


def _machine(context: Context, id_: str) -> None:
    if id_ not in {machine.id for machine in context.plant.machines}:
        raise Problem(404, f"There is no machine '{id_}'.", "GET /api/v1/equipment lists all ids.")


def _final(problem: Problem) -> Problem:
    """The same, where a person has to decide; raised where the tablet had better send it again."""
    if problem.status in LATER:
        raise problem
    return problem
