"""/api/v1/rosters, /on-call, /escalation-policies, /notification-rules and /skills."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from contract.sample import from_us, to_us
from mes.alarms.rosters.dry_run import calls_of
from mes.alarms.rosters.models import (
    DryRunCall,
    EscalationPolicyAnswer,
    EscalationPolicyBody,
    OnCallAnswer,
    PriorityName,
    RosterAnswer,
    RosterBody,
    RosterOverrideAnswer,
    RosterOverrideBody,
    SkillBody,
    TurnAnswer,
    WayAnswer,
    WayBody,
)
from mes.alarms.rosters.store import all_policies, all_rosters, put_policy, put_roster, read_people
from mes.alarms.rosters.store_own import (
    add_override,
    add_way,
    end_override,
    end_way,
    history,
    open_overrides,
    put_skill,
    skills,
    ways_of,
)
from mes.feed.routes_idempotency import OnceRoute, TheOnce, changing
from mes.web.access.author import TheAuthor
from mes.web.bounds import Instant, PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.models import Page
from mes.web.problems import Problem

router = APIRouter(tags=["alarms"], route_class=OnceRoute)
people = APIRouter(tags=["people"], route_class=OnceRoute)
Id = Annotated[PlantId, Path(alias="id", examples=["mechanics"])]
RowUuid = Annotated[UUID, Path(alias="id")]
LONGEST = timedelta(days=62)
MOST = 1000


@router.get("/rosters")
async def list_rosters(context: TheContext) -> list[RosterAnswer]:
    """All rosters, those that have ended too, each with who is on call now."""
    async with context.pool.connection(LEND_S) as conn:
        return await all_rosters(conn, context.plant)


@router.put("/rosters/{id}")
async def change_roster(
    context: TheContext, author: TheAuthor, id_: Id, body: RosterBody, once: TheOnce
) -> RosterAnswer:
    """Make or change a roster; `active: false` ends it."""
    async with changing(context, once) as conn:
        made = await put_roster(conn, context.plant, id_, body, author)
        await once.keep(conn, 200, made)
        return made


@router.get("/roster-overrides")
async def list_overrides(context: TheContext) -> list[RosterOverrideAnswer]:
    """Overrides that hold now or later."""
    async with context.pool.connection(LEND_S) as conn:
        return await open_overrides(conn)


@router.post("/rosters/{id}/overrides", status_code=201)
async def override(
    context: TheContext, author: TheAuthor, id_: Id, body: RosterOverrideBody, once: TheOnce
) -> Page[RosterOverrideAnswer]:
    """Somebody is on call beside the others, is not, or in place of another, for a span of time; what holds then."""
    async with changing(context, once) as conn:
        await add_override(conn, id_, body, author)
        made = Page[RosterOverrideAnswer](items=await open_overrides(conn), next_cursor=None)
        await once.keep(conn, 201, made)
        return made


@router.post("/roster-overrides/{id}/end")
async def take_back(context: TheContext, author: TheAuthor, id_: RowUuid, once: TheOnce) -> Page[RosterOverrideAnswer]:
    """It holds no more; what holds then."""
    async with changing(context, once) as conn:
        await end_override(conn, id_, author)
        made = Page[RosterOverrideAnswer](items=await open_overrides(conn), next_cursor=None)
        await once.keep(conn, 200, made)
        return made


@router.get("/on-call")
async def on_call_at(
    context: TheContext, at: Annotated[Instant | None, Query(description="Left out: now.")] = None
) -> list[OnCallAnswer]:
    """Who is on call by each roster at an instant, of the future too."""
    asked = at or datetime.now(UTC)
    async with context.pool.connection(LEND_S) as conn:
        could_be = await read_people(conn, context.plant, asked)
    return [
        OnCallAnswer(roster=id_, at=asked, persons=list(could_be.who(id_, to_us(asked)))) for id_ in could_be.rosters
    ]


@router.get("/on-call/turns")
async def turns_between(
    context: TheContext, from_: Annotated[Instant, Query(alias="from")], to: Annotated[Instant, Query()]
) -> list[TurnAnswer]:
    """Who is on call when by each roster, at most 62 days."""
    _need_span(from_, to)
    async with context.pool.connection(LEND_S) as conn:
        could_be = await read_people(conn, context.plant, from_)
    return [
        TurnAnswer.model_validate({"roster": id_, "from": from_us(start), "to": from_us(end), "persons": list(persons)})
        for id_ in could_be.rosters
        for start, end, persons in could_be.turns(id_, to_us(from_), to_us(to))
    ]


@router.get("/on-call/history")
async def who_was(
    context: TheContext, from_: Annotated[Instant, Query(alias="from")], to: Annotated[Instant, Query()]
) -> list[TurnAnswer]:
    """Who was on call, as alerts has noted it when it was so; the newest first, at most a thousand."""
    _need_span(from_, to)
    async with context.pool.connection(LEND_S) as conn:
        found = await history(conn, from_, to, MOST)
    now = datetime.now(UTC)
    return [
        TurnAnswer.model_validate({"roster": roster, "from": start, "to": end or now, "persons": [person]})
        for roster, person, start, end in found
    ]


@router.get("/on-call/dry-run")
async def who_would_be_called(
    context: TheContext,
    policy: PlantId,
    at: Annotated[Instant, Query(examples=["2026-12-24T02:10:00Z"])],
    priority: PriorityName = "high",
    hours: Annotated[int, Query(ge=1, le=48)] = 4,
) -> list[DryRunCall]:
    """Whom an alarm of this policy and priority that is raised then would call while nobody acknowledges it."""
    async with context.pool.connection(LEND_S) as conn:
        could_be = await read_people(conn, context.plant, at)
        ways = await ways_of(conn)
    found = could_be.policies.get(policy)
    if found is None:
        known = ", ".join(could_be.policies) or "none"
        raise Problem(404, f"There is no policy '{policy}'.", f"Known are {known}.")
    span = to_us(at), to_us(at + timedelta(hours=hours))
    return calls_of(found, span, could_be.who, ways, priority, context.plant)


@router.get("/escalation-policies")
async def list_policies(context: TheContext) -> list[EscalationPolicyAnswer]:
    """All policies, those that have ended too."""
    async with context.pool.connection(LEND_S) as conn:
        return await all_policies(conn)


@router.put("/escalation-policies/{id}")
async def change_policy(
    context: TheContext, author: TheAuthor, id_: Id, body: EscalationPolicyBody, once: TheOnce
) -> EscalationPolicyAnswer:
    """Make or change a policy; a rule's `owner` names it. `active: false` ends it."""
    async with changing(context, once) as conn:
        made = await put_policy(conn, context.plant, id_, body, author)
        await once.keep(conn, 200, made)
        return made


