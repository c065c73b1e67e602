"""Many orders in one transaction, each with a savepoint of its own: a wrong one stops no other."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from config.plant import Plant
from mes.orders.models_bulk import BulkAnswer, OrderRow, RowAnswer
from mes.orders.order_table import WrongCell
from mes.orders.store import Batch, hold_orders, put_order
from mes.orders.store_operations import Refused
from mes.orders.store_steps import Misfit, unknown_in
from mes.web.access.author import Author
from mes.web.problems import Problem, body_of, mistake, wrong_input
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders.products")


async def put_orders(
    conn: Connection, plant: Plant, rows: Sequence[Any], author: Author, *, dry_run: bool
) -> BulkAnswer:
    """Take what can be taken of the rows, each an object or a WrongCell; nothing is kept of a dry run.

    An order that two rows give unlike values is taken as the first has it: nobody knows which one is meant.
    """
    read = _first_only([_read(row) for row in rows])
    ids = sorted({one.id for one in read if isinstance(one, OrderRow)})
    told: dict[int, RowAnswer] = {}
    async with conn.transaction(force_rollback=dry_run):
        # One batch at a time, its orders by id: two of them never wait for each other.
        await conn.execute(SQL["lock_batch"].encode())
        batch = Batch(await hold_orders(conn, ids))
        for index in sorted(range(len(rows)), key=lambda index: (_key(rows[index]) or "", index)):
            status, problem = await _put(conn, plant, read[index], author, batch)
            body = None if problem is None else body_of(problem, f"rows.{index}")
            told[index] = RowAnswer(index=index, key=_key(rows[index]), status=status, problem=body)
    taken = sum(one.problem is None for one in told.values())
    return BulkAnswer(dry_run=dry_run, taken=taken, rows=[told[index] for index in range(len(rows))])


def _first_only(read: Sequence[OrderRow | Problem]) -> list[OrderRow | Problem]:
    """The same, but a Problem for what another row has said otherwise."""
    first: dict[str, int] = {}
    found: list[OrderRow | Problem] = []
    for index, row in enumerate(read):
        before = first.setdefault(row.id, index) if isinstance(row, OrderRow) else index
        if isinstance(row, Problem) or row == read[before]:
            found.append(row)
            continue
        words = f"Order '{row.id}' stands in row {before}, too, with other values: leave one out."
        found.append(mistake("id", words))
    return found


def _read(row: Any) -> OrderRow | Problem:
    if isinstance(row, WrongCell):
        return mistake(row.column, row.cure)
    if not isinstance(row, dict):
        return mistake("row", 'Give an object, such as {"id": "WO-1042", "product": "bracket-a"}.')
    try:
        return OrderRow.model_validate(row)
    except ValidationError as err:
        return wrong_input(err.errors())


async def _put(
    conn: Connection, plant: Plant, row: OrderRow | Problem, author: Author, batch: Batch
) -> tuple[int, Problem | None]:
    """The status of a row, and why it was not taken."""
    try:
        if isinstance(row, Problem):
            raise row
        wrong = await unknown_in(conn, plant, row, batch.products)
        if wrong:
            raise mistake(*wrong)
        return 201 if await put_order(conn, row.id, row, author, batch) else 200, None
    except Misfit as misfit:
        return 422, mistake(misfit.key, misfit.text)
    except Refused as refused:
        return 409, Problem(409, refused.detail, refused.cure)
    except Problem as problem:
        return problem.status, problem


def _key(row: Any) -> str | None:
    found = row.key if isinstance(row, WrongCell) else row.get("id") if isinstance(row, dict) else None
    return found.encode("utf-8", "backslashreplace").decode()[:64] if isinstance(found, str) else None
