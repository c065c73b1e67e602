"""/on-call: who is called now, who is next, what a night would look like; rosters, policies and one's own ways."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from config.on_call.rows import People
from contract.sample import to_us
from mes.alarms.rosters.calendar_file import calendar_of_turns
from mes.alarms.rosters.dry_run import calls_of
from mes.alarms.rosters.models import instant
from mes.alarms.rosters.store import all_policies, all_rosters, names_of, read_people, rows
from mes.alarms.rosters.store_own import feed_holder, history, open_overrides, ways_of
from mes.web.bounds import Letters, PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of
from mes.web.problems import Problem
from mes.web.words import words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
AHEAD, BEFORE = timedelta(days=14), timedelta(days=14)
FEED_AHEAD, FEED_BACK = timedelta(days=120), timedelta(days=31)
DRY_HOURS = timedelta(hours=4)


@router.get("/on-call")
async def on_call_page(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    at: Annotated[str, Query(max_length=16, pattern=r"^[0-9T:-]*$", description="By the site's clock.")] = "",
    policy: Annotated[PlantId | None, Query()] = None,
    priority: Annotated[str, Query(pattern="^(low|medium|high)$", max_length=6)] = "high",
    trouble: Annotated[Letters, Query()] = "",
    feed: Annotated[Letters, Query(description="A new secret, shown once.")] = "",
) -> HTMLResponse:
    """Now, the next two weeks, and a dry run where one is asked for."""
    plant, now = context.plant, datetime.now(UTC)
    zone = ZoneInfo(plant.site.zone)
    signed_on = context.access.signed_on(request)
    asked = instant(at, plant.site.zone)
    async with context.pool.connection(LEND_S) as conn:
        people = await read_people(conn, plant, min(now, asked or now))
        rosters, policies = await all_rosters(conn, plant), await all_policies(conn)
        overrides, everybody = await open_overrides(conn), await rows(conn, "all_names")
        ways, was = await ways_of(conn), await history(conn, now - BEFORE, now, 50)
        numbers = {one for roster in rosters for turn in roster.rotations for one in turn.members}
        numbers |= {one.holder for one in overrides} | {one.instead_of for one in overrides if one.instead_of}
        names = await names_of(conn, numbers | {way.holder for way in ways} | {person for _, person, _, _ in was})
    if at and asked is None:
        trouble = "refused"
    chosen = policy or next(iter(people.policies), None)
    calls = None
    if asked is not None and chosen is not None and chosen in people.policies:
        span = to_us(asked), to_us(asked + DRY_HOURS)
        calls = calls_of(people.policies[chosen], span, people.who, ways, priority, plant)
    formats = formats_of(context, language)
    return page_of(
        request,
        "on_call.html",
        language,
        rosters=[one for one in rosters if one.active],
        ended=[one for one in rosters if not one.active],
        policies=[one for one in policies if one.active],
        turns={id_: people.turns(id_, to_us(now), to_us(now + AHEAD))[:8] for id_ in people.rosters},
        overrides=overrides,
        was=was,
        everybody=everybody,
        own=[way for way in ways if signed_on is not None and way.holder == signed_on.number],
        titles={one.id: one.name.zh if language == "zh" else one.name.en for one in rosters},
        name=lambda number: names.get(number, number),
        names_of=lambda numbers: ", ".join(names.get(number, number) for number in numbers),
        moment=formats.moment,
        us=to_us,
        shifts=plant.site.shifts,
        channels=[channel.id for channel in plant.channels],
        calls=calls,
        asked={"at": at, "policy": chosen, "priority": priority},
        today=now.astimezone(zone).date(),
        feed=str(request.url_for("own_shifts", secret=feed)) if feed else "",
        trouble=words(language).get(f"oncall.{trouble}", "") if trouble else "",
    )


@router.get("/on-call/{secret}.ics", name="own_shifts")
async def own_shifts(context: TheContext, secret: Annotated[Letters, Path(min_length=20, max_length=100)]) -> Response:
    """A person's turns of the last month and the next four, for a calendar program; the address is the secret."""
    now = datetime.now(UTC)
    async with context.pool.connection(LEND_S) as conn:
        found = await feed_holder(conn, secret)
        if found is None:
            raise Problem(404, "There is no such calendar.", "Make a new address on /on-call.")
        people = await read_people(conn, context.plant, now - FEED_BACK)
        titles = {one.id: one.name for one in await all_rosters(conn, context.plant)}
    holder, language = found
    w = words("zh" if language == "zh" else "en")
    turns = [
        (titles[id_].zh if language == "zh" else titles[id_].en, start, end)
        for id_, start, end in _own(people, holder, to_us(now - FEED_BACK), to_us(now + FEED_AHEAD))
    ]
    content = calendar_of_turns(turns, w["oncall.title"], w["oncall.event"], now)
    return Response(content, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "no-store"})


def _own(people: People, holder: str, start: int, end: int) -> list[tuple[str, int, int]]:
    """The spans in which somebody is on call, whoever else is."""
    found: list[tuple[str, int, int]] = []
    for id_ in people.rosters:
        for a, b, persons in people.turns(id_, start, end):
            if holder not in persons:
                continue
            if found and found[-1][0] == id_ and found[-1][2] == a:
                found[-1] = (id_, found[-1][1], b)
            else:
                found.append((id_, a, b))
    return found


def forms_of(form: dict[str, str], nth: int) -> dict[str, Any]:
    """The fields of one line of a form, without its number."""
    end = f"-{nth}"
    return {name.removesuffix(end): value.strip() for name, value in form.items() if name.endswith(end)}
