"""/rules: the rules of the plant file, how often they spoke, and what one would have done before it is switched on."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from config.load import BadPlantFile
from config.rules.candidate import LONGEST, read_candidate, text_of_rule
from contract.sample import to_us
from mes.alarms.rosters.models import instant
from mes.alarms.store_rules import Trial, ask_trial, rules_in_force, trial
from mes.alarms.trial_strips import strips_of
from mes.web.access.author import author_named, named_in
from mes.web.bounds import PlantId, RowId
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem
from mes.web.words import Language, duration, words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
DAYS = 30
HOURS = (8, 24, 72, 168, 720)
# While it is not answered the page asks again; after this it says that nobody answers.
PATIENCE = timedelta(minutes=2)
MOST_LISTED = 100


@router.get("/rules")
async def rules_page(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    rule: Annotated[PlantId | None, Query()] = None,
    trial_id: Annotated[RowId | None, Query(alias="trial")] = None,
) -> HTMLResponse:
    """All rules; `rule` is written into the form, `trial` is shown with its answer."""
    async with context.pool.connection(LEND_S) as conn:
        asked = None if trial_id is None else await trial(conn, trial_id)
    chosen = next((one for one in context.plant.rules if one.id == rule), None)
    text = asked.rule if asked else text_of_rule(chosen) if chosen else ""
    return await _page(request, context, language, text, asked=asked)


@router.post("/rules/try")
async def try_it(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """Ask alerts what the rule would have done; mistakes in it are shown, and nothing is asked."""
    form = await form_of(request)
    text, hours, ends = form.get("text", "").strip(), form.get("hours", "24"), form.get("ends", "")
    now = datetime.now(UTC)
    end = instant(ends, context.plant.site.zone) if ends else now
    try:
        read_candidate(context.plant, text)
        if end is None or hours not in map(str, HOURS):
            raise BadPlantFile(words(language)["rules.when_wrong"])
        by = author_named(request, named_in(request, form)).text
        id_ = await ask_trial(context, text, end - timedelta(hours=int(hours)), min(end, now), by)
    except BadPlantFile as err:
        return await _page(request, context, language, text[:LONGEST], str(err), status=422)
    except Problem as err:
        return await _page(request, context, language, text[:LONGEST], f"{err.detail} {err.cure}", status=err.status)
    return RedirectResponse(f"/rules?trial={id_}#try", 303)


async def _page(
    request: Request,
    context: Context,
    language: Language,
    text: str,
    trouble: str = "",
    asked: Trial | None = None,
    status: int = 200,
) -> HTMLResponse:
    now = datetime.now(UTC)
    async with context.pool.connection(LEND_S) as conn:
        in_force = await rules_in_force(conn, now - timedelta(days=DAYS))
    formats, w = formats_of(context, language), words(language)
    plant = context.plant
    names = {machine.id: machine.name for machine in plant.machines} | {line.id: line.name for line in plant.lines}
    times = asked.times or [] if asked else []
    return page_of(
        request,
        "rules.html",
        language,
        status,
        rules=plant.rules,
        in_force=in_force,
        days=DAYS,
        hours=HOURS,
        text=text,
        trouble=trouble,
        asked=asked,
        waits=asked is not None and asked.trouble is None and now - asked.at < PATIENCE,
        strips=strips_of(times, to_us(asked.begin), to_us(asked.end)) if asked else [],
        times=times[:MOST_LISTED],
        names=names,
        moment=formats.moment,
        us=to_us,
        length=lambda us: duration(us / 1e6, w),
    )
