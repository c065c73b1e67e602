"""What is due now on each machine: released plans, facts and the last inspections."""

from datetime import datetime
from typing import Any
from uuid import UUID

from config.device import Role
from config.plant import Plant
from contract.sample import State, from_us, to_us
from mes.facts.source_tags import part_counters
from mes.facts.store import Latest, latest, read_facts
from mes.quality.due import COMPUTED, Course, Due, Trigger, due_of
from mes.quality.models import DueAnswer, DueRow, InspectionAnswer
from mes.quality.store import SQL, instant, rows
from mes.quality.store_inspections import inspections
from mes.quality.store_plans import plans
from mes.quality.verdict import Verdict
from runtime.lending import Connection

BY_PARTS = (Trigger.FIRST_PIECE, Trigger.EVERY_N)
# A step is at least one part, but for those of which only a bound is known: so many more are read. An inspection that
# is overdue for weeks costs no more than one that has just become due.
SPARE_STEPS = 1000
# An order that began longer ago has had its first piece.
ORDER_WITHIN_US = 31 * 24 * 3_600_000_000


async def due_now(conn: Connection, plant: Plant) -> DueAnswer:
    """Each released plan on each machine where it is followed."""
    now = await instant(conn)
    machines = {machine.id: machine for machine in plant.machines}
    asked = {
        "machines": list(machines),
        "tagged": [machine.tag_of(Role.PRODUCT) is not None for machine in machines.values()],
        "triggers": [str(trigger) for trigger in COMPUTED],
        "now": now,
    }
    found = await rows(conn, "followed", asked)
    states = await latest(conn, plant, to_us(now)) if found else {}
    items = []
    for row in found:
        counters = _counters(plant, row["machine"])
        items.append(_row(row, await _course(conn, plant, row, counters, states[row["machine"]], now), counters))
    return DueAnswer(as_of=now, items=items)


async def open_inspections(
    conn: Connection, plant: Plant, *, operation: UUID, product: str, step: int, machine: str | None
) -> list[str]:
    """The names of plans by which an inspection of an operation is due now, or was begun and has results missing."""
    due = [] if machine is None else (await due_now(conn, plant)).items
    names = []
    for row in due:
        if row.machine == machine and row.product == product and row.due is Due.DUE:
            plan = (await plans(conn, id_=row.plan))[0][1]
            names += [plan.name] if plan.step in (None, step) else []
    newest: dict[UUID, InspectionAnswer] = {}
    for _, one in await inspections(conn, operation=operation):
        newest.setdefault(one.plan, one)
    names += [one.plan_name for one in newest.values() if one.verdict is Verdict.INCOMPLETE]
    return sorted(set(names))


def _counters(plant: Plant, id_: str) -> list[str]:
    """What tells the parts of a machine; none where nothing counts them."""
    machine = next(machine for machine in plant.machines if machine.id == id_)
    return list(part_counters(machine)) if any(tag.is_counter for tag in machine.tags) else []


async def _course(
    conn: Connection, plant: Plant, row: dict[str, Any], counters: list[str], state: Latest, now: datetime
) -> Course:
    start, taken = row["start_at"], row["taken_at"]
    if row["trigger"] == Trigger.FIRST_PIECE:
        start = await _order_start(conn, plant, row["machine"], start, now)
    base = start if taken is None else max(start, taken)
    spent: dict[str, Any] = {"machine": row["machine"], "base": base, "now": now}
    low, high, more = 0, 0, False
    first: datetime | None = None
    reached: datetime | None = None
    signal: datetime | None = None
    if counters and row["trigger"] in BY_PARTS:
        wanted = row["every_parts"] or 1
        asked = {"counters": counters, "wanted": wanted, "steps": wanted + SPARE_STEPS}
        sums = await (await conn.execute(SQL["parts_since"].encode(), spent | asked)).fetchone()
        low, high, first, reached, more = sums or (0, 0, None, None, False)
    if row["trigger"] == Trigger.TAG:
        told = await (await conn.execute(SQL["asked_since"].encode(), spent | {"tag": row["tag"]})).fetchone()
        signal = told[0] if told else None
    return Course(
        now_us=to_us(now),
        base_us=to_us(base),
        inspected=taken is not None and taken >= start,
        product_known=row["product_known"],
        observed=state.state is not State.NO_DATA,
        counted=bool(counters),
        low=low,
        high=None if more else high,
        first_us=None if first is None else to_us(first),
        reached_us=None if reached is None else to_us(reached),
        signal_us=None if signal is None else to_us(signal),
    )


async def _order_start(conn: Connection, plant: Plant, machine: str, since: datetime, now: datetime) -> datetime:
    """When the order in force began or was resumed, where that is later than `since`; else `since`."""
    first, last = max(to_us(since), to_us(now) - ORDER_WITHIN_US), to_us(now)
    if first >= last:
        return since
    facts = (await read_facts(conn, plant, [machine], first, last, parts=False))[machine]
    begun = int(facts.order_at[-1])
    return from_us(begun) if facts.order[-1] is not None and begun > first else since


def _row(row: dict[str, Any], course: Course, counters: list[str]) -> DueRow:
    answer = due_of(Trigger(row["trigger"]), row["every_parts"], row["every_us"], course)
    counted = bool(counters) and course.product_known and row["trigger"] in BY_PARTS
    return DueRow(
        plan=row["id"],
        plan_name=row["name"],
        machine=row["machine"],
        product=row["product"],
        trigger=row["trigger"],
        due=answer.due,
        since=None if answer.since_us is None else from_us(answer.since_us),
        why=answer.why,
        parts_low=course.low if counted else None,
        parts_high=course.high if counted and course.observed else None,
        every_parts=row["every_parts"],
        last_taken_at=row["taken_at"],
    )