@router.get("/notification-rules")
async def list_ways(context: TheContext) -> list[WayAnswer]:
    """How everybody wants to be called."""
    async with context.pool.connection(LEND_S) as conn:
        return await ways_of(conn)


@router.post("/notification-rules", status_code=201)
async def call_by(context: TheContext, author: TheAuthor, body: WayBody, once: TheOnce) -> WayAnswer:
    """How somebody wants to be called for alarms of a priority."""
    async with changing(context, once) as conn:
        made = await add_way(conn, context.plant, body, author)
        await once.keep(conn, 201, made)
        return made


@router.post("/notification-rules/{id}/end")
async def call_no_more(context: TheContext, author: TheAuthor, id_: RowUuid, once: TheOnce) -> Page[WayAnswer]:
    """It holds no more; what holds then."""
    async with changing(context, once) as conn:
        await end_way(conn, id_, author)
        made = Page[WayAnswer](items=await ways_of(conn), next_cursor=None)
        await once.keep(conn, 200, made)
        return made


@people.get("/skills")
async def list_skills(context: TheContext) -> list[SkillBody]:
    """What everybody can do."""
    async with context.pool.connection(LEND_S) as conn:
        return await skills(conn)


@people.put("/skills")
async def change_skill(context: TheContext, author: TheAuthor, body: SkillBody, once: TheOnce) -> Page[SkillBody]:
    """What somebody can do from now on; what everybody can do then."""
    async with changing(context, once) as conn:
        await put_skill(conn, body, author)
        made = Page[SkillBody](items=await skills(conn), next_cursor=None)
        await once.keep(conn, 200, made)
        return made


def _need_span(start: datetime, end: datetime) -> None:
    if not timedelta(0) < end - start <= LONGEST:
        raise Problem(422, "query.to: not after 'from', or more than 62 days later.", "Ask for a shorter span.")
