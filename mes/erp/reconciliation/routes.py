"""/api/v1/reconciliation: counter, people, confirmations and ERP side by side, with a certificate of the day."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from mes.erp.reconciliation import store
from mes.erp.reconciliation.models import (
    CertificateAnswer,
    ReconciliationAnswer,
    ReconciliationDay,
    RecordBody,
    SaidAnswer,
    UntakenAnswer,
)
from mes.erp.reconciliation.store import Reconciled
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.orders.wish import OrderName
from mes.web.access.author import TheAuthor
from mes.web.bounds import Day
from mes.web.context import LEND_S, Context, TheContext
from mes.web.problems import Problem
from mes.web.store_snapshot import snapshot_at
from runtime.lending import Connection

router = APIRouter(tags=["reconciliation"], route_class=OnceRoute)
DAY = "A production day."


@router.get("/reconciliation")
async def reconciliation(
    context: TheContext, day: Annotated[Day, Query(description=DAY, examples=["2026-01-31"])]
) -> ReconciliationDay:
    """Every order of a day: what each source says, where they differ, who explains it; and whether the day adds up."""
    async with context.pool.connection(LEND_S) as conn:
        return await day_answer(context, conn, day)


@router.put("/reconciliation/{day}/{order}")
async def record(
    context: TheContext,
    author: TheAuthor,
    day: Annotated[Day, Path(description=DAY)],
    order: Annotated[OrderName, Path(description="An order of that day.")],
    body: RecordBody,
    once: TheOnce,
) -> ReconciliationAnswer:
    """Say why sources differ, or who looks into it. A reason holds until the differences change."""
    async with context.pool.connection(LEND_S) as conn:
        one = await _need(context, conn, day, order)
        async with conn.transaction():
            await once.begin(conn)
            answer = _answer(await store.record(conn, day, one, author, body.owner, body.reason))
            await once.keep(conn, 200, answer)
        return answer


async def day_answer(context: Context, conn: Connection, day: Day) -> ReconciliationDay:
    """A day, for the API and for the page."""
    async with snapshot_at(conn, None) as known:
        found = await store.reconcile(conn, context.plant, day, known)
        return ReconciliationDay(
            day=day,
            items=[_answer(one) for one in found],
            certificate=CertificateAnswer.model_validate(await store.certify(conn, day)),
            untaken=[UntakenAnswer(**row) for row in await store.untaken(conn)],
        )


async def _need(context: Context, conn: Connection, day: Day, order: str) -> Reconciled:
    async with snapshot_at(conn, None) as known:
        found = await store.reconcile(conn, context.plant, day, known)
    for one in found:
        if one.order == order:
            return one
    raise Problem(404, f"Nothing is known of order '{order}' on {day}.", f"GET /api/v1/reconciliation?day={day} first.")


def _answer(one: Reconciled) -> ReconciliationAnswer:
    record = one.record
    return ReconciliationAnswer(
        order=one.order,
        unit=one.unit,
        external_number=one.external_number,
        said={source: SaidAnswer.model_validate(said) for source, said in one.said.items()},
        differences={source: SaidAnswer.model_validate(said) for source, said in one.differences.items()},
        standing=one.standing,
        **{name: record.get(name) for name in ("owner", "reason", "person", "client", "at")},
    )
