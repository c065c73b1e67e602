"""`shopfloor on-call`: who is called at an instant, and by a policy whom an alarm would call, and how."""

import asyncio
from datetime import datetime, timedelta

import psycopg

from config.plant import Plant
from contract.sample import to_us
from mes.alarms.rosters.dry_run import calls_of
from mes.alarms.rosters.store import read_people
from mes.alarms.rosters.store_own import ways_of
from mes.web.problems import Problem
from runtime.database import settings_of


def run(url: str, plant: Plant, at: datetime, policy: str | None, priority: str, lasts: timedelta) -> str:
    """What is to be printed, a line a roster or call; Problem 404 for a policy that is not there."""
    return asyncio.run(_told(url, plant, at, policy, priority, lasts))


async def _told(url: str, plant: Plant, at: datetime, policy: str | None, priority: str, lasts: timedelta) -> str:
    async with await psycopg.AsyncConnection.connect(url, **settings_of("on-call")) as conn:
        people, ways = await read_people(conn, plant, at), await ways_of(conn)
    if policy is None:
        lines = [f"{id_}: {', '.join(people.who(id_, to_us(at))) or 'nobody 无人'}" for id_ in people.rosters]
        return "\n".join(lines) or "no roster 没有值班表"
    if policy not in people.policies:
        raise Problem(404, f"There is no policy '{policy}'.", f"Known are {', '.join(people.policies) or 'none'}.")
    span = to_us(at), to_us(at + lasts)
    calls = calls_of(people.policies[policy], span, people.who, ways, priority, plant)
    lines = []
    for call in calls:
        whom = call.roster or f"group {call.channel}"
        how = "; ".join(call.ways) if call.roster else call.channel
        told = "nobody on call or reachable: the next step follows at once 无人值班" if call.skipped else how
        lines.append(f"{call.at:%Y-%m-%d %H:%M:%SZ} {whom}: {told}")
    return "\n".join(lines) or "nobody would be called 不会呼叫任何人"
