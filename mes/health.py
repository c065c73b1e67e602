"""/health/live, /health/ready and /metrics of mes, beside its pages.

Health is open to whoever reaches a page. The numbers need a key where one is set: they tell strangers about the load.
"""

import math

import psycopg
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from mes import metrics
from mes.keeper.store_lag import facts_lag_s
from mes.web.access.keys import need_key
from mes.web.context import Context, TheContext
from runtime.health import Answer, Part

LEND_S = 2.0
FAULTY_CURE = "send the log of service mes to the maintainers; all other machines go on"
router = APIRouter(include_in_schema=False)


@router.get("/health/live")
async def live(context: TheContext) -> JSONResponse:
    """The loops turn; this answer itself shows that the web's does."""
    return _told(context.health.live())


@router.get("/health/ready")
async def ready(context: TheContext) -> JSONResponse:
    """The database answers and facts are being kept."""
    return _told(context.health.ready(await _parts(context)))


@router.get("/metrics", dependencies=[Depends(need_key)])
async def numbers(request: Request, context: TheContext) -> Response:
    """For Prometheus."""
    parts = await _parts(context)
    metrics.FOLLOWERS.set(sum(channel.followers for channel in request.app.state.channels.values()))
    return Response(context.health.metrics(parts), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _parts(context: Context) -> list[Part]:
    lag = await _facts_lag(context)
    metrics.LAG.set(lag)
    away = (context.pool.away or "it does not answer") if math.isnan(lag) else ""
    silent = "" if context.refresh.alive else "no facts are being kept"
    detail = "" if math.isnan(lag) else f"{lag:.1f} s behind the frames"
    if context.refresh.late_spans:
        detail += f", {context.refresh.late_spans} spans of late samples wait"
    faulty = [
        Part(f"machine {name}", f"its facts cannot be made: {reason}", FAULTY_CURE, needed=False)
        for name, reason in sorted(context.refresh.faulty.items())
    ]
    return [
        Part("database", away, "check SHOPFLOOR_DATABASE and that the server runs"),
        Part("facts", silent, "see database_away in the log; they go on by themselves", detail=detail),
        *faulty,
    ]


async def _facts_lag(context: Context) -> float:
    """How old the oldest frame is that is not yet in the facts, in seconds; nan when the database does not answer."""
    try:
        async with context.pool.connection(LEND_S) as conn:
            return await facts_lag_s(conn)
    except psycopg.Error:
        return math.nan


def _told(answer: Answer) -> JSONResponse:
    return JSONResponse(answer.document, answer.status, headers={"Cache-Control": "no-store"})
