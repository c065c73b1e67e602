"""/api/v1/alarms."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from mes.alarms.models import AcknowledgeBody, AlarmAnswer
from mes.alarms.store import acknowledge, alarms
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.web import cursor as cursors
from mes.web.bounds import RowId
from mes.web.context import LEND_S, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.models import Page

router = APIRouter(tags=["alarms"], route_class=OnceRoute)


@router.get("/alarms")
async def list_alarms(
    context: TheContext,
    open: Annotated[bool | None, Query(description="true: not over yet; false: over; left out: all.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AlarmAnswer]:
    """Alarms, the newest first."""
    before = None if cursor is None else cursors.decode("alarms", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await alarms(conn, before=before, open_=open, limit=limit + 1)
    more = len(found) > limit
    return Page(items=found[:limit], next_cursor=cursors.encode("alarms", found[limit - 1].id) if more else None)


@router.post(
    "/alarms/{id}/acknowledge",
    responses={202: {"model": AlarmAnswer, "description": "Asked for; alerts has not acted within two seconds."}},
)
async def acknowledge_alarm(
    context: TheContext,
    request: Request,
    response: Response,
    id: Annotated[RowId, Path(examples=[17])],
    body: AcknowledgeBody,
    once: TheOnce,
) -> AlarmAnswer:
    """Acknowledge an alarm; doing it twice changes nothing. With a key in use its name goes before `by`."""
    who = context.access.who_asks(request)
    alarm, done = await acknowledge(context, id, f"{who}: {body.by}" if who else body.by, body.comment, once)
    response.status_code = 200 if done else 202
    return alarm
