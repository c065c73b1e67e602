"""/alarms: the open alarms, each with a button to acknowledge it."""

from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from contract.sample import to_us
from mes.alarms.models import AcknowledgeBody
from mes.alarms.store import acknowledge, alarms, undelivered_of_channels
from mes.web.access.author import named_in
from mes.web.bounds import Letters, RowId
from mes.web.context import LEND_S, TheContext, who_does
from mes.web.pages import YEAR_S, TheLanguage, form_of, formats_of, page_of
from mes.web.words import words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_ALARMS = 500


@router.get("/alarms")
async def alarm_list(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    shopfloor_name: Annotated[str, Cookie()] = "",
    trouble: Annotated[Letters, Query()] = "",
) -> HTMLResponse:
    """Open alarms, the most urgent first, each with a button to acknowledge it."""
    async with context.pool.connection(LEND_S) as conn:
        found = await alarms(conn, open_=True, limit=MOST_ALARMS + 1)
        channels = await undelivered_of_channels(conn, [channel.id for channel in context.plant.channels])
    more, found = len(found) > MOST_ALARMS, found[:MOST_ALARMS]
    rank = {"high": 0, "medium": 1, "low": 2}
    found.sort(key=lambda alarm: (rank[alarm.priority], alarm.raised_at))
    return page_of(
        request,
        "alarms.html",
        language,
        alarms=found,
        channels=channels,
        more=MOST_ALARMS if more else 0,
        name=unquote(shopfloor_name),
        trouble=words(language).get(trouble, ""),
        aged=formats_of(context, language).aged,
        to_us=to_us,
    )


@router.post("/alarms/{alarm_id}/acknowledge")
async def acknowledge_alarm(request: Request, alarm_id: RowId, context: TheContext) -> Response:
    """Ask for the acknowledgement in the name of the person in the form, and go back to the list."""
    if not context.access.may(request, "alarms"):
        return RedirectResponse("/login?next=/alarms", 303)
    form = await form_of(request)
    name = named_in(request, form)
    try:
        said = AcknowledgeBody(by=name, comment=form.get("comment", "")[:500])
    except ValueError:
        return RedirectResponse("/alarms?trouble=name_needed", 303)
    await acknowledge(context, alarm_id, who_does(context, request, said.by), said.comment)
    answer = RedirectResponse("/alarms", 303)
    answer.set_cookie("shopfloor_name", quote(name), max_age=YEAR_S, samesite="lax")
    return answer
