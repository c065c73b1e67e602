"""/api/v1/operations/{id}/confirmations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from mes.feed.routes_idempotency import OnceRoute, TheOnce, changing
from mes.orders.confirmations import store
from mes.orders.confirmations.models import ConfirmationAnswer, ConfirmBody, ReverseBody
from mes.orders.routes import CONFLICT
from mes.orders.store_list import need_operation
from mes.web.access.author import TheAuthor
from mes.web.context import LEND_S, TheContext
from mes.web.models import Page

router = APIRouter(tags=["confirmations"], route_class=OnceRoute)
OperationId = Annotated[UUID, Path(alias="id", description="As GET /api/v1/orders lists it.")]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="Which confirmation.")]


@router.get("/operations/{id}/confirmations")
async def confirmations(context: TheContext, id_: OperationId) -> list[ConfirmationAnswer]:
    """Everything that was told of an operation; together it is what is certain of it."""
    async with context.pool.connection(LEND_S) as conn:
        return await store.confirmations_of(conn, await need_operation(conn, id_))


@router.post("/operations/{id}/confirmations", responses=CONFLICT)
async def confirm(
    context: TheContext, author: TheAuthor, id_: OperationId, once: TheOnce, body: ConfirmBody | None = None
) -> Page[ConfirmationAnswer]:
    """Tell what is certain now and was not told; none where nothing is new, reversals first where less is certain."""
    async with changing(context, once) as conn:
        final = body is not None and body.kind == "final"
        new = await store.confirm(conn, context.plant, id_, author, final=final)
        answer = Page[ConfirmationAnswer](items=new, next_cursor=None)
        await once.keep(conn, 200, answer)
        return answer


@router.post("/operations/{id}/confirmations/{number}/reverse", responses=CONFLICT)
async def reverse(
    context: TheContext, author: TheAuthor, id_: OperationId, number: Number, body: ReverseBody, once: TheOnce
) -> Page[ConfirmationAnswer]:
    """Take a confirmation back by a document of its own."""
    async with changing(context, once) as conn:
        new = await store.reverse(conn, context.plant, id_, number, author, body.reason)
        answer = Page[ConfirmationAnswer](items=new, next_cursor=None)
        await once.keep(conn, 200, answer)
        return answer
