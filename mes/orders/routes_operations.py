"""/api/v1/operations: each command, undo, another instant, split, plan."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from mes.feed.routes_idempotency import OnceRoute, TheOnce
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
from mes.web.author import TheAuthor
from mes.web.context import LEND_S, TheContext

router = APIRouter(tags=["orders"], route_class=OnceRoute)
OperationId = Annotated[UUID, Path(alias="id", description="As GET /api/v1/orders lists it.")]


@router.get("/operations/{id}")
async def one_operation(context: TheContext, id_: OperationId) -> OperationAnswer:
    """One operation with its progress."""
    async with context.pool.connection(LEND_S) as conn:
        return await operation_of(conn, id_)


@router.get("/operations/{id}/transitions")
async def transitions(context: TheContext, id_: OperationId) -> list[TransitionAnswer]:
    """Everything that was ever asked of an operation, what was taken back included; the oldest first."""
    async with context.pool.connection(LEND_S) as conn:
        return await transitions_of(conn, id_)


@router.post("/operations/{id}/undo", responses=CONFLICT)
async def undo(
    context: TheContext, author: TheAuthor, id_: OperationId, body: UndoBody, once: TheOnce
) -> OperationAnswer:
    """Take the last transition back; the log keeps both."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        await commands.undo(conn, context.plant, id_, body, author)
        return await commands.answered(conn, id_, once)


@router.post("/operations/{id}/move", responses=CONFLICT)
async def move(
    context: TheContext, author: TheAuthor, id_: OperationId, body: MoveTransitionBody, once: TheOnce
) -> OperationAnswer:
    """Give a transition another instant: a begin that was told too late. Counts and KPIs follow."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        await commands.move(conn, context.plant, id_, body, author)
        return await commands.answered(conn, id_, once)


@router.post("/operations/{id}/split", responses=CONFLICT)
async def split(
    context: TheContext, author: TheAuthor, id_: OperationId, body: SplitOperationBody, once: TheOnce
) -> OperationAnswer:
    """Move open quantity to a sibling at another machine or line; the answer is the sibling."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        sibling = await commands.split(conn, context.plant, id_, body, author)
        return await commands.answered(conn, sibling, once)


@router.put("/operations/{id}/plan", responses=CONFLICT)
async def plan(
    context: TheContext, author: TheAuthor, id_: OperationId, body: PlanOperationBody, once: TheOnce
) -> OperationAnswer:
    """Where it stands among those of its place, and when it is planned."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        await commands.plan(conn, context.plant, id_, body, author)
        return await commands.answered(conn, id_, once)


@router.post("/operations/{id}/{command}", responses=CONFLICT)
async def command(
    context: TheContext,
    author: TheAuthor,
    id_: OperationId,
    command: Command,
    once: TheOnce,
    body: CommandBody | None = None,
) -> OperationAnswer:
    """Release, revoke, start, pause, resume, complete, abort, close, reopen or cancel an operation."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        await commands.command_operation(conn, context.plant, id_, command, body or CommandBody(), author)
        return await commands.answered(conn, id_, once)
