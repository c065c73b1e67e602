"""/acknowledge: the link of a message. Looking at it shows the alarm; only its button acts, and once."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field, TypeAdapter, ValidationError

from contract.sample import to_us
from mes.alarms.store_links import LinkNow, LinkUsed, link_now, use_link
from mes.web.bounds import PersonName
from mes.web.context import Context, TheContext
from mes.web.pages import TheLanguage, form_of, formats_of, page_of
from mes.web.words import Language
from runtime.action_link import PATH

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_LINK = 400
TheLink = Annotated[str, Field(max_length=MOST_LINK, pattern=r"^[A-Za-z0-9._-]*$"), Query()]
NAME: TypeAdapter[str] = TypeAdapter(PersonName)


@router.get(PATH)
async def look(request: Request, context: TheContext, language: TheLanguage, link: TheLink = "") -> HTMLResponse:
    """The alarm of the link and a button; chat programs ask for each link that they show, and change nothing."""
    return await _page(request, context, language, link)


@router.post(PATH)
async def press(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """Acknowledge, in the name of the message's receiver; one of a group says who they are."""
    form = await form_of(request)
    text = form.get("link", "")[:MOST_LINK]
    now = await link_now(context, text)
    if now.link is None or now.trouble:
        return _shown(request, context, language, text, now)
    try:
        by = now.link.person or NAME.validate_python(form.get("name", "").strip())
    except ValidationError:
        return _shown(request, context, language, text, now, "name_needed")
    with suppress(LinkUsed):
        await use_link(context, now.link, by)
    return await _page(request, context, language, text)


async def _page(request: Request, context: Context, language: Language, text: str) -> HTMLResponse:
    return _shown(request, context, language, text, await link_now(context, text))


def _shown(
    request: Request, context: Context, language: Language, text: str, now: LinkNow, trouble: str = ""
) -> HTMLResponse:
    formats = formats_of(context, language)
    return page_of(
        request,
        "acknowledge_link.html",
        language,
        404 if now.alarm is None else 422 if trouble else 200,
        now=now,
        text=text,
        trouble=trouble,
        moment=lambda at: formats.moment(to_us(at)),
        rule=next((rule for rule in context.plant.rules if now.alarm and rule.id == now.alarm.rule), None),
    )
