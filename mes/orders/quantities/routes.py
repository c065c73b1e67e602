"""/api/v1/quantities, /production-quantities, /unassigned-parts, /reasons."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from contract.sample import from_us, to_us
from mes.calendar.store import read_calendar
from mes.feed.routes_idempotency import OnceRoute, TheOnce, changing
from mes.orders.quantities import store
from mes.orders.quantities.models import (
    QuantityAnswer,
    QuantityBody,
    QuantityCorrection,
    QuantitySum,
    QuantitySums,
    ReportAnswer,
    Unassigned,
)
from mes.orders.quantities.store_judged import judged
from mes.orders.quantities.store_sums import Asked, summed
from mes.orders.quantities.sums import KEYS, nothing, sums
from mes.orders.quantities.table import MEDIA, table
from mes.orders.store_list import need_operation
from mes.orders.wish import OrderName
from mes.web.access.author import TheAuthor
from mes.web.context import LEND_S, TheContext
from mes.web.snapshot import AsOf
from mes.web.store_snapshot import snapshot_at
from mes.web.windows import From, To, given_window
from mes.web.workers import HeavyRoute

router = APIRouter(tags=["quantities"], route_class=OnceRoute)
heavy = APIRouter(tags=["quantities"], route_class=HeavyRoute)
RowId = Annotated[UUID, Path(alias="id")]


@heavy.get("/quantities", responses={200: {"content": {kind: {} for kind in MEDIA.values()}}})
async def quantities(
    context: TheContext,
    from_: From,
    to: To,
    by: Annotated[
        str,
        Query(
            max_length=100,
            pattern=rf"^({'|'.join(KEYS)})(,({'|'.join(KEYS)}))*$",
            description=f"What to sum by, with commas between: {', '.join(KEYS)}.",
            examples=["order,shift"],
        ),
    ] = "order",
    order: Annotated[OrderName | None, Query(description="Only this order.")] = None,
    operation: Annotated[UUID | None, Query(description="Only this operation.")] = None,
    as_of: AsOf = None,
    format_: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> QuantitySums:
    """What was made: good, scrap and rework, by whatever is asked for. Every level adds up to the part."""
    keys = [name for name in KEYS if name in by.split(",")]
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, as_of) as known:
        window = given_window(from_, to, known.now_us)
        calendar = await read_calendar(conn, context.plant.site)
        asked = Asked(keys, order, operation)
        rows = await summed(conn, context.plant, calendar, window, known, asked)
    # Made of our own decimals, thousands at once: nothing in them is to be checked.
    items = [QuantitySum.model_construct(**row) for row in sums(rows) if not nothing(row)]
    if format_ != "json":
        content, kind = table(keys, items, format_)
        headers = {"Content-Disposition": f'attachment; filename="quantities.{format_}"'}
        return Response(content, media_type=kind, headers=headers)  # type: ignore[return-value]
    answer = QuantitySums(
        **{"from": from_us(window[0]), "to": from_us(window[1])}, as_of=from_us(known.at_us), items=items
    )
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")  # type: ignore[return-value]


@router.post("/production-quantities")
async def report(context: TheContext, author: TheAuthor, body: QuantityBody, once: TheOnce) -> ReportAnswer:
    """Report good parts, scrap with its reason, or rework of an operation."""
    async with changing(context, once) as conn:
        await need_operation(conn, body.operation, shown=True)
        if body.found_at is not None:
            await need_operation(conn, body.found_at, shown=True)
        answer = await judged(conn, context.plant, await store.report(conn, body, author))
        await once.keep(conn, 200, answer)
        return answer


@router.get("/production-quantities")
async def reported(
    context: TheContext,
    operation: Annotated[UUID | None, Query(description="Only of this operation.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[QuantityAnswer]:
    """What was reported, the newest first; corrections are rows of their own."""
    async with context.pool.connection(LEND_S) as conn:
        return await store.quantities(conn, operation=operation, most=limit)


@router.post("/production-quantities/{id}/correct")
async def correct(
    context: TheContext, author: TheAuthor, id_: RowId, body: QuantityCorrection, once: TheOnce
) -> ReportAnswer:
    """Say what a report should have been; the row that is added carries the difference, who and why."""
    async with changing(context, once) as conn:
        answer = await judged(conn, context.plant, await store.correct(conn, id_, body, author))
        await once.keep(conn, 200, answer)
        return answer


@router.get("/unassigned-parts")
async def unassigned(context: TheContext, from_: From, to: To) -> list[Unassigned]:
    """Parts that machines counted while no operation ran there, by hour; a start with `at` gives them one."""
    window = given_window(from_, to, to_us(datetime.now(UTC)))
    async with context.pool.connection(LEND_S) as conn:
        rows = await store.unassigned(conn, context.plant.machines, window)
    names = list(Unassigned.model_fields)
    ordered = [(row[0], row[2], row[1], *row[3:]) for row in rows]
    return [Unassigned(**dict(zip(names, row, strict=True))) for row in ordered]
