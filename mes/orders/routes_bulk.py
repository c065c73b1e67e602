"""/api/v1/bulk/orders: many orders at once, as JSON or as a table."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from config.tables.table_file import BadTable
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.feed.store_idempotency import Once
from mes.orders.models_bulk import MOST_ROWS, BulkAnswer, BulkBody
from mes.orders.order_table import WrongCell, rows_of
from mes.orders.store_bulk import put_orders
from mes.web.access.author import Author, TheAuthor
from mes.web.context import LEND_S, Context, TheContext
from mes.web.problems import mistake

router = APIRouter(tags=["orders"], route_class=OnceRoute)
DryRun = Annotated[bool, Query(description="true: do all of it, say what comes of it, and keep nothing.")]
A_TABLE = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string", "format": "binary", "maxLength": 2**20}},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                "schema": {"type": "string", "format": "binary", "maxLength": 2**20}
            },
        },
    }
}


@router.post("/bulk/orders")
async def many(
    context: TheContext, author: TheAuthor, body: BulkBody, once: TheOnce, dry_run: DryRun = False
) -> BulkAnswer:
    """Make or change up to 1,000 orders within 1 MiB. A row that is not taken stops no other; 200 does not mean all."""
    return await _put(context, body.rows, author, once, dry_run=dry_run)


@router.post("/bulk/orders/file", openapi_extra=A_TABLE)
async def many_of_a_file(
    context: TheContext, request: Request, author: TheAuthor, once: TheOnce, dry_run: DryRun = False
) -> BulkAnswer:
    """The same from a CSV or xlsx file, which is the body itself; the first row names the columns.

    Columns: id, product, quantity, due_at, and unit, machine, line, priority, customer_reference, project,
    external_system, external_number; or their Chinese names. Times without a zone are those of the site.
    """
    try:
        rows = rows_of(await request.body(), context.plant.site.zone)
    except BadTable as err:
        raise mistake("body", f"The file {err}.") from err
    if not 0 < len(rows) <= MOST_ROWS:
        raise mistake("body", f"The file has {len(rows)} orders: give 1 to {MOST_ROWS}.")
    return await _put(context, rows, author, once, dry_run=dry_run)


async def _put(
    context: Context, rows: Sequence[dict[str, Any] | WrongCell], author: Author, once: Once, *, dry_run: bool
) -> BulkAnswer:
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        if dry_run:
            return await put_orders(conn, context.plant, rows, author, dry_run=True)
        await once.begin(conn)
        answer = await put_orders(conn, context.plant, rows, author, dry_run=False)
        await once.keep(conn, 200, answer)
        return answer
