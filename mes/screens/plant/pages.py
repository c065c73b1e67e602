"""/plant: the plant file with its lines, the last difference, and a check before it is applied."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from contract.sample import to_us
from mes.plant_file.review import difference, review
from mes.plant_file.store import apply, sha256_of, text_now, text_of, versions
from mes.web.access.author import author_named, named_in
from mes.web.bounds import RowId
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem
from mes.web.render import version as files_version
from mes.web.words import Language

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_BYTES = 1_048_576


@router.get("/plant")
async def plant(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    version: Annotated[RowId | None, Query()] = None,
    applied: Annotated[RowId | None, Query()] = None,
) -> HTMLResponse:
    """The file as it stands on disk, or one of the last ones; and what the last change was."""
    now = text_now(context.settings.plant)
    async with context.pool.connection(LEND_S) as conn:
        known = await versions(conn)
        shown = now if version is None else await text_of(conn, version)
        before = await text_of(conn, known[1].version) if len(known) > 1 else None
        last = None if before is None else difference(before, await text_of(conn, known[0].version))
    formats = formats_of(context, language)
    return page_of(
        request,
        "plant.html",
        language,
        text=shown,
        lines=shown.splitlines(),
        seen=sha256_of(now),
        versions=known,
        version=version,
        applied=applied,
        by_hand=bool(known) and known[0].sha256 != sha256_of(now),
        last=last,
        path=context.settings.plant,
        files=files_version(),
        moment=lambda at: formats.moment(to_us(at)),
    )


@router.post("/plant/check")
async def check(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """What is wrong with a text, and what it would change; nothing is written."""
    form = await form_of(request, most_bytes=2 * MOST_BYTES)
    return checked_page(request, context, language, _lines_of(form.get("text", "")), form, "")


def checked_page(
    request: Request, context: Context, language: Language, new: str, form: dict[str, str], then: str
) -> HTMLResponse:
    """The page on which a plant file is looked at before it is applied; `then`: where to go after that."""
    now = text_now(context.settings.plant)
    seen = review(now, new, context.plant.site.id)
    return page_of(
        request,
        "plant_check.html",
        language,
        200 if not seen.mistakes else 422,
        found=seen,
        text=new,
        lines=new.splitlines(),
        marked={message.line for message in seen.mistakes},
        seen=sha256_of(now),
        name=named_in(request, form),
        then=then,
        tags=0 if seen.plant is None else sum(len(machine.tags) for machine in seen.plant.machines),
    )


@router.post("/plant/apply")
async def apply_it(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """The text that was checked becomes the plant file; the services read it at once."""
    if not context.access.may(request, "admin"):
        return RedirectResponse("/login?next=/plant", 303)
    form = await form_of(request, most_bytes=2 * MOST_BYTES)
    name = named_in(request, form)
    if not name:
        raise Problem(422, "Write your name: it is kept with the version.")
    text, why = _lines_of(form.get("text", "")), form.get("why", "").strip()[:200]
    version = await apply(context, text, form.get("seen", ""), why, author_named(request, name))
    then = form.get("then", "")
    here = re.fullmatch(r"/(setup|tags\?machine=[a-z0-9_-]{1,63})", then) is not None
    return RedirectResponse(then if here else f"/plant?applied={version}&lang={language}", 303)


def _lines_of(text: str) -> str:
    """Without the carriage returns that a form sends; with an end of the last line."""
    lines = text.replace("\r\n", "\n")
    return lines if lines.endswith("\n") or not lines else lines + "\n"
