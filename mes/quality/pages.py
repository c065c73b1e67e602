"""/quality: what is due, what is held, the last results; and the form in which an inspection is entered, gloves on."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, unquote
from uuid import UUID, uuid4

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from contract.sample import to_us
from mes.quality.due import COMPUTED, Due
from mes.quality.entry import fields_of, typed_results
from mes.quality.models import InspectionBody, PlanAnswer
from mes.quality.models_defects import HoldBody, ReleaseBody
from mes.quality.store_due import due_now
from mes.quality.store_holds import holds, place_hold, release_hold
from mes.quality.store_inspections import inspections, record
from mes.quality.store_plans import plan_of, plans
from mes.web.access.author import author_named, named_in
from mes.web.bounds import Letters, PlantId
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import YEAR_S, TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem, mistake
from mes.web.quantity import plain
from mes.web.words import words
from mes.web.workers import HeavyPage

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
heavy = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=HeavyPage)
SHOWN = 10
MOST_FIELDS = 600
Place = Annotated[PlantId | None, Query()]
Name = Annotated[str, Cookie()]


@heavy.get("/quality")
async def overview(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    shopfloor_name: Name = "",
    trouble: Annotated[Letters, Query()] = "",
    recorded: Annotated[Letters, Query()] = "",
) -> HTMLResponse:
    """Due inspections first, then what is held, then the last results."""
    async with context.pool.connection(LEND_S) as conn:
        due = await due_now(conn, context.plant)
        followed = [plan for _, plan in await plans(conn, followed=True, limit=200)]
        held = [hold for _, hold in await holds(conn, open_=True, limit=50)]
        last = [one for _, one in await inspections(conn, limit=SHOWN)]
    formats, w = formats_of(context, language), words(language)
    rank = [Due.DUE, Due.UNKNOWN, Due.NOT_DUE]
    return page_of(
        request,
        "quality.html",
        language,
        due=sorted(due.items, key=lambda row: rank.index(row.due)),
        by_hand=[plan for plan in followed if plan.trigger not in COMPUTED],
        followed=followed,
        held=held,
        last=last,
        machine=_names(context, language),
        name=unquote(shopfloor_name),
        trouble=w.get(f"quality.{trouble}", "") if trouble else "",
        recorded=recorded if f"verdict.{recorded}" in w else "",
        moment=lambda at: formats.moment(to_us(at)),
    )


@router.get("/quality/inspect/{id_}")
async def entry_form(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    id_: UUID,
    machine: Place = None,
    shopfloor_name: Name = "",
) -> HTMLResponse:
    """The fields of a plan, one for each value; a field that stays empty is missing, not zero."""
    async with context.pool.connection(LEND_S) as conn:
        plan = await plan_of(conn, id_)
    typed = {"name": unquote(shopfloor_name), "machine": plan.machine or machine or "", "key": str(uuid4())}
    return _form(request, context, language, plan, typed)


@router.post("/quality/inspect/{id_}")
async def enter(request: Request, context: TheContext, language: TheLanguage, id_: UUID) -> Response:
    """Record what was typed; where something is wrong, the form comes back with all that was typed."""
    if _stranger(request, context):
        return RedirectResponse("/login?next=/quality", 303)
    form, w = await form_of(request, MOST_FIELDS), words(language)
    name = named_in(request, form, "name")
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        plan = await plan_of(conn, id_)
        if not name:
            return _form(request, context, language, plan, form, w["quality.name_first"], 422)
        try:
            machine = form.get("machine", "")
            if machine not in {one.id for one in context.plant.machines}:
                raise mistake("machine", w["quality.which_machine"])
            results = typed_results(plan, form)
            if not results:
                raise mistake("results", w["quality.nothing_typed"])
            body = InspectionBody.model_validate({"plan": id_, "machine": machine, "results": results})
            made = await record(conn, body, author_named(request, name), UUID(form.get("key", "")))
        except Problem as err:
            told = err.errors[0].message if err.errors else err.detail
            return _form(request, context, language, plan, form, told, 422)
        except (ValidationError, ValueError):
            return _form(request, context, language, plan, form, w["quality.no_number"], 422)
    return _back(f"/quality?recorded={made.verdict}", name)


@router.post("/quality/holds")
async def hold(request: Request, context: TheContext) -> Response:
    """Place a hold, in the name of the person in the form; back to the page."""
    if _stranger(request, context):
        return RedirectResponse("/login?next=/quality", 303)
    form = await form_of(request)
    try:
        wish = {key: form[key].strip() for key in ("kind", "subject", "product", "reason") if form.get(key, "").strip()}
        body = HoldBody.model_validate(wish)
        if body.kind == "machine" and body.subject not in {one.id for one in context.plant.machines}:
            return RedirectResponse("/quality?trouble=hold_wrong", 303)
    except ValidationError:
        return RedirectResponse("/quality?trouble=hold_wrong", 303)
    name = named_in(request, form)
    if not name:
        return RedirectResponse("/quality?trouble=name_first", 303)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await place_hold(conn, body, author_named(request, name))
    return _back("/quality", name)


@router.post("/quality/holds/{id_}/release")
async def free(request: Request, context: TheContext, id_: UUID) -> Response:
    """Release a hold with the disposition of the button; back to the page."""
    if _stranger(request, context):
        return RedirectResponse("/login?next=/quality", 303)
    form = await form_of(request)
    name = named_in(request, form)
    if not name:
        return RedirectResponse("/quality?trouble=name_first", 303)
    try:
        body = ReleaseBody.model_validate({"disposition": form.get("disposition"), "why": form.get("why", "").strip()})
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            await release_hold(conn, id_, body, author_named(request, name))
    except (ValidationError, Problem):
        return RedirectResponse("/quality?trouble=release_wrong", 303)
    return _back("/quality", name)


def _form(
    request: Request,
    context: Context,
    language: TheLanguage,
    plan: PlanAnswer,
    typed: Mapping[str, str],
    trouble: str = "",
    status: int = 200,
) -> HTMLResponse:
    values: dict[str, Any] = {
        "plan": plan,
        "fields": fields_of(plan),
        "typed": typed,
        "trouble": trouble,
        "plain": plain,
    }
    return page_of(
        request,
        "quality_inspect.html",
        language,
        status,
        machine=_names(context, language),
        plant=context.plant,
        **values,
    )


def _stranger(request: Request, context: Context) -> bool:
    return not context.access.may(request, "quality")


def _back(path: str, name: str) -> Response:
    answer = RedirectResponse(path, 303)
    answer.set_cookie("shopfloor_name", quote(name), max_age=YEAR_S, samesite="lax")
    return answer


def _names(context: Context, language: str) -> dict[str, str]:
    return {one.id: one.name.en if language == "en" else one.name.zh for one in context.plant.machines}
