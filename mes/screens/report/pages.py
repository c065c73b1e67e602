"""/report: any shift, production day, week or month of the site, a line or machine; on screen, paper, and as a file."""

from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from mes.people.notes.models import NoteBody
from mes.people.notes.store import add_note
from mes.screens.report.document import can_print, pdf_of
from mes.screens.report.render import values_of
from mes.screens.report.report import Wanted
from mes.screens.report.store_report import read_report
from mes.screens.report.table import MEDIA, csv_of, file_name, xlsx_of
from mes.web.access.author import author_named, named_in
from mes.web.bounds import Day, PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, form_of, page_of
from mes.web.problems import Problem, mistake, wrong_input
from mes.web.quantity import Number
from mes.web.snapshot import AsOf
from mes.web.words import words
from mes.web.workers import HeavyPage

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
heavy = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=HeavyPage)
FILES = ("pdf", "xlsx", "csv")


@heavy.get("/report")
async def report(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    equipment: Annotated[PlantId | None, Query(description="Left out: the site.")] = None,
    period: Annotated[Literal["shift", "day", "week", "month"], Query()] = "shift",
    day: Annotated[Day | None, Query(description="Of the period's days one; left out: the newest.")] = None,
    shift: Annotated[str | None, Query(max_length=64, pattern="^[a-z0-9-]*$")] = None,
    product: Annotated[Number | Literal[""], Query(description="Of one product alone; left out: of all.")] = "",
    as_of: AsOf = None,
    format_: Annotated[Literal["html", "pdf", "xlsx", "csv"], Query(alias="format")] = "html",
) -> Response:
    """The report, all of it as known at one instant; that instant in the address gives it again."""
    wanted = Wanted(equipment or context.plant.site.id, period, day, shift or None, product or None, as_of)
    found = await read_report(context, wanted)
    if format_ in ("csv", "xlsx"):
        content = csv_of(found, language) if format_ == "csv" else xlsx_of(found, language)
        return _file(content, format_, file_name(found, format_))
    files = [kind for kind in FILES if kind != "pdf" or can_print()]
    values = values_of(found, language) | {"files": files, "explain": lambda id_: f"/explain?result_id={id_}"}
    page = page_of(request, "report.html", language, **values)
    if format_ == "html":
        return page
    if not can_print():
        raise Problem(404, words(language)["report.no_pdf"], "Print the page, or ask for xlsx or csv.")
    return _file(pdf_of(bytes(page.body).decode()), "pdf", file_name(found, "pdf"))


@router.post("/report/notes")
async def write_note(request: Request, context: TheContext) -> Response:
    """A note for the next shift, and back to the report."""
    form = await form_of(request)
    name = named_in(request, form)
    back = f"/report?{urlencode([('equipment', form.get('of', '')), *parse_qsl(form.get('back', ''))])}"
    said = {"equipment": form.get("equipment"), "day": form.get("day"), "note": form.get("note", "").strip()}
    if not name:
        raise mistake("by", "Write your name: it is kept with the note.")
    try:
        body = NoteBody.model_validate(said | {"shift": form.get("shift") or None})
    except ValidationError as err:
        raise wrong_input(err.errors()) from err
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await add_note(conn, body, author_named(request, name))
    return RedirectResponse(back, 303)


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=MEDIA[kind], headers=headers)
