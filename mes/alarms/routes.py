"""/api/v1/alarms."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from mes.alarms.models import AcknowledgeBody, AlarmAnswer, AlarmCommentBody, AlarmHistory
from mes.alarms.store import acknowledge, alarms, comment, history
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.web import cursor as cursors
from mes.web.bounds import RowId
from mes.web.context import LEND_S, TheContext, who_does
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
    """Acknowledge an alarm; doing it twice changes nothing. With a key in use its name goes before `by`.

    Whoever is logged in acts in their own name, whatever `by` says.
    """
    alarm, done = await acknowledge(context, id, who_does(context, request, body.by), body.comment, once)
    response.status_code = 200 if done else 202
    return alarm


@router.get("/alarms/{id}")
async def one_alarm(context: TheContext, id: Annotated[RowId, Path(examples=[17])]) -> AlarmHistory:
    """One alarm: what is usually behind it, what is to be done, what has happened to it, and the earlier ones alike."""
    async with context.pool.connection(LEND_S) as conn:
        return await history(conn, context.plant, id)


@router.post("/alarms/{id}/comment")
async def comment_on_alarm(
    context: TheContext,
    request: Request,
    id: Annotated[RowId, Path(examples=[17])],
    body: AlarmCommentBody,
    once: TheOnce,
) -> AlarmHistory:
    """Say something about an alarm, open or over; it stays what it is. With a key in use its name goes before `by`.

    Whoever is logged in acts in their own name, whatever `by` says.
    """
    return await comment(context, id, who_does(context, request, body.by), body.comment, once)
