"""/api/v1/alarm-figures, /api/v1/alarms/{id}/chain: whether the alarms are bearable, and how one came about."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from mes.alarms.figures import Figures
from mes.alarms.models_chain import AlarmChain
from mes.alarms.models_figures import AlarmFigures, AlarmTarget, FrequentAlarm
from mes.alarms.store_chain import chain
from mes.alarms.store_figures import known_from, read_figures
from mes.web.bounds import Instant, RowId
from mes.web.context import LEND_S, TheContext

router = APIRouter(tags=["alarms"])
Days = Annotated[int, Query(ge=1, le=366, description="The length of the span in days.", examples=[30])]
Until = Annotated[Instant | None, Query(description="Its end, now where it is left out.")]


@router.get("/alarm-figures")
async def alarm_figures(context: TheContext, days: Days = 30, until: Until = None) -> AlarmFigures:
    """The alarm figures of ISA-18.2 over a span, beside their targets."""
    end = min(until or datetime.now(UTC), datetime.now(UTC))
    async with context.pool.connection(LEND_S) as conn:
        begin = await known_from(conn, end - timedelta(days=days))
        found = await read_figures(conn, begin, end)
    return told(found, begin, end)


@router.get("/alarms/{id}/chain")
async def alarm_chain(context: TheContext, id: Annotated[RowId, Path(examples=[17])]) -> AlarmChain:
    """From the samples to who did what: rule version, decisions, each message with its provider's answers, people."""
    async with context.pool.connection(LEND_S) as conn:
        return await chain(conn, context.plant, id)


def told(found: Figures, begin: datetime, end: datetime) -> AlarmFigures:
    """As the API tells them."""
    return AlarmFigures.model_validate(
        {
            "from": begin,
            "to": end,
            "alarms": found.alarms,
            "enough": found.enough,
            "targets": [AlarmTarget(**asdict(one), verdict=one.verdict) for one in found.targets],
            "peaks": found.peaks,
            "mix": found.mix,
            "most_frequent": [FrequentAlarm(rule=r, subject=s, times=n) for r, s, n in found.frequent],
            "ack_median_s": found.ack_median_s,
            "ack_p90_s": found.ack_p90_s,
            "unacked": found.unacked,
        }
    )
