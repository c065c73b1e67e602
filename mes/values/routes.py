"""/api/v1/equipment/{id}/tags, /values: what a machine's tags are, and their samples."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from contract.sample import from_us, to_us
from mes.values import store
from mes.values.models import TagSource, ValuesAnswer
from mes.values.store_told import told_of
from mes.values.table import table
from mes.values.tags import chosen, sources
from mes.web.bounds import ONE_LINE
from mes.web.context import LEND_S, TheContext
from mes.web.equipment import machine_of
from mes.web.models import Page
from mes.web.snapshot import AsOf
from mes.web.store_evaluation import EquipmentId
from mes.web.windows import From, To, given_window
from mes.web.workers import HeavyRoute

router = APIRouter(tags=["equipment"])
heavy = APIRouter(tags=["equipment"], route_class=HeavyRoute)
MOST_TAGS = 20
FEWEST_POINTS, POINTS, MOST_POINTS = 100, 1000, 10_000
CSV = "text/csv; charset=utf-8"
Name = Annotated[str, Query(max_length=63, pattern=ONE_LINE)]


@router.get("/equipment/{id}/tags")
async def tags(context: TheContext, id_: EquipmentId) -> Page[TagSource]:
    """The tags of a machine: role, unit, and where their values come from."""
    return Page(items=sources(context.plant, machine_of(context.plant, id_)), next_cursor=None)


@heavy.get("/equipment/{id}/values", responses={200: {"content": {CSV: {}}}})
async def values(
    context: TheContext,
    id_: EquipmentId,
    *,
    tag: Annotated[
        list[Name],
        Query(
            min_length=1,
            max_length=MOST_TAGS,
            description="Names of tags; give it once for each.",
            examples=[["temperature"]],
        ),
    ],
    from_: From,
    to: To,
    points: Annotated[
        int,
        Query(ge=FEWEST_POINTS, le=MOST_POINTS, description="So many points of each tag at most; four make a bucket."),
    ] = POINTS,
    as_of: AsOf = None,
    format_: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> ValuesAnswer:
    """Samples as they are where they fit in `points`, else buckets with first, least, greatest and last.

    No extreme is lost, and where no value is known is a gap: nothing is drawn across it.
    Samples whose time cannot be true are left out.
    """
    machine = machine_of(context.plant, id_)
    wanted = chosen(machine, tag)
    async with (
        context.pool.connection(LEND_S) as conn,
        store.reading(conn, id_, wanted, (from_, to), as_of) as found,
    ):
        window = given_window(from_, to, to_us(found.at))
        told = [
            await told_of(context.plant, machine, one, found, series, window, points)
            for one, series in zip(wanted, found.series, strict=True)
        ]
    if format_ == "csv":
        headers = {"Content-Disposition": 'attachment; filename="values.csv"'}
        return Response(table(told), media_type=CSV, headers=headers)  # type: ignore[return-value]
    return ValuesAnswer(equipment=id_, from_=from_us(window[0]), to=from_us(window[1]), as_of=found.at, tags=told)
