"""/api/v1/restatements: what changed after it was final, why, by whom, and how to read it before and after."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.evidence.store_restatements import restatements
from mes.web import cursor as cursors
from mes.web.bounds import Instant, PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.equipment import machines_of
from mes.web.models import Page, Time

router = APIRouter(tags=["corrections"])


class RestatementAnswer(BaseModel):
    """A change of numbers that were final."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    equipment: str = Field(description="The machine, or the site where all are meant.", examples=["press-1"])
    from_: Time = Field(alias="from", description="What lies before is untouched.")
    to: Time = Field(description="What lies after is untouched, or was not final yet.")
    cause: Literal["late data", "plant file", "edit", "calendar", "ideal cycle", "policy", "transition", "quantity"]
    cause_id: int | None = Field(description="The id of the edit, of the calendar's exception or of the ideal cycle.")
    by: str = Field(examples=["Li Wei"])
    why: str = Field(examples=["seen from the camera"])
    as_of_before: Time = Field(description="Send it as `as_of` to read the numbers as they were told before.")
    as_of_after: Time = Field(description="Send it as `as_of` to read the numbers with this change and none later.")


@router.get("/restatements")
async def list_restatements(
    context: TheContext,
    equipment: Annotated[
        PlantId | None, Query(description="A machine, line or the site; left out: everything.")
    ] = None,
    from_: Annotated[Instant | None, Query(alias="from", description="Only what reaches so far.")] = None,
    to: Annotated[Instant | None, Query(description="Only what begins before.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[RestatementAnswer]:
    """Restatements, the newest first. A window without one is as it was when it became final."""
    asked = {
        "machines": machines_of(context.plant, equipment or context.plant.site.id),
        "from": from_,
        "to": to,
        "before": None if cursor is None else cursors.decode("restatements", cursor),
        "limit": limit + 1,
    }
    async with context.pool.connection(LEND_S) as conn:
        rows = await restatements(conn, asked)
    names = ("id", "equipment", "from_", "to", "cause", "cause_id", "by", "why", "as_of_before", "as_of_after")
    found = [dict(zip(names, row, strict=True)) for row in rows[:limit]]
    items = [RestatementAnswer(**row | {"equipment": row["equipment"] or context.plant.site.id}) for row in found]
    more = len(rows) > limit
    return Page(items=items, next_cursor=cursors.encode("restatements", items[-1].id) if more else None)
