"""/tags: each tag with its value now, quality, source, three times and age."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from contract.sample import to_us
from mes.screens.band import LOOKS
from mes.screens.engineer.live_tags import chosen, live
from mes.screens.engineer.live_tags import page_of as part_of
from mes.screens.engineer.store import newest_samples
from mes.web.bounds import ONE_LINE, PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
ON_A_PAGE = 60


@router.get("/tags")
async def tags(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    q: Annotated[str, Query(max_length=80, pattern=ONE_LINE)] = "",
    machine: Annotated[PlantId | None, Query()] = None,
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """A page of them, those that fit the words of the filter."""
    found = chosen(context.plant, q, machine)
    shown, pages = part_of(found, number, ON_A_PAGE)
    now_us = to_us(datetime.now(UTC))
    async with context.pool.connection(LEND_S) as conn:
        newest = await newest_samples(conn, shown, now_us)
    formats = formats_of(context, language)
    return page_of(
        request,
        "tags.html",
        language,
        rows=live(context.plant, shown, newest, now_us),
        all=len(found),
        q=q,
        machine=machine,
        machines=context.plant.machines,
        number=number,
        pages=pages,
        place=lambda n: f"/tags?{urlencode({k: v for k, v in (('q', q), ('machine', machine), ('page', n)) if v})}",
        exact=formats.exact,
        aged=formats.aged,
        looks=LOOKS,
    )
