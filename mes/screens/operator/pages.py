"""/operator: the tablet at a machine. What is pressed there goes to /api/v1/offline-batches, and nowhere else."""

from importlib.resources import files
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from config.device import Machine
from config.plant import Line
from contract.sample import to_us
from mes.maintenance.calls import KINDS
from mes.orders.products.store_versions import document_of
from mes.screens.operator.store_now import Now, now_of
from mes.screens.wall.render import axis_of
from mes.web.bounds import PlantId
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of
from mes.web.problems import Problem
from mes.web.quantity import plain
from mes.web.render import version
from mes.web.state_strip import strip_svg
from mes.web.words import Language, duration, words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
# What a browser may show of a company's file; anything else it keeps.
SHOWN = ("application/pdf", "image/png", "image/jpeg", "image/webp", "text/plain")
SANDBOX = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"


@router.get("/operator")
async def choose(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """The machines, to choose one."""
    return page_of(request, "operator_machines.html", language, plant=context.plant)


@router.get("/operator/worker.js")
async def worker() -> Response:
    """The script that keeps the page for when there is no network; from here it holds for all of /operator."""
    text = files("mes.web").joinpath("static", "operator-worker.js").read_text(encoding="utf-8")
    headers = {"Cache-Control": "no-cache"}
    return Response(text.replace("VERSION", version()), media_type="text/javascript", headers=headers)


@router.get("/operator/documents/{id_}/{sha256}")
async def document(
    context: TheContext, id_: UUID, sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", max_length=64)]
) -> Response:
    """A drawing or instruction, to look at; it can do nothing in this site's name."""
    async with context.pool.connection(LEND_S) as conn:
        _, media_type, content = await document_of(conn, id_, sha256)
    kind = media_type if media_type in SHOWN else "application/octet-stream"
    headers = {"Content-Security-Policy": SANDBOX, "Cache-Control": "private, max-age=31536000, immutable"}
    return Response(content, media_type=kind, headers=headers)


@router.get("/operator/{id_}")
async def tablet(request: Request, context: TheContext, language: TheLanguage, id_: PlantId) -> HTMLResponse:
    """The page of a machine; its script asks for it again and again, and shows what is new."""
    line, machine = _place(context, id_)
    channel, reader = request.app.state.channels[line.id], request.app.state.readers[line.id]
    now = await now_of(context, line, machine, channel, reader)
    holder = context.access.holder(request)
    return page_of(
        request,
        "operator.html",
        language,
        station=holder.station if holder else None,
        **_values(context, language, now),
    )


def _values(context: Context, language: Language, now: Now) -> dict[str, Any]:
    formats, w = formats_of(context, language), words(language)
    return {
        "n": now,
        "strip": strip_svg(now.tile.strip, w["op.strip"], "thin", now.view.now_us),
        "axis": axis_of(now.tile.strip, formats),
        "calls": KINDS,
        "us": to_us,
        "clock": formats.clock,
        "moment": lambda at: formats.moment(at if isinstance(at, int) else to_us(at)),
        "aged": formats.aged,
        "late": formats.late,
        "length": lambda us: duration(us / 1e6, w),
        "plain": plain,
        "share": lambda part, whole: 0.0 if part is None else min(100.0, float(100 * part / whole)),
    }


def _place(context: Context, id_: str) -> tuple[Line, Machine]:
    for line in context.plant.lines:
        for machine in line.machines:
            if machine.id == id_:
                return line, machine
    raise Problem(404, f"There is no machine '{id_}'.", "GET /operator lists all.")
