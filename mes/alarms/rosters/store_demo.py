"""Who is on call in the demo: two rosters and the policy of its high rules, made once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.plant import Plant
from mes.alarms.rosters.models import EscalationPolicyBody, EscalationStepBody, RosterBody, RotationBody
from mes.alarms.rosters.store import all_policies, all_rosters, put_policy, put_roster
from mes.web.access.author import Author
from mes.web.models import GivenNames
from runtime.lending import Connection

AUTHOR = Author(None, "demo")
# Maintenance and engineering take turns by the week; the supervisor is called where neither answers.
ROSTERS = {
    "mechanics": (GivenNames(en="Mechanics", zh="机修"), ["1003", "1006"]),
    "supervisors": (GivenNames(en="Supervisors", zh="班长"), ["1002"]),
}
POLICY = EscalationPolicyBody(
    name=GivenNames(en="Mechanics, then the supervisor", zh="先机修，后班长"),
    steps=[
        EscalationStepBody(after_min=0, roster="mechanics"),
        EscalationStepBody(after_min=10, roster="supervisors"),
    ],
    repeat_every_min=30,
    repeats=2,
)


async def make_on_call(conn: Connection, plant: Plant) -> None:
    """What has never been there; a roster that somebody has changed or ended stays so."""
    today = datetime.now(ZoneInfo(plant.site.zone)).date()
    monday = today - timedelta(days=today.weekday())
    async with conn.transaction():
        known = {one.id for one in await all_rosters(conn, plant)}
        for id_, (name, members) in ROSTERS.items():
            if id_ not in known:
                turns = RotationBody(members=members, days=7, handover="08:00", first_day=monday)
                await put_roster(conn, plant, id_, RosterBody(name=name, zone=None, rotations=[turns]), AUTHOR)
        if "mechanics" not in {one.id for one in await all_policies(conn)}:
            await put_policy(conn, plant, "mechanics", POLICY, AUTHOR)
