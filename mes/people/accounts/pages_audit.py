"""/audit: who did what, each entry with whether its seal is right. For administrators."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from contract.sample import to_us
from mes.feed.store_audit_entries import Wanted, audit_entries
from mes.people.accounts.store import called
from mes.web.bounds import BEYOND, EARLIEST, LARGEST, ONE_LINE
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of
from mes.web.problems import mistake
from mes.web.words import words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SHOWN = 100
DAY = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"
Text = Annotated[str, Query(max_length=200, pattern=ONE_LINE)]


@router.get("/audit")
async def audit(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    person: Annotated[str, Query(max_length=80, pattern=ONE_LINE)] = "",
    client: Annotated[str, Query(max_length=100, pattern=ONE_LINE)] = "",
    subject: Text = "",
    from_: Annotated[str, Query(alias="from", max_length=10, pattern=DAY)] = "",
    to: Annotated[str, Query(max_length=10, pattern=DAY)] = "",
    before: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
) -> HTMLResponse:
    """Acts of persons and programs, the newest first, of some days of the site; the last day is included."""
    zone = ZoneInfo(context.plant.site.zone)
    span = _begin("query.from", from_, zone, 0), _begin("query.to", to, zone, 1)
    texts = [text.strip() or None for text in (subject, person, client)]
    wanted = Wanted(texts[0], texts[1], texts[2], *span, before or None, SHOWN + 1)
    async with context.pool.connection(LEND_S) as conn:
        found = await audit_entries(conn, wanted, context.settings.audit_key)
        persons = await called(conn, [one.subject for one in found])
    more, found = len(found) > SHOWN, found[:SHOWN]
    formats, w = formats_of(context, language), words(language)
    kept = {"person": person, "client": client, "subject": subject, "from": from_, "to": to}
    asked = {name: text for name, text in kept.items() if text}
    return page_of(
        request,
        "audit.html",
        language,
        entries=found,
        persons=persons,
        broken=[one for one in found if not one.intact],
        kept=kept,
        older=f"/audit?{urlencode(asked | {'before': found[-1].position})}" if more else "",
        said=lambda action: w.get(f"audit.{action}", action),
        changed=_changed,
        moment=lambda at: formats.moment(to_us(at)),
    )


def _begin(place: str, day: str, zone: ZoneInfo, more: int) -> datetime | None:
    """When a day of the site begins, or the one after it; None where a form leaves the day empty."""
    if not day:
        return None
    try:
        begins = datetime.combine(date.fromisoformat(day) + timedelta(days=more), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise mistake(place, "Give a day such as 2026-01-31.") from None
    if not EARLIEST <= begins < BEYOND:
        raise mistake(place, "Give a day from 2000-01-01 to 2199-12-31.")
    return begins


def _changed(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """What differs: the name of a value, as it was, as it is."""
    old, new = before or {}, after or {}
    differing = [name for name in (*old, *(one for one in new if one not in old)) if old.get(name) != new.get(name)]
    return [(name, _text(old.get(name)), _text(new.get(name))) for name in differing]


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
