"""/nodes: edge agents and their clocks, for people."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from config.device import Name
from contract.sample import to_us
from mes.nodes.models import ClockAnswer
from mes.nodes.store import nodes
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
# As much as the collector forgives: a sample of a clock that is further ahead is held out of all KPIs.
WRONG_MS = 10_000


@router.get("/nodes")
async def node_list(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """Every edge agent: connection, newest frame, what is missing or held out, clocks."""
    async with context.pool.connection(LEND_S) as conn:
        found = await nodes(conn, context.plant)
    formats = formats_of(context, language)
    names = {machine.id: machine.name for machine in context.plant.machines}
    return page_of(
        request,
        "nodes.html",
        language,
        nodes=found,
        name_of=lambda id_: names.get(id_, Name(en=id_, zh=id_)),
        aged=formats.aged,
        late=formats.late,
        seconds=seconds,
        milliseconds=milliseconds,
        wrong=wrong,
        to_us=to_us,
    )


def wrong(clock: ClockAnswer) -> bool:
    """So far off that samples are, or soon will be, held out."""
    return abs(clock.offset_ms) > WRONG_MS


def milliseconds(offset_ms: float) -> str:
    """'+3.2 ms', from a second on '−3 600.0 s'."""
    if abs(offset_ms) < 1000:
        return f"{offset_ms:+.1f} ms".replace("-", "−")
    return f"{offset_ms / 1000:+,.1f} s".replace("-", "−").replace(",", "\u202f")


def seconds(lag_s: float) -> str:
    """'0.08 s', '12 s'."""
    return f"{lag_s:.2f} s" if abs(lag_s) < 10 else f"{lag_s:.0f} s"
