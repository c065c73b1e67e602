"""/api/v1/operations: each command, undo, another instant, split, plan."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from mes.feed.routes_idempotency import OnceRoute, TheOnce, changing
from mes.feed.store_idempotency import Once
from mes.orders import store_commands as commands
from mes.orders.models import (
    CommandBody,
    MoveTransitionBody,
    OperationAnswer,
    PlanOperationBody,
    SplitOperationBody,
    TransitionAnswer,
    UndoBody,
)
from mes.orders.operation_states import Command
from mes.orders.routes import CONFLICT
from mes.orders.store_list import operation_of, transitions_of
from mes.web.access.author import TheAuthor
from mes.web.context import LEND_S, Context, TheContext
from mes.web.etag import STALE, IfMatch, etag
from runtime.lending import Connection

router = APIRouter(tags=["orders"], route_class=OnceRoute)
OperationId = Annotated[UUID, Path(alias="id", description="As GET /api/v1/orders lists it.")]


@router.get("/operations/{id}")
async def one_operation(context: TheContext, response: Response, id_: OperationId) -> OperationAnswer:
    """One operation with its progress; with its ETag, which progress does not change."""
    async with context.pool.connection(LEND_S) as conn:
        found = await operation_of(conn, context.plant, id_)
    response.headers["ETag"] = etag(found.version)
    return found


@router.get("/operations/{id}/transitions")
async def transitions(context: TheContext, id_: OperationId) -> list[TransitionAnswer]:
    """Everything that was ever asked of an operation, what was taken back included; the oldest first."""
    async with context.pool.connection(LEND_S) as conn:
        return await transitions_of(conn, id_)


@router.post("/operations/{id}/undo", responses=CONFLICT | STALE)
async def undo(
    context: TheContext,
    response: Response,
    author: TheAuthor,
    id_: OperationId,
    body: UndoBody,
    once: TheOnce,
    if_match: IfMatch = None,
) -> OperationAnswer:
    """Take the last transition back; the log keeps both."""
    async with changing(context, once) as conn:
        await commands.undo(conn, context.plant, id_, body, author, if_match)
        return await _answered(context, conn, response, id_, once)


@router.post("/operations/{id}/move", responses=CONFLICT | STALE)
async def move(
    context: TheContext,
    response: Response,
    author: TheAuthor,
    id_: OperationId,
    body: MoveTransitionBody,
    once: TheOnce,
    if_match: IfMatch = None,
) -> OperationAnswer:
    """Give a transition another instant: a begin that was told too late. Counts and KPIs follow."""
    async with changing(context, once) as conn:
        await commands.move(conn, context.plant, id_, body, author, if_match)
        return await _answered(context, conn, response, id_, once)


@router.post("/operations/{id}/split", responses=CONFLICT | STALE)
async def split(
    context: TheContext,
    response: Response,
    author: TheAuthor,
    id_: OperationId,
    body: SplitOperationBody,
    once: TheOnce,
    if_match: IfMatch = None,
) -> OperationAnswer:
    """Move open quantity to a sibling at another machine or line; the answer is the sibling."""
    async with changing(context, once) as conn:
        sibling = await commands.split(conn, context.plant, id_, body, author, if_match)
        return await _answered(context, conn, response, sibling, once)


@router.put("/operations/{id}/plan", responses=CONFLICT | STALE)
async def plan(
    context: TheContext,
    response: Response,
    author: TheAuthor,
    id_: OperationId,
    body: PlanOperationBody,
    once: TheOnce,
    if_match: IfMatch = None,
) -> OperationAnswer:
    """Where it stands among those of its place, and when it is planned."""
    async with changing(context, once) as conn:
        await commands.plan(conn, context.plant, id_, body, author, if_match)
        return await _answered(context, conn, response, id_, once)


@router.post("/operations/{id}/{command}", responses=CONFLICT | STALE)
async def command(
    context: TheContext,
    response: Response,
    author: TheAuthor,
    id_: OperationId,
    command: Command,
    once: TheOnce,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> OperationAnswer:
    """Release, revoke, start, pause, resume, complete, abort, close, reopen or cancel an operation."""
    async with changing(context, once) as conn:
        await commands.command_operation(conn, context.plant, id_, command, body or CommandBody(), author, if_match)
        return await _answered(context, conn, response, id_, once)


async def _answered(context: Context, conn: Connection, response: Response, id_: UUID, once: Once) -> OperationAnswer:
    """The operation as it is after a change, kept as its answer."""
    answer = await operation_of(conn, context.plant, id_)
    response.headers["ETag"] = etag(answer.version)
    await once.keep(conn, 200, answer)
    return answer
