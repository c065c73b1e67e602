"""/alarms/{id}/chain: from the samples to who did what, on one page."""

import re
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import TypeAdapter

from contract.sample import to_us
from mes.alarms.store_chain import chain
from mes.web.bounds import RowId
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of
from mes.web.words import duration, words

SPAN: TypeAdapter[timedelta] = TypeAdapter(timedelta)
ISO_SPAN = re.compile(r"^P(\d+D)?(T[\dHMS.]+)?$")
UNSAID: tuple[object, ...] = (None, [], False, "", "PT0S")
router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/alarms/{alarm_id}/chain")
async def chain_page(request: Request, alarm_id: RowId, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """All that led to an alarm, and followed from it."""
    async with context.pool.connection(LEND_S) as conn:
        found = await chain(conn, context.plant, alarm_id)
    formats, w = formats_of(context, language), words(language)
    return page_of(
        request,
        "alarm_chain.html",
        language,
        c=found,
        known=any(machine.id == found.alarm.machine for machine in context.plant.machines),
        moment=formats.moment,
        clock=lambda at: f"{at.astimezone(formats.zone):%H:%M:%S}",
        to_us=to_us,
        tag=found.rule_version.definition.get("tag") if found.rule_version else None,
        raised=f"{found.alarm.raised_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        said=lambda detail: _said(detail, w),
        definition=_given(found.rule_version.definition if found.rule_version else {}, language, w),
    )


def _given(definition: Mapping[str, Any], language: str, w: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a rule says, by the keys of the plant file, without what it leaves out."""
    given = ((key, value) for key, value in definition.items() if key != "id" and value not in UNSAID)
    return [(key, _written(value, language, w)) for key, value in given]


def _written(value: object, language: str, w: Mapping[str, str]) -> str:
    """A value of a rule for people: a text in their language, a span of time in their units."""
    if isinstance(value, list):
        return ", ".join(_written(one, language, w) for one in value)
    if isinstance(value, dict) and {"en", "zh"} <= value.keys():
        return str(value[language])
    if isinstance(value, dict):
        return ", ".join(f"{key} {_written(one, language, w)}" for key, one in value.items() if one not in UNSAID)
    if isinstance(value, str) and ISO_SPAN.match(value):
        return duration(SPAN.validate_python(value).total_seconds(), w)
    return str(value)


def _said(detail: Mapping[str, Any], w: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a decision rests on, a word and a value each."""
    found: list[tuple[str, str]] = []
    for key, value in detail.items():
        name = w.get(f"chain.detail.{key}", key)
        if key.endswith("_us") and isinstance(value, int):
            found.append((name, duration(value / 1e6, w)))
        elif key == "action":
            found.append((name, w.get(f"chain.action.{value}", str(value))))
        elif isinstance(value, dict):
            found += [(f"{name} {one}", str(what)) for one, what in value.items() if what]
        else:
            found.append((name, f"{value:.6g}" if isinstance(value, float) else "✓" if value is True else str(value)))
    return found
