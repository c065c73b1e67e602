"""/api/v1/b2mml: OperationsSchedule in, OperationsPerformance out."""

from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from mes.erp.b2mml.models import ScheduleAnswer
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.feed.store_idempotency import Once
from mes.orders.models_bulk import MOST_ROWS
from mes.orders.routes_bulk import DryRun
from mes.orders.store_bulk import put_orders
from mes.orders.store_list import need_order
from mes.orders.wish import OrderName
from mes.web.access.author import Author, TheAuthor
from mes.web.bounds import Instant
from mes.web.context import LEND_S, Context, TheContext
from mes.web.problems import MEDIA, Mistake, Problem, ProblemBody, mistake


def _need_xml() -> None:
    """A Problem 501 where the extra is not installed."""
    if find_spec("lxml") is None:
        cure = "Install it where mes runs, pip install 'shopfloor[b2mml]', and start mes again."
        raise Problem(501, "B2MML needs the package lxml, which is not installed.", cure)


router = APIRouter(
    tags=["b2mml"],
    route_class=OnceRoute,
    dependencies=[Depends(_need_xml)],
    responses={501: {"model": ProblemBody, "description": "lxml is not installed.", "content": {MEDIA: {}}}},
)
XML = "application/xml"
MOST_BYTES = 4 * 2**20
A_SCHEDULE = {
    "requestBody": {
        "required": True,
        "content": {XML: {"schema": {"type": "string", "format": "binary", "maxLength": MOST_BYTES}}},
    }
}


@router.post("/b2mml/operations-schedule", openapi_extra=A_SCHEDULE)
async def schedule(
    context: TheContext, request: Request, author: TheAuthor, once: TheOnce, dry_run: DryRun = False
) -> ScheduleAnswer:
    """Make or change the orders of an OperationsSchedule (B2MML 7): up to 1,000 OperationsRequests within 4 MiB.

    A request that is not taken stops no other; 200 does not mean all. A document that is not valid is taken in no part.
    """
    from mes.erp.b2mml.xml_document import BadDocument

    try:
        return await _take(context, await request.body(), author, once, dry_run=dry_run)
    except BadDocument as err:
        errors = [Mistake(place=f"body.{place}", message=text) for place, text in err.mistakes]
        raise Problem(422, str(err), "Correct what 'errors' lists.", errors) from err


async def _take(context: Context, content: bytes, author: Author, once: Once, *, dry_run: bool) -> ScheduleAnswer:
    from mes.erp.b2mml.schedule_in import schedule_of, told_by_document

    # Walls and other requests go on meanwhile.
    wanted = await run_in_threadpool(schedule_of, content, context.plant)
    if len(wanted.orders) > MOST_ROWS:
        raise mistake("body", f"The schedule has {len(wanted.orders)} OperationsRequests: give 1 to {MOST_ROWS}.")
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        if not dry_run:
            await once.begin(conn)
        rows = [one.row for one in wanted.orders]
        found = await put_orders(conn, context.plant, rows, author, dry_run=dry_run)
        answer = ScheduleAnswer(
            dry_run=dry_run,
            taken=found.taken,
            rows=told_by_document(found, wanted.orders),
            schedule=wanted.id,
            zone=context.plant.site.zone,
            not_kept=wanted.not_kept,
        )
        if not dry_run:
            await once.keep(conn, 200, answer)
        return answer


@router.get(
    "/b2mml/operations-performance",
    response_class=Response,
    responses={
        200: {"description": "An OperationsPerformance of B2MML 7.", "content": {XML: {"schema": {"type": "string"}}}},
        204: {"description": "Nothing was told: of that B2MML has no document."},
    },
)
async def performance(
    context: TheContext,
    order: Annotated[OrderName | None, Query(description="All that was told of this order.")] = None,
    from_: Annotated[
        Instant | None,
        Query(alias="from", description="What was told from here on.", examples=["2026-01-31T06:00:00Z"]),
    ] = None,
    to: Annotated[Instant | None, Query(description="The first instant after it; now where left out.")] = None,
) -> Response:
    """Confirmations as OperationsPerformance (B2MML 7): by `order`, or by `from` and `to`, when they were made.

    A document by time holds all that was told before its `Endtime`, which may be earlier than `to`: ask on from there.
    """
    if (order is None) == (from_ is None) or (order is not None and to is not None):
        raise mistake("query.order", "Give either 'order', or 'from' and perhaps 'to'.")
    now = datetime.now(UTC)
    end = min(to or now, now)
    if from_ is not None and end <= from_:
        raise mistake("query.from", "Must be earlier than 'to', and not in the future.")
    content = await _performance(context, now, order, (from_, end) if from_ is not None else None)
    return Response(status_code=204) if content is None else Response(content, media_type=XML)


async def _performance(
    context: Context, now: datetime, order: str | None, span: tuple[datetime, datetime] | None
) -> bytes | None:
    from mes.erp.b2mml import performance_out as out
    from mes.erp.b2mml import store

    async with context.pool.connection(LEND_S) as conn:
        if order is not None:
            await need_order(conn, order)
            confirmations, asked = await store.told_of(conn, order), out.Asked(now, order)
        elif span is not None:
            confirmations, whole = await store.told_between(conn, *span)
            asked = out.Asked(now, None, (span[0], whole))
        orders = await store.made_orders(conn, sorted({one.order for one in confirmations}))
    return await run_in_threadpool(out.performance, context.plant, asked, orders, confirmations)
