"""/api/v1/alarms."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from mes.alarms.actions import Action
from mes.alarms.models import (
    AcknowledgeBody,
    AlarmActionBody,
    AlarmAnswer,
    AlarmCommentBody,
    AlarmHistory,
    OutOfServiceBody,
    ShelveBody,
)
from mes.alarms.store import act, alarms, comment, history
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.web import cursor as cursors
from mes.web.bounds import RowId
from mes.web.context import LEND_S, TheContext, who_does
from mes.web.cursor import Cursor, Limit
from mes.web.models import Page
from mes.web.problems import mistake

router = APIRouter(tags=["alarms"], route_class=OnceRoute)
Id = Annotated[RowId, Path(examples=[17])]
Bodies = AcknowledgeBody | AlarmActionBody | OutOfServiceBody | ShelveBody
LATER: dict[int | str, dict[str, object]] = {
    202: {"model": AlarmAnswer, "description": "Asked for; alerts has not acted within two seconds."}
}
REFUSES = LATER | {409: {"description": "As the alarm stands, this cannot be done."}}


@dataclass(frozen=True)
class Act:
    """What every request that acts on an alarm has."""

    context: TheContext
    request: Request
    response: Response
    id: Id
    once: TheOnce

    async def done(self, action: Action, body: Bodies, minutes: int | None = None) -> AlarmAnswer:
        """Done: 200; asked for, and alerts has not acted yet: 202."""
        most = self.context.plant.alarms.shelve_at_most
        if minutes is not None and timedelta(minutes=minutes) > most:
            raise mistake("body.minutes", f"At most {most / timedelta(minutes=1):g}: shelve_at_most of the plant file.")
        by = who_does(self.context, self.request, body.by)
        alarm, done = await act(self.context, self.id, action, by, body.comment, minutes=minutes, once=self.once)
        self.response.status_code = 200 if done else 202
        return alarm


TheAct = Annotated[Act, Depends()]


@router.get("/alarms")
async def list_alarms(
    context: TheContext,
    open: Annotated[bool | None, Query(description="true: not over yet; false: over; left out: all.")] = None,
    quiet: Annotated[
        bool | None, Query(description="true: shelved, suppressed or out of service; false: none of them.")
    ] = None,
    root: Annotated[RowId | None, Query(description="Only those that follow from this alarm.", examples=[16])] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AlarmAnswer]:
    """Alarms, the newest first."""
    before = None if cursor is None else cursors.decode("alarms", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await alarms(conn, before=before, open_=open, quiet=quiet, root=root, limit=limit + 1)
    more = len(found) > limit
    return Page(items=found[:limit], next_cursor=cursors.encode("alarms", found[limit - 1].id) if more else None)


@router.post("/alarms/{id}/acknowledge", responses=LATER)
async def acknowledge_alarm(act: TheAct, body: AcknowledgeBody) -> AlarmAnswer:
    """Acknowledge an alarm; doing it twice changes nothing. With a key in use its name goes before `by`.

    Whoever is logged in acts in their own name, whatever `by` says.
    """
    return await act.done("acknowledge", body)


@router.post("/alarms/{id}/confirm", responses=REFUSES)
async def confirm_alarm(act: TheAct, body: AlarmActionBody) -> AlarmAnswer:
    """Say that the cure has worked, where the rule asks for it.

    Whoever is logged in acts in their own name, whatever `by` says.
    """
    return await act.done("confirm", body)


@router.post("/alarms/{id}/reset", responses=REFUSES)
async def reset_alarm(act: TheAct, body: AlarmActionBody) -> AlarmAnswer:
    """Reset a latched alarm that has cleared.

    Whoever is logged in acts in their own name, whatever `by` says.
    """
    return await act.done("reset", body)


@router.post("/alarms/{id}/shelve", responses=REFUSES)
async def shelve_alarm(act: TheAct, body: ShelveBody) -> AlarmAnswer:
    """Set rule and subject aside: nobody is called until the time is over, or the alarm returns to normal.

    What still stands then calls again.

    Whoever is logged in acts in their own name, whatever `by` says.
    """
    return await act.done("shelve_once" if body.minutes is None else "shelve", body, body.minutes)


@router.post("/alarms/{id}/unshelve", responses=LATER)
async def unshelve_alarm(act: TheAct, body: AlarmActionBody) -> AlarmAnswer:
    """End a shelving by hand; the alarm is acknowledged with it.

    Whoever is logged in acts in their own name, whatever `by` says.
    """
    return await act.done("unshelve", body)


@router.post("/alarms/{id}/out-of-service", responses=LATER)
async def take_alarm_out_of_service(act: TheAct, body: OutOfServiceBody) -> AlarmAnswer:
    """Take rule and subject out of service until somebody ends it: followed as ever, and nobody is called.

    Whoever is logged in acts in their own name, whatever `by` says.
    """
    return await act.done("out_of_service", body)


@router.post("/alarms/{id}/in-service", responses=LATER)
async def put_alarm_in_service(act: TheAct, body: AlarmActionBody) -> AlarmAnswer:
    """End it; what stands then calls again.

    Whoever is logged in acts in their own name, whatever `by` says.
    """
    return await act.done("in_service", body)


@router.get("/alarms/{id}")
async def one_alarm(context: TheContext, id: Id) -> AlarmHistory:
    """One alarm: what is usually behind it, what is to be done, what has happened to it, and the earlier ones alike."""
    async with context.pool.connection(LEND_S) as conn:
        return await history(conn, context.plant, id)


@router.post("/alarms/{id}/comment")
async def comment_on_alarm(
    context: TheContext,
    request: Request,
    id: Id,
    body: AlarmCommentBody,
    once: TheOnce,
) -> AlarmHistory:
    """Say something about an alarm, open or over; it stays what it is. With a key in use its name goes before `by`.

    Whoever is logged in acts in their own name, whatever `by` says.
    """
    return await comment(context, id, who_does(context, request, body.by), body.comment, once)
