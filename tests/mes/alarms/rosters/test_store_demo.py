"""The demo has rosters and a policy for its high rules from its first start."""

from mes.alarms.rosters.models import EscalationPolicyBody
from mes.alarms.rosters.store import all_policies, all_rosters, put_policy
from mes.alarms.rosters.store_demo import AUTHOR, POLICY, make_on_call
from mes.people.accounts.store_demo import make_people
from tests.mes.house import PLANT, reading


async def test_the_owner_of_each_high_rule_of_the_demo_is_a_policy_that_calls_its_mechanics(database: str) -> None:
    async with reading(database) as conn:
        await make_people(conn, PLANT.site.id)
        await make_on_call(conn, PLANT)
        rosters, policies = await all_rosters(conn, PLANT), {one.id: one for one in await all_policies(conn)}

    assert {rule.owner for rule in PLANT.rules if rule.priority == "high"} == policies.keys()
    called = [step.roster for step in policies["mechanics"].steps]
    assert sorted(called, key=str) == [one.id for one in rosters]
    assert [len(one.on_call) for one in rosters] == [1, 1]


async def test_what_somebody_has_changed_of_them_stays_at_the_next_start(database: str) -> None:
    changed = EscalationPolicyBody.model_validate(POLICY.model_dump() | {"active": False})
    async with reading(database) as conn:
        await make_people(conn, PLANT.site.id)
        await make_on_call(conn, PLANT)
        async with conn.transaction():
            await put_policy(conn, PLANT, "mechanics", changed, AUTHOR)
        await make_on_call(conn, PLANT)

        assert [(one.version, one.active) for one in await all_policies(conn)] == [(2, False)]
