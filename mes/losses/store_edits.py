"""Edits in the database: put down, undone, listed; numbers follow when the keeper has taken them in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from psycopg.types.json import Jsonb

from contract.sample import State, from_us, to_us
from mes.facts.edits import Kind
from mes.facts.store import read_facts
from mes.feed.store_idempotency import NO_KEY, Once
from mes.feed.store_outbox import tell
from mes.keeper.store_changes import wake_keeper
from mes.losses.models_edits import EditAnswer, EditBody, ReasonBody
from mes.losses.resolve import Resolved, resolve, span_to_read
from mes.losses.stop_list import giver
from mes.web.context import LEND_S, Context
from mes.web.problems import Problem
from mes.web.store_snapshot import snapshot_at, until_known
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.losses")


async def put_edit(
    context: Context, machine: str, body: EditBody, by: str, once: Once = NO_KEY
) -> tuple[EditAnswer, bool]:
    """The edit, and whether numbers follow it already; a Problem 422 where it makes no sense on the tape, 412 where
    another reason stands there than the person has seen.
    """
    edit = await resolved(context, machine, body)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await add_edit(conn, machine, body, edit, by)
        await once.keep(conn, 202, made)
    return await _answer(context, machine, made.id)


async def resolved(context: Context, machine: str, body: EditBody) -> Resolved:
    """What an edit does to the tape as it stands; a Problem 422 where it makes no sense there."""
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, None) as known:
        start, end = span_to_read(body, known.end_us)
        facts = await read_facts(conn, context.plant, [machine], start, end, told_us=known.told_us, parts=False)
    return resolve(body, facts[machine], context.plant)


async def add_edit(conn: Connection, machine: str, body: EditBody, edit: Resolved, by: str) -> EditAnswer:
    """Put an edit down, in the caller's transaction; a Problem 412 where another reason stands there than was seen."""
    if isinstance(body, ReasonBody) and "seen_edit" in body.model_fields_set:
        await conn.execute(SQL["lock_edits"].encode(), {"machine": machine})
        await _need_seen(conn, machine, body)
    row = {
        "machine": machine,
        "kind": edit.kind.value,
        "from": from_us(edit.from_us),
        "to": from_us(edit.to_us),
        "state": edit.state,
        "reason": edit.reason,
        "comment": edit.comment,
        "asked": Jsonb(body.model_dump(mode="json", by_alias=True)),
        "before": Jsonb([interval.row() for interval in edit.before]),
        "by": by,
        "why": body.why,
        "undoes": None,
    }
    id_ = await _add(conn, row)
    await _tell(conn, id_, row)
    return (await edits(conn, [machine], id_=id_))[0]


async def _need_seen(conn: Connection, machine: str, body: ReasonBody) -> None:
    there = await edits(conn, [machine], from_=body.from_, to=body.to)
    now = giver(there, machine, to_us(body.from_))
    if (now.id if now else None) != body.seen_edit:
        said = "took it back" if now is None else f"gave the reason '{now.reason}'"
        who = next((one for one in there if one.kind != "comment"), now)
        detail = f"{who.by if who else 'Somebody'} {said} in the meantime."
        seen = now.id if now else "null"
        raise Problem(412, detail, f"Look again, and send 'seen_edit': {seen} if yours shall hold.")


async def undo_edit(context: Context, id_: int, by: str, why: str, once: Once = NO_KEY) -> tuple[EditAnswer, bool]:
    """The undo, and whether numbers follow it already; a Problem 404 or 409 where there is nothing to undo."""
    machines = [machine.id for machine in context.plant.machines]
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        found = await edits(conn, machines, id_=id_)
        if not found:
            raise Problem(404, f"There is no edit {id_}.", "GET /api/v1/equipment/{id}/edits lists them.")
        await conn.execute(SQL["lock_edits"].encode(), {"machine": found[0].equipment})
        edit = (await edits(conn, machines, id_=id_))[0]
        if edit.undone_by is not None:
            raise Problem(
                409, f"Edit {id_} was undone by {edit.undone_by}.", f"Undo {edit.undone_by} to bring it back."
            )
        if edit.undoes is not None and (await edits(conn, machines, id_=edit.undoes))[0].kind == "undo":
            raise Problem(409, f"Edit {id_} brought an edit back.", "Undo that edit itself.")
        row = {
            "machine": edit.equipment,
            "kind": "undo",
            "from": edit.from_,
            "to": edit.to,
            "state": None,
            "reason": None,
            "comment": None,
            "asked": Jsonb({"undo": id_}),
            "before": Jsonb([]),
            "by": by,
            "why": why,
            "undoes": id_,
        }
        new = await _add(conn, row)
        if edit.comment is None:
            await _tell(conn, new, row)
        await once.keep(conn, 202, (await edits(conn, [edit.equipment], id_=new))[0])
    return await _answer(context, edit.equipment, new)


async def edits(
    conn: Connection,
    machines: Sequence[str],
    *,
    id_: int | None = None,
    from_: datetime | None = None,
    to: datetime | None = None,
    before: int | None = None,
    limit: int = 1000,
) -> list[EditAnswer]:
    """Edits that touch a window, the newest first."""
    asked = {"machines": list(machines), "id": id_, "from": from_, "to": to, "before": before, "limit": limit}
    rows = await (await conn.execute(SQL["edit_list"].encode(), asked)).fetchall()
    return [_edit(row) for row in rows]


async def _tell(conn: Connection, id_: int, row: dict[str, Any]) -> None:
    """A stop is another one now, or has another reason; a comment changes none."""
    if row["kind"] == Kind.COMMENT:
        return
    told = {
        "machine": row["machine"],
        "edit": id_,
        "kind": row["kind"],
        "from": _iso(row["from"]),
        "to": _iso(row["to"]),
        "state": None if row["state"] is None else State(row["state"]).name.lower(),
        "reason": row["reason"] or None,
        "undoes": row["undoes"],
        "by": row["by"],
        "why": row["why"],
    }
    await tell(conn, "stop.changed", f"machine/{row['machine']}", told)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


async def _add(conn: Connection, row: dict[str, Any]) -> int:
    async with conn.transaction():
        found = await (await conn.execute(SQL["add_edit"].encode(), row)).fetchone()
        await wake_keeper(conn)
    assert found is not None  # noqa: S101  - RETURNING
    return int(found[0])


async def _answer(context: Context, machine: str, id_: int) -> tuple[EditAnswer, bool]:
    known = await until_known(context, SQL["edit_known"], id_)
    async with context.pool.connection(LEND_S) as conn:
        return (await edits(conn, [machine], id_=id_))[0], known


def _edit(row: Sequence[Any]) -> EditAnswer:
    id_, machine, kind, start, end, state, reason, comment, before, by, why, at, undoes, known_at, undone_by = row
    return EditAnswer(
        id=id_,
        equipment=machine,
        kind=kind,
        from_=start,
        to=end,
        state=None if state is None else State(state).name.lower(),
        reason=reason or None,
        comment=comment,
        before=before,
        by=by,
        why=why,
        at=at,
        undoes=undoes,
        undone_by=undone_by,
        known_at=known_at,
    )
