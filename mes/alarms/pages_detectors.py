"""/detectors: the anomaly rules, what they have learned, and whether they keep their budget."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from config.rules.kinds import Anomaly
from mes.alarms.store_detectors import read_detectors
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, page_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
HOUR_US = 3_600_000_000


@router.get("/detectors")
async def detectors_page(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """As alerts saved them at the end of the last hour of good time."""
    async with context.pool.connection(LEND_S) as conn:
        found = await read_detectors(conn)
    plant = context.plant
    rules = {rule.id: rule for rule in plant.rules if isinstance(rule, Anomaly)}
    return page_of(
        request,
        "detectors.html",
        language,
        found=[one for one in found if one.rule in rules],
        budgets={name: rule.budget for name, rule in rules.items()},
        names={machine.id: machine.name for machine in plant.machines},
        hours=lambda us: f"{us / HOUR_US:.3g}",
        number=lambda value: "?" if value is None else f"{value:.4g}",
    )
