"""/figures: how quickly the product answers, what of it is used, and how much of data and entries is faulty."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from mes.screens.figures.store import data_days, days, entry_days, features
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, page_of
from mes.web.workers import HeavyPage

heavy = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=HeavyPage)
SPANS = (7, 30)


@heavy.get("/figures")
async def figures(
    request: Request, context: TheContext, language: TheLanguage, span: Annotated[Literal["7", "30"], Query()] = "7"
) -> HTMLResponse:
    """The last days, today among them."""
    since = datetime.now(UTC).date() - timedelta(days=int(span) - 1)
    async with context.pool.connection(LEND_S) as conn:
        return page_of(
            request,
            "figures.html",
            language,
            span=int(span),
            spans=SPANS,
            features=await features(conn, since),
            days=await days(conn, since),
            data=await data_days(conn, since),
            entries=await entry_days(conn, since),
            share=_share,
        )


def _share(number: float | None) -> str:
    """A share as per cent; small ones are not rounded to nothing."""
    if number is None:
        return "–"
    return f"{number * 100:.2g} %" if 0 < number < 0.01 else f"{number * 100:.1f} %"
