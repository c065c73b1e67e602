"""/explain: why this number; from a KPI down to its formula, time elements, facts and samples, each level on demand."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from config.plant import Plant
from contract.sample import from_us, to_us
from mes.calendar.store import read_calendar
from mes.evidence.store_receipt import receipt_of
from mes.kpi.formulas import exacts
from mes.kpi.policy import Policy, policies_of
from mes.kpi.store_policies import kept_policy
from mes.screens.band import LOOKS, Box, boxes_of, ticks
from mes.screens.explain.facts import ON_A_PAGE, counters_of, facts_of
from mes.screens.explain.store import samples_around
from mes.screens.explain.tree import FACTS, Receipt, tree
from mes.web.bounds import ONE_LINE, Instant, Letters, PlantId
from mes.web.context import LEND_S, Context, TheContext
from mes.web.kpi_answers import result_ids
from mes.web.pages import TheLanguage, formats_of, page_of
from mes.web.problems import Problem, mistake
from mes.web.result_id import ALL
from mes.web.snapshot import Snapshot, finality
from mes.web.store_evaluation import SumQuestion, WindowName, summed
from mes.web.words import Language
from mes.web.workers import HeavyPage

heavy = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=HeavyPage)
Id = Annotated[Letters, Query()]
# An id needs no window: no check of one may stand before the page.
Begin = Annotated[Instant | None, Query(alias="from")]
End = Annotated[Instant | None, Query()]
Element = Annotated[str, Query(max_length=40, pattern=r"^[a-z_]+$")]
TagName = Annotated[str, Query(max_length=63, pattern=ONE_LINE)]


@heavy.get("/explain")
async def explain(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    *,
    result_id: Annotated[Letters | None, Query()] = None,
    kpi: Annotated[Letters | None, Query()] = None,
    equipment: Annotated[PlantId | None, Query()] = None,
    window: WindowName = None,
    from_: Begin = None,
    to: End = None,
) -> Response:
    """The tree of a result; or, of equipment and a window, what is known of it now."""
    if result_id is None:
        if equipment is None:
            raise mistake("query.result_id", "Give the id of a result, or equipment and a window.")
        asked = SumQuestion(equipment, window or (None if from_ else "shift"), from_, to)
        return RedirectResponse(await _place_of(context, asked, kpi, language), 303)
    receipt = await receipt_of(context, result_id)
    policy = await _policy(context, receipt)
    async with context.pool.connection(LEND_S) as conn:
        calendar = await read_calendar(conn, context.plant.site)
    now_us = to_us(datetime.now(UTC))
    final = finality(calendar, receipt["to"], Snapshot(now_us, False, now_us, b""))
    top = tree(receipt, policy, kpi)
    formats = formats_of(context, language)
    return page_of(
        request,
        "explain.html",
        language,
        r=receipt,
        result_id=result_id,
        top=top,
        final=final,
        name=_name(context.plant, receipt["equipment"]),
        known=[one["name"] for one in receipt["kpis"] if one["undefined"] is None],
        samples=sum(len(part["states"]) + sum(map(len, part["steps"].values())) for part in receipt["machines"]),
        cycles=_cycles(receipt),
        address=lambda place, **more: f"{place}?{urlencode({'result_id': result_id} | more)}",
        moment=lambda at: formats.moment(at if isinstance(at, int) else to_us(at)),
        percent=percent,
        minutes=minutes,
        figure=figure,
    )


@heavy.get("/explain/facts")
async def facts(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    result_id: Id,
    element: Element,
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """What an element is the sum of: intervals of the tapes, spans of the calendar, or count steps."""
    if element not in FACTS:
        raise mistake("query.element", f"Give one of {', '.join(FACTS)}.")
    receipt = await receipt_of(context, result_id)
    formats, window = formats_of(context, language), (receipt["from"], receipt["to"])
    return page_of(
        request,
        "explain_facts.html",
        language,
        f=facts_of(receipt, element, number),
        first=(number - 1) * ON_A_PAGE,
        counters=counters_of(receipt, element) if number == 1 else [],
        bands=_bands(receipt) if number == 1 else [],
        ticks=ticks(window, formats.zone),
        names={machine.id: machine.name for machine in context.plant.machines},
        address=lambda place, **more: f"{place}?{urlencode(more)}",
        result_id=result_id,
        iso=lambda at_us: from_us(at_us).isoformat(),
        clock=formats.moment_s,
        looks=LOOKS,
        minutes=minutes,
        figure=figure,
    )


@heavy.get("/explain/samples")
async def samples(
    request: Request, context: TheContext, language: TheLanguage, machine: PlantId, tag: TagName, at: Instant
) -> HTMLResponse:
    """The samples of a tag around an instant, as they came."""
    async with context.pool.connection(LEND_S) as conn:
        found = await samples_around(conn, machine, tag, to_us(at))
    formats = formats_of(context, language)
    return page_of(
        request,
        "explain_samples.html",
        language,
        found=found,
        at_us=to_us(at),
        tag=tag,
        exact=formats.exact,
        figure=figure,
    )


@heavy.get("/explain/receipt")
async def receipt_file(context: TheContext, result_id: Id) -> Response:
    """The receipt as a file, for `shopfloor verify`."""
    body = json.dumps(await receipt_of(context, result_id), ensure_ascii=False)
    headers = {"Content-Disposition": 'attachment; filename="receipt.json"', "Cache-Control": "no-store"}
    return Response(body, media_type="application/json", headers=headers)


def percent(value: float) -> str:
    """0.76321 → '76.3 %'; not rounded up to 100 %."""
    rounded = f"{value * 100:.1f}"
    return f"{'99.9' if rounded == '100.0' and value < 1 else rounded} %"


def minutes(us: int) -> str:
    """'218.75'."""
    return f"{us / 60_000_000:,.2f}".replace(",", "\u202f")


def figure(number: float) -> str:
    """148898.0 → '148 898'."""
    return f"{number:,.10g}".replace(",", "\u202f")


async def _place_of(context: Context, asked: SumQuestion, kpi: str | None, language: Language) -> str:
    """The address of what is known now."""
    told = await summed(context, asked)
    numbers = exacts(told.elements, told.policy)
    ids = result_ids(numbers, told.policy, told.equipment, told.span, told.snapshot)
    return f"/explain?{urlencode({'result_id': ids[ALL], 'lang': language} | ({'kpi': kpi} if kpi else {}))}"


async def _policy(context: Context, receipt: Receipt) -> Policy:
    """The policy by which it was told; the receipt has found it already."""
    said = receipt["policy"]
    async with context.pool.connection(LEND_S) as conn:
        kept = await kept_policy(conn, said["name"], said["version"])
    found = kept or policies_of(context.plant.policies).get(said["name"])
    if found is None:
        raise Problem(409, f"The policy '{said['name']}' is not known any more.")
    return found


def _name(plant: Plant, id_: str) -> Any:
    named: dict[str, Any] = {plant.site.id: plant.site.name} | {line.id: line.name for line in plant.lines}
    return (named | {machine.id: machine.name for machine in plant.machines}).get(id_)


def _cycles(receipt: Receipt) -> list[tuple[str, Mapping[str, Any]]]:
    """The ideal cycles that took part, by machine."""
    used = {(part["machine"], step["product"]) for part in receipt["machines"] for step in part["steps"]["total"]}
    rows = [(part["machine"], cycle) for part in receipt["machines"] for cycle in part["ideal_cycles"]]
    exact = [(machine, cycle) for machine, cycle in rows if (machine, cycle["product"]) in used]
    return exact or rows


def _bands(receipt: Receipt) -> list[tuple[str, list[Box]]]:
    """The state tape of each machine in the window."""
    window, planned = (receipt["from"], receipt["to"]), [(a, b) for a, b in receipt["planned"]]
    return [
        (
            part["machine"],
            boxes_of(
                [(max(row["from"], window[0]), min(row["to"], window[1]), row["state"]) for row in part["states"]],
                planned,
                window,
            ),
        )
        for part in receipt["machines"]
    ]
