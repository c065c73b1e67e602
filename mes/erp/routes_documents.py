"""/api/v1/documents: what an ERP was told, what waits, and what waits for a person."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from mes.erp import store_documents as store
from mes.erp.models_documents import DocumentState, RetryBody, SentDocument
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.orders.wish import OrderName
from mes.web.access.author import TheAuthor
from mes.web.bounds import Day
from mes.web.context import LEND_S, TheContext
from mes.web.models import Page
from mes.web.problems import MEDIA, ProblemBody
from runtime.lending import Connection

router = APIRouter(tags=["reconciliation"], route_class=OnceRoute)
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ProblemBody, "description": "It is not parked.", "content": {MEDIA: {}}}
}


@router.get("/documents")
async def documents(
    context: TheContext,
    order: Annotated[OrderName | None, Query(description="Only those of this order.")] = None,
    day: Annotated[Day | None, Query(description="Only confirmations of this production day.")] = None,
    state: Annotated[DocumentState | None, Query(description="Only those in this state.")] = None,
) -> Page[SentDocument]:
    """What the connected ERP was told or is to be told, order by order; at most 5000."""
    async with context.pool.connection(LEND_S) as conn:
        return await _page(conn, order, day, state)


@router.post("/documents/retry", responses=CONFLICT)
async def retry(context: TheContext, author: TheAuthor, body: RetryBody, once: TheOnce) -> Page[SentDocument]:
    """A parked document is tried again, after a look at what the ERP has; the answer is all of its order."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        await store.retry(conn, body.system, body.order, body.number, author)
        answer = await _page(conn, body.order)
        await once.keep(conn, 200, answer)
        return answer


async def _page(
    conn: Connection, order: str | None, day: Day | None = None, state: DocumentState | None = None
) -> Page[SentDocument]:
    rows = await store.documents(conn, order=order, day=day, state=state)
    return Page(items=[SentDocument(**row) for row in rows], next_cursor=None)
