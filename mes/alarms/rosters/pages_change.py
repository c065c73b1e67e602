"""The forms of /on-call: rosters, overrides, policies, one's own ways, and a new address of one's shifts."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import TypeAdapter, ValidationError

from config.on_call.escalation import MOST_STEPS
from mes.alarms.rosters.models import EscalationPolicyBody, RosterBody, RosterOverrideBody, WayBody, instant
from mes.alarms.rosters.pages import forms_of
from mes.alarms.rosters.store import put_policy, put_roster
from mes.alarms.rosters.store_own import add_override, add_way, end_override, end_way, holder_of, new_feed
from mes.web.access.author import author_named, named_in
from mes.web.bounds import PlantId
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import form_of
from mes.web.problems import Problem
from runtime.lending import Connection

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
# As many as a roster or a policy can have, and the empty one behind them.
LINES = MOST_STEPS + 1
# Six fields a rotation, fifty members of one at most.
MOST_FIELDS, MOST_BYTES = 10 + 6 * LINES, 100_000
ID: TypeAdapter[str] = TypeAdapter(PlantId)
RowUuid = Annotated[UUID, Path(alias="id")]


@router.post("/on-call/rosters")
async def roster(request: Request, context: TheContext) -> Response:
    """Make or change a roster; a rotation without members is left out."""
    form = await form_of(request, MOST_FIELDS, MOST_BYTES)
    lines = [forms_of(form, nth) for nth in range(LINES)]
    turns = [
        {
            "members": re.split(r"[\s,;，；]+", line["members"].strip()),
            "days": line.get("days") or 7,
            "handover": line.get("handover") or "08:00",
            "first_day": line.get("first_day"),
            "shifts": line.get("shifts", "").split(),
            "skill": line.get("skill") or None,
        }
        for line in lines
        if line.get("members", "").strip()
    ]
    said: dict[str, Any] = {"name": _names(form), "zone": form.get("zone") or None, "rotations": turns}
    said |= {"active": form.get("act") != "end"}

    async def change(conn: Connection) -> None:
        await put_roster(
            conn,
            context.plant,
            _id(form),
            RosterBody.model_validate(said),
            author_named(request, named_in(request, form)),
        )

    return await _changed(context, change)


@router.post("/on-call/policies")
async def policy(request: Request, context: TheContext) -> Response:
    """Make or change a policy; a step that calls nothing is left out."""
    form = await form_of(request, MOST_FIELDS, MOST_BYTES)
    steps = []
    for nth in range(LINES):
        line = forms_of(form, nth)
        kind, _, called = line.get("calls", "").partition(":")
        if called:
            steps.append({"after_min": line.get("after") or 0, kind: called})
    every = form.get("repeat_every", "").strip()
    said: dict[str, Any] = {"name": _names(form), "steps": steps, "active": form.get("act") != "end"}
    said |= {"repeat_every_min": every or None, "repeats": form.get("repeats", "").strip() or None}

    async def change(conn: Connection) -> None:
        await put_policy(
            conn,
            context.plant,
            _id(form),
            EscalationPolicyBody.model_validate(said),
            author_named(request, named_in(request, form)),
        )

    return await _changed(context, change)


@router.post("/on-call/overrides")
async def override(request: Request, context: TheContext) -> Response:
    """Somebody is on call for a span of time, is not, or in place of another."""
    form = await form_of(request)
    span = {end: instant(form.get(end, ""), context.plant.site.zone) for end in ("from", "to")}
    said = {name: form.get(name) for name in ("kind", "holder")} | span | {"why": form.get("why", "").strip()}

    async def change(conn: Connection) -> None:
        await add_override(
            conn,
            form.get("roster", ""),
            RosterOverrideBody.model_validate(said | {"instead_of": form.get("instead_of") or None}),
            author_named(request, named_in(request, form)),
        )

    return await _changed(context, change)


@router.post("/on-call/overrides/{id}/end")
async def take_back(request: Request, context: TheContext, id_: RowUuid) -> Response:
    """It holds no more."""
    form = await form_of(request)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await end_override(conn, id_, author_named(request, named_in(request, form)))
    return _back()


@router.post("/on-call/ways")
async def way(request: Request, context: TheContext) -> Response:
    """How whoever is logged in wants to be called."""
    form = await form_of(request)
    holder = context.access.signed_on(request)
    if holder is None:
        return _back("log_in_first")
    said: dict[str, Any] = {name: form.get(name, "").strip() or None for name in ("address", "quiet_from", "quiet_to")}
    said |= {"holder": holder.number, "priority": form.get("priority"), "channel": form.get("channel")}

    async def change(conn: Connection) -> None:
        await add_way(
            conn,
            context.plant,
            WayBody.model_validate(said | {"after_min": form.get("after") or 0}),
            author_named(request, holder.number),
        )

    return await _changed(context, change)


@router.post("/on-call/ways/{id}/end")
async def way_ends(request: Request, context: TheContext, id_: RowUuid) -> Response:
    """One's own; nobody ends another's here."""
    holder = context.access.signed_on(request)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        if holder is None or await holder_of(conn, id_) != holder.number:
            return _back("log_in_first")
        await end_way(conn, id_, author_named(request, holder.number))
    return _back()


@router.post("/on-call/feed")
async def feed(request: Request, context: TheContext) -> Response:
    """A new address of one's own shifts; the one before is none any more."""
    holder = context.access.signed_on(request)
    if holder is None:
        return _back("log_in_first")
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        secret = await new_feed(conn, holder.number)
    return RedirectResponse(f"/on-call?feed={quote(secret)}", 303)


async def _changed(context: Context, change: Callable[[Connection], Awaitable[None]]) -> Response:
    """Back to the page, with a word where what was said cannot be."""
    try:
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            await change(conn)
    except (ValidationError, Problem):
        return _back("refused")
    return _back()


def _id(form: dict[str, str]) -> str:
    """As in the plant file: lower case letters, digits, - and _; ValidationError for anything else."""
    return ID.validate_python(form.get("id", "").strip())


def _names(form: dict[str, str]) -> dict[str, str]:
    """One language is enough."""
    en, zh = form.get("en", "").strip(), form.get("zh", "").strip()
    return {"en": en or zh, "zh": zh or en}


def _back(trouble: str = "") -> Response:
    return RedirectResponse(f"/on-call?trouble={trouble}" if trouble else "/on-call", 303)
