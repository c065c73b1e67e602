"""Database → a whole report, all of it from one view: one instant at which it was known."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from config.calendar import Calendar
from config.device import Name
from config.plant import Plant
from config.shifts import day_at, day_span
from contract.sample import from_us
from mes.calendar.store import read_calendar
from mes.calendar.store_targets import read_targets
from mes.facts.store import read_facts
from mes.kpi.evaluation import evaluation_of
from mes.kpi.formulas import completeness
from mes.kpi.rollup import equipment_elements, measured_machines
from mes.kpi.store_long_windows import Ground, window_elements
from mes.orders.products.store import product_names
from mes.orders.quantities.store_reasons import reasons
from mes.orders.quantities.store_sums import Asked, summed
from mes.orders.quantities.sums import nothing, sums
from mes.people.notes import notes_of
from mes.screens.report.figures import HOUR_US, figures_of, kpis_of, products_on
from mes.screens.report.period import Period, earlier, neighbours, period_of
from mes.screens.report.product_figures import product_figures, product_kpis
from mes.screens.report.report import Compared, Report, Wanted
from mes.web.context import LEND_S, Context
from mes.web.equipment import machines_of
from mes.web.evaluated import Evaluated
from mes.web.problems import Problem
from mes.web.store_evaluation import Question, evaluated_in
from mes.web.store_snapshot import snapshot_at
from runtime.lending import Connection

COMPARED = 6
KEYS = ("order", "product", "machine")


async def read_report(context: Context, wanted: Wanted) -> Report:
    """The report, or a Problem that says why there is none."""
    plant, places = context.plant, machines_of(context.plant, wanted.equipment)
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, wanted.as_of) as known:
        now = known.end_us
        calendar = await read_calendar(conn, plant.site, known.as_of_us)
        period = period_of(calendar, wanted.kind, wanted.day, wanted.shift, now)
        if period is None or period.span[0] >= now:
            raise Problem(404, "There is no such shift, or it has not begun.", "Choose another one on /report.")
        start, end = (from_us(at) for at in period.span)
        question = Question(wanted.equipment, None, start, end, None, wanted.as_of)
        asked = await evaluated_in(conn, plant, question, known)
        rows = await summed(conn, plant, calendar, asked.span, known, Asked(KEYS))
        made = [row for row in sums([row for row in rows if row[0]["machine"] in places]) if not nothing(row)]
        if wanted.product is not None:
            made = [row for row in made if row["product"] == wanted.product]
        compared = [
            await _compared(conn, plant, asked, one, wanted.product) for one in _beside(calendar, period, wanted)
        ]
        first, last = period.day, day_at(calendar, period.span[1] - 1)
        shift = period.shift.id if period.shift else None
        notes = await notes_of(conn, {wanted.equipment, *places}, first, last, shift, as_of=from_us(known.now_us))
        targets, edges = await read_targets(conn, known.as_of_us), edges_of(calendar, period)
        if wanted.product is None:
            figures = figures_of(plant, asked, targets, period.span, edges)
        else:
            figures = product_figures(plant, asked, targets, edges, wanted.product)
        products = (
            {row["product"] for row in made} | products_on(asked) | ({wanted.product} if wanted.product else set())
        )
        names = await product_names(conn, plant, products)
        texts = {one.id: Name(en=one.name_en, zh=one.name_zh) for one in await reasons(conn)}
    before, after = neighbours(calendar, period, now)
    return Report(
        plant=plant,
        product=wanted.product,
        period=period,
        before=before,
        after=after,
        asked=asked,
        figures=figures,
        orders=tuple(_by_order(made)),
        scrap=tuple(_scrap(made)),
        compared=tuple(one for one in compared if one.completeness),
        notes=tuple(notes),
        names=names,
        reasons=texts | {reason.id: reason.name for reason in plant.reasons},
    )


def edges_of(calendar: Calendar, period: Period) -> list[int]:
    """Where the slots of a report begin and end: hours of a shift or day, production days of a longer one."""
    start, end = period.span
    if period.kind in ("shift", "day"):
        return [*range(start, end, HOUR_US), end]
    edges, day = [start], period.day
    while edges[-1] < end:
        edges.append(day_span(calendar, day)[1])
        day += timedelta(days=1)
    return edges


def _beside(calendar: Calendar, period: Period, wanted: Wanted) -> list[Period]:
    """The periods to compare with; of one product only shifts and days, whose facts are read anew for it."""
    return earlier(calendar, period, COMPARED) if wanted.product is None or period.kind in ("shift", "day") else []


async def _compared(conn: Connection, plant: Plant, asked: Evaluated, period: Period, product: str | None) -> Compared:
    """An earlier period, from the hours that are kept; of one product, or as known in the past, from facts."""
    known = asked.snapshot
    if product is not None:
        facts = await read_facts(conn, plant, list(asked.facts), *period.span, known.as_of_us, told_us=known.told_us)
        evaluation = evaluation_of(plant, asked.calendar, asked.ideal, *period.span, asked.policy)
        before = replace(asked, span=period.span, facts=facts, evaluation=evaluation)
        return Compared(period, *product_kpis(before, product))
    if known.past:
        ids = [machine.id for machine in measured_machines(plant, asked.equipment)]
        facts = await read_facts(conn, plant, ids, *period.span, known.as_of_us, told_us=known.told_us)
        evaluation = evaluation_of(plant, asked.calendar, asked.ideal, *period.span, asked.policy)
        elements = equipment_elements(plant, asked.equipment, facts, evaluation)
    else:
        ground = Ground(plant, asked.calendar, asked.ideal, asked.policy, known.at_us, known.told_us)
        elements = await window_elements(conn, ground, asked.equipment, *period.span)
    return Compared(period, kpis_of(elements), completeness(elements))


def _by_order(made: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    """The sums of each order, whatever machine made them."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in made:
        key = row["order"], row["product"]
        kept = found.setdefault(key, {"order": key[0], "product": key[1], "unit": row["unit"]} | _none())
        for name in _none():
            kept[name] += row[name]
    return [found[key] for key in sorted(found)]


def _none() -> dict[str, Decimal]:
    return {name: Decimal(0) for name in ("good", "good_high", "scrap", "scrap_high", "rework", "rework_high")}


def _scrap(made: list[dict[str, Any]]) -> list[tuple[str, Decimal]]:
    """Certain scrap by reason, the most first."""
    found: dict[str, Decimal] = {}
    for row in made:
        for reason, number in row["scrap_by_reason"].items():
            found[reason] = found.get(reason, Decimal(0)) + number
    return sorted(((reason, number) for reason, number in found.items() if number), key=lambda one: -one[1])
