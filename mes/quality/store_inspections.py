"""Inspections in the database: recorded, corrected, listed with their verdicts."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.quality.models import CorrectionBody, InspectionAnswer, InspectionBody, PlanAnswer, ResultAnswer, ResultBody
from mes.quality.store import need_known, rows, run, signed
from mes.quality.store_plans import asked_of, plan_of, plans
from mes.quality.verdict import Result, Verdict, verdict_of, verdict_of_result, wrong_result
from mes.web.access.author import Author
from mes.web.problems import Problem, mistake
from runtime.lending import Connection

Key = tuple[UUID, int]


async def record(
    conn: Connection, body: InspectionBody, author: Author, own_id: UUID | None = None
) -> InspectionAnswer:
    """The inspection; a Problem 409 for a plan that is not released, 422 for results that are not the plan's.

    With an id that a form has given it, it is recorded once: sent again it is told as it is.
    """
    sign = await signed(conn, author)
    if own_id is not None and (known := await inspections(conn, id_=own_id)):
        return known[0][1]
    plan = await plan_of(conn, body.plan)
    if plan.state != "released":
        cure = "Release it first." if plan.state == "draft" else "Inspect by a released plan."
        raise Problem(409, f"Plan {plan.id} is {plan.state}.", cure)
    if plan.machine is not None and body.machine not in (None, plan.machine):
        raise mistake("body.machine", f"The plan is for '{plan.machine}': give that or leave it out.")
    if body.taken_at is not None and body.taken_at > sign["at"]:
        raise mistake("body.taken_at", "Lies in the future: give when it was taken.")
    await need_known(conn, {"body.operation": ("operation", body.operation), "body.order": ("order", body.order)})
    seen: set[Key] = set()
    for number, result in enumerate(body.results):
        _check(plan, result, f"body.results.{number}")
        key = (result.characteristic, result.piece)
        if key in seen:
            raise mistake(f"body.results.{number}", "Two results for one piece: number them with 'piece'.")
        seen.add(key)
    id_ = own_id or uuid4()
    row = body.model_dump(exclude={"results"}) | {"id": id_, "machine": body.machine or plan.machine}
    await run(conn, "add_inspection", row | sign)
    for result in body.results:
        extra = {"id": uuid4(), "inspection": id_, "corrects": None, "why": None}
        await run(conn, "add_result", result.model_dump() | extra | sign)
    return await _told(conn, id_, author, "inspection.record", None)


async def correct(conn: Connection, id_: UUID, body: CorrectionBody, author: Author) -> InspectionAnswer:
    """The inspection with a result that takes the place of another, or fills a hole; both stay on record."""
    sign = await signed(conn, author)
    before = await inspection_of(conn, id_)
    _check(await plan_of(conn, before.plan), body, "body")
    result = body.model_dump() | {"id": uuid4(), "inspection": id_} | sign
    holds = [
        row["id"]
        for row in await rows(conn, "results", {"inspections": [id_]})
        if (row["characteristic"], row["piece"]) == (body.characteristic, body.piece)
    ]
    if not holds:
        if body.value is None and body.nonconforming is None:
            raise mistake("body", "There is no such result to take back.")
        # What was missing is added; the reason for it stands in the audit entry.
        result |= {"why": None}
    await run(conn, "add_result", result | {"corrects": holds[0] if holds else None})
    return await _told(
        conn, id_, author, "inspection.correct", {"result": before.model_dump(mode="json"), "why": body.why}
    )


async def inspections(
    conn: Connection,
    *,
    id_: UUID | None = None,
    plan: UUID | None = None,
    operation: UUID | None = None,
    before: int | None = None,
    limit: int = 1000,
) -> list[tuple[int, InspectionAnswer]]:
    """Inspections with their place in the list, the newest first."""
    asked = {"id": id_, "plan": plan, "operation": operation, "before": before, "limit": limit}
    found = await rows(conn, "inspections", asked)
    by_inspection: dict[UUID, dict[Key, Any]] = {row["id"]: {} for row in found}
    for row in await rows(conn, "results", {"inspections": list(by_inspection)}):
        by_inspection[row["inspection"]][row["characteristic"], row["piece"]] = row
    made_by: dict[UUID, PlanAnswer] = {}
    for row in found:
        if row["plan"] not in made_by:
            made_by[row["plan"]] = (await plans(conn, id_=row["plan"]))[0][1]
    return [(row.pop("written"), _inspection(row, made_by[row["plan"]], by_inspection[row["id"]])) for row in found]


async def inspection_of(conn: Connection, id_: UUID) -> InspectionAnswer:
    """One inspection, or a Problem 404."""
    found = await inspections(conn, id_=id_)
    if not found:
        raise Problem(404, f"There is no inspection {id_}.", "GET /api/v1/inspections lists them.")
    return found[0][1]


def subject_of(kind: str, id_: UUID, operation: UUID | None) -> str:
    """Of whom an event tells: the operation where one is known, so that its events come in order."""
    return f"{kind}/{id_}" if operation is None else f"operation/{operation}"


async def _told(
    conn: Connection, id_: UUID, author: Author, action: str, before: Mapping[str, Any] | None
) -> InspectionAnswer:
    found = await inspection_of(conn, id_)
    data = found.model_dump(mode="json")
    await note(conn, author, action, f"inspection/{id_}", before, data)
    await tell(conn, "inspection.recorded", subject_of("inspection", id_, found.operation), data)
    return found


def _check(plan: PlanAnswer, result: ResultBody, place: str) -> None:
    asked = next((one for one in plan.characteristics if one.id == result.characteristic), None)
    if asked is None:
        known = ", ".join(f"{one.id} ({one.name})" for one in plan.characteristics)
        raise mistake(f"{place}.characteristic", f"Is not one of the plan; its own are {known}.")
    wrong = wrong_result(asked_of(asked), result.piece, Result(result.value, result.nonconforming, result.of))
    if wrong:
        raise mistake(place, wrong)


def _inspection(row: Mapping[str, Any], plan: PlanAnswer, known: Mapping[Key, Any]) -> InspectionAnswer:
    asked = [asked_of(one) for one in plan.characteristics]
    results = {key: Result(found["value"], found["nonconforming"], found["of"]) for key, found in known.items()}
    answers: Sequence[ResultAnswer] = [
        ResultAnswer(
            characteristic=one.id,
            piece=piece,
            value=result.value,
            nonconforming=result.nonconforming,
            of=result.of,
            verdict=verdict_of_result(one, result),
            corrected=known[one.id, piece]["corrected"],
        )
        for one in asked
        for piece in range(1, one.results + 1)
        if (result := results.get((one.id, piece))) is not None
    ]
    missing = sum(one.results for one in asked) - sum(one.verdict is not Verdict.INCOMPLETE for one in answers)
    return InspectionAnswer(**row, verdict=verdict_of(asked, results), missing=missing, results=list(answers))
