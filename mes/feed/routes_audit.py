"""/api/v1/audit-entries: who did what, and whether it is as it was written."""

from typing import Annotated

from fastapi import APIRouter, Query

from mes.feed.models_audit import AuditEntry
from mes.feed.store_audit_entries import Wanted, audit_entries
from mes.web import cursor as cursors
from mes.web.bounds import ONE_LINE, Instant
from mes.web.context import LEND_S, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.models import Page

router = APIRouter(tags=["access"])
LIST = "audit-entries"


@router.get("/audit-entries")
async def list_audit_entries(
    context: TheContext,
    subject: Annotated[
        str | None, Query(max_length=200, pattern=ONE_LINE, description="Only of this.", examples=["order/WO-1042"])
    ] = None,
    person: Annotated[str | None, Query(max_length=80, pattern=ONE_LINE, description="Only by this person.")] = None,
    client: Annotated[str | None, Query(max_length=100, pattern=ONE_LINE, description="Only by this program.")] = None,
    from_: Annotated[Instant | None, Query(alias="from", description="Only since then, included.")] = None,
    to: Annotated[Instant | None, Query(description="Only until then, excluded.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AuditEntry]:
    """Acts of persons and programs, the newest first; one is listed as soon as it is sealed, within seconds."""
    before = None if cursor is None else cursors.decode(LIST, cursor)
    wanted = Wanted(subject, person, client, from_, to, before, limit + 1)
    async with context.pool.connection(LEND_S) as conn:
        found = await audit_entries(conn, wanted, context.settings.audit_key)
    more = len(found) > limit
    return Page(items=found[:limit], next_cursor=cursors.encode(LIST, found[limit - 1].position) if more else None)
