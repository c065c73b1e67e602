"""Subgroups of a characteristic and its limits in the database → its control chart."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from config.plant import Plant
from contract.sample import from_us, to_us
from mes.feed.store_audit import note
from mes.quality.assessment import Assessment, assess
from mes.quality.charts import Limits, limits_of
from mes.quality.models import PlanAnswer
from mes.quality.models_chart import (
    CapabilityAnswer,
    ChartAnswer,
    FalseAlarmAnswer,
    InputsAnswer,
    LimitsAnswer,
    LimitsBody,
    PointAnswer,
    SignalAnswer,
)
from mes.quality.run_length import CHARTS, SEED
from mes.quality.store import knowledge, rows, run, signed
from mes.quality.store_plans import asked_of, characteristic_of
from mes.quality.store_subgroups import MOST_SUBGROUPS, find
from mes.web.access.author import Author
from mes.web.problems import Problem, mistake
from runtime.lending import Connection

# AIAG's handbook asks for 25 subgroups, Montgomery for 20 to 25: limits of fewer are not worth to be frozen.
LEAST_FROZEN = 20


async def chart_of(
    conn: Connection,
    plant: Plant,
    id_: UUID,
    span: tuple[int, int],
    machine: str | None = None,
    as_of: datetime | None = None,
    most: int = MOST_SUBGROUPS,
) -> ChartAnswer:
    """The chart of a characteristic as it was known at an instant, or is now: its newest subgroups of a span."""
    known = await knowledge(conn)
    plan, one = await characteristic_of(conn, id_)
    place = _place(plan, machine)
    at = known if as_of is None else min(as_of, known)
    given = await find(conn, plant, plan, one, span, place, at, past=at < known, most=most)
    subgroups = given.subgroups
    frozen = await rows(conn, "limits", {"characteristic": id_, "machine": place, "as_of": at})
    limits = Limits(*(frozen[0][key] for key in ("centre", "sigma", "subgroups", "missing"))) if frozen else None
    found = assess(asked_of(one), subgroups, one.rules, limits)
    return ChartAnswer(
        characteristic=id_,
        plan=plan.id,
        product=plan.product,
        machine=place,
        from_=from_us(span[0]),
        to=from_us(span[1]),
        as_of=at,
        phase=found.phase,
        limits=_limits(found, frozen[0] if frozen else None),
        stable=found.stable,
        points=_points(given.inspections, found),
        signals=[
            SignalAnswer(rule=s.rule, at=from_us(subgroups[s.at].at_us), points=list(s.points)) for s in found.signals
        ],
        capability=None if found.capability is None else CapabilityAnswer(**asdict(found.capability)),
        false_alarm=_false_alarm(found),
        inputs=InputsAnswer(subgroups=len(subgroups), complete=found.complete, missing=found.missing, cut=given.cut),
        **one.model_dump(include={"name", "unit", "chart", "subgroup_size", "rules", "tag", "tag_every_s"}),
    )


async def freeze_limits(conn: Connection, plant: Plant, id_: UUID, body: LimitsBody, author: Author) -> LimitsAnswer:
    """The limits that a reference span gives, for all later charts; a Problem 409 for too few subgroups."""
    sign = await signed(conn, author)
    plan, one = await characteristic_of(conn, id_)
    if body.to <= body.from_:
        raise mistake("body.to", "Must be later than 'from'.")
    place, span = _place(plan, body.machine), (to_us(body.from_), to_us(body.to))
    if span[1] > to_us(sign["at"]):
        raise mistake("body.to", "Lies in the future: nothing has happened there yet.")
    given = await find(conn, plant, plan, one, span, place, sign["at"], past=False)
    limits = limits_of(given.subgroups, one.chart, one.subgroup_size)
    if given.cut:
        raise mistake("body.from", f"The span holds more than {MOST_SUBGROUPS} subgroups: give a shorter one.")
    if limits is None or limits.subgroups < LEAST_FROZEN:
        have = 0 if limits is None else limits.subgroups
        detail = f"The span has {have} complete subgroups that give limits."
        raise Problem(409, detail, f"Give a span with {LEAST_FROZEN} or more.")
    row = {"id": uuid4(), "characteristic": id_, "machine": place, "name": body.name, "from": body.from_, "to": body.to}
    await run(conn, "add_limits", row | asdict(limits) | sign)
    frozen = await rows(conn, "limits", {"characteristic": id_, "machine": place, "as_of": sign["at"]})
    answer = _told_limits(limits, frozen[0])
    await note(
        conn,
        author,
        "control_limit.freeze",
        f"characteristic/{id_}",
        None,
        answer.model_dump(mode="json", by_alias=True),
    )
    return answer


def _place(plan: PlanAnswer, machine: str | None) -> str | None:
    if plan.machine is not None and machine not in (None, plan.machine):
        raise mistake("machine", f"The plan is for '{plan.machine}': give that or leave it out.")
    return machine or plan.machine


def _limits(found: Assessment, frozen: dict[str, Any] | None) -> LimitsAnswer | None:
    return None if found.limits is None else _told_limits(found.limits, frozen or {})


def _told_limits(limits: Limits, row: dict[str, Any]) -> LimitsAnswer:
    own = {key: row.get(key) for key in ("name", "person", "client", "at")}
    return LimitsAnswer.model_validate({"from": row.get("from_at"), "to": row.get("to_at")} | own | asdict(limits))


def _points(ids: Sequence[UUID | None], found: Assessment) -> list[PointAnswer]:
    part_of: list[list[str]] = [[] for _ in ids]
    for signal in found.signals:
        for n in signal.points:
            if signal.rule not in part_of[n]:
                part_of[n].append(signal.rule)
    return [
        PointAnswer(
            inspection=id_,
            at=from_us(point.at_us),
            complete=point.complete,
            value=point.value,
            low=point.low,
            high=point.high,
            spread=point.spread,
            spread_low=point.spread_low,
            spread_high=point.spread_high,
            rules=rules,
        )
        for id_, point, rules in zip(ids, found.points, part_of, strict=True)
    ]


def _false_alarm(found: Assessment) -> FalseAlarmAnswer | None:
    told = found.false_alarms
    if told is None:
        return None
    return FalseAlarmAnswer(
        autocorrelation=None if told.measured is None else told.measured.value,
        autocorrelation_low=None if told.measured is None else told.measured.low,
        autocorrelation_high=None if told.measured is None else told.measured.high,
        pairs=0 if told.measured is None else told.measured.pairs,
        mean_points=None if told.run_length is None else told.run_length.mean,
        standard_error=None if told.run_length is None else told.run_length.standard_error,
        mean_points_independent=told.independent.mean,
        simulated_charts=CHARTS,
        seed=SEED,
    )
