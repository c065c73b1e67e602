"""The id of a result → its receipt, read with what was known when the result was told."""

from collections.abc import Sequence
from typing import Any

from contract.sample import from_us
from mes.calendar.store import read_calendar
from mes.calendar.store_ideal_cycles import read_ideal
from mes.evidence.receipt import Frames, machine_part, number, receipt
from mes.evidence.store_origins import edits_of, longest_end, origins_of
from mes.facts.store import read_facts
from mes.kpi.evaluation import evaluation_of
from mes.kpi.formulas import exacts, formulas
from mes.kpi.policy import Policy, policies_of
from mes.kpi.rollup import machines_of, measured_machines, together
from mes.kpi.store_policies import kept_policy
from mes.web.context import LEND_S, Context
from mes.web.equipment import equipment_of
from mes.web.kpi_answers import result_ids
from mes.web.problems import Problem, mistake
from mes.web.result_id import ALL, ResultId, decode, told
from mes.web.snapshot import Snapshot
from mes.web.store_snapshot import result_key, snapshot_at
from mes.web.windows import LONGEST_KEPT_US
from runtime.lending import Connection

# A receipt is a document that somebody reads: about 25 MB at most.
MOST_FACTS = 50_000


async def receipt_of(context: Context, id_: str) -> dict[str, Any]:
    """The receipt, or a Problem: no such id, too many facts for one piece, or what it rests on is not kept."""
    async with context.pool.connection(LEND_S) as conn:
        result = decode(id_, await result_key(conn), LONGEST_KEPT_US)
    equipment_of(context.plant, result.equipment)
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, from_us(result.as_of_us)) as snapshot:
        await _need_short(conn, context, result, snapshot)
        return await _receipt(conn, context, result, snapshot)


async def _receipt(conn: Connection, context: Context, result: ResultId, snapshot: Snapshot) -> dict[str, Any]:
    plant, (start, end) = context.plant, (result.from_us, result.to_us)
    machines = measured_machines(plant, result.equipment)
    ids = [machine.id for machine in machines]
    facts = await read_facts(conn, plant, ids, start, end, snapshot.as_of_us, told_us=snapshot.told_us)
    calendar = await read_calendar(conn, plant.site, snapshot.as_of_us)
    ideal = await read_ideal(conn, plant, snapshot.as_of_us)
    policy = await _policy(conn, context, result)
    edits = await edits_of(conn, facts, result.as_of_us)
    frames = Frames(await origins_of(conn, machines, facts, result.as_of_us))
    evaluation = evaluation_of(plant, calendar, ideal, start, end, policy)
    made = [machine_part(machine, facts[machine.id], evaluation, edits[machine.id], frames) for machine in machines]
    elements = together(one for _, one in made)
    chosen = [formula for formula in formulas(policy) if result.kpi in (formula.name, ALL)]
    numbers = exacts(elements, policy)
    if told([numbers[formula.name] for formula in chosen]) != result.told:
        raise Problem(
            409,
            "What this result rests on has changed in a way that has no history: the plant file's tags, silence or "
            "planned scrap, an order, or data that are kept no longer.",
            f"Ask GET /api/v1/equipment/{result.equipment}/kpis for the window again, and explain that answer.",
        )
    ids_ = result_ids(numbers, policy, result.equipment, (start, end), snapshot)
    head = {
        "equipment": result.equipment,
        "from": start,
        "to": end,
        "as_of": result.as_of_us,
        "left_out": _left_out(context, result.equipment, ids),
    }
    kpis = [number(elements, formula, numbers[formula.name], ids_[formula.name]) for formula in chosen]
    return receipt(head, [part for part, _ in made], elements, kpis, evaluation, frames)


async def _policy(conn: Connection, context: Context, result: ResultId) -> Policy:
    """The policy of that name and version with that content."""
    plants_own = policies_of(context.plant.policies).get(result.policy)
    for policy in (await kept_policy(conn, result.policy, result.version), plants_own):
        if policy is not None and (policy.version, policy.hash) == (result.version, result.policy_hash):
            return policy
    raise Problem(
        409,
        f"The policy '{result.policy}' version {result.version} with hash {result.policy_hash} is not known here.",
        "Ask the system that gave this id, or ask for the KPIs again.",
    )


async def _need_short(conn: Connection, context: Context, result: ResultId, snapshot: Snapshot) -> None:
    ids = [machine.id for machine in measured_machines(context.plant, result.equipment)]
    end = await longest_end(conn, ids, (result.from_us, result.to_us), snapshot.as_of_us, MOST_FACTS)
    if end is not None:
        to = end.isoformat().replace("+00:00", "Z")
        raise mistake(
            "path.id",
            f"A receipt holds at most {MOST_FACTS} state changes and count steps: the longest window from the same "
            f"begin ends at {to}. Ask for the KPIs of shorter windows; their elements add up to this one's.",
        )


def _left_out(context: Context, equipment: str, measured: Sequence[str]) -> list[str]:
    """Machines that tell no state or no count, and so take no part."""
    return [machine.id for machine in machines_of(context.plant, equipment) if machine.id not in measured]
