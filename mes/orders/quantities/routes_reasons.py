"""/api/v1/reasons."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from mes.feed.routes_idempotency import OnceRoute, TheOnce, changing
from mes.orders.quantities import store_reasons as store
from mes.orders.quantities.models import ReasonAnswer, ReasonId, ReasonText
from mes.web.access.author import TheAuthor
from mes.web.context import LEND_S, TheContext

router = APIRouter(tags=["quantities"], route_class=OnceRoute)


@router.get("/reasons")
async def list_reasons(
    context: TheContext,
    kind: Annotated[Literal["stop", "scrap", "defect", "hold", "correction"] | None, Query()] = None,
) -> list[ReasonAnswer]:
    """Why something stopped, was scrapped, held, found defective or corrected; `parent` makes a tree of them."""
    async with context.pool.connection(LEND_S) as conn:
        return await store.reasons(conn, kind)


@router.put("/reasons/{id}")
async def put_reason(
    context: TheContext,
    author: TheAuthor,
    id_: Annotated[ReasonId, Path(alias="id")],
    body: ReasonText,
    once: TheOnce,
) -> ReasonAnswer:
    """Make a reason or give it other words; its id and kind are for good, and a retired one stays where it was used."""
    async with changing(context, once) as conn:
        answer = await store.put_reason(conn, id_, body, author)
        await once.keep(conn, 200, answer)
        return answer
