"""What cannot be asked is refused before any work: no database is read for it, and no worker is asked."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from mes.app import create_app
from mes.erp.routes import PARTS
from mes.keeper.refresh_loop import Refresh
from mes.web.asked import keys_of, longest_days
from mes.web.workers import Workers
from runtime.database import async_pool
from tests.mes.erp.plants import settings
from tests.mes.screens.lines import plant

NOBODY = "postgresql://nobody@127.0.0.1:1/nowhere"
NOW = datetime.now(UTC).replace(microsecond=0)
IDS = {"/equipment/{id}": "press-1", "/characteristics/{id}": "0199b8a2-0000-7000-8000-000000000001"}

NEEDED = {"/compare": {"with": "tpm-classic"}, "/values": {"tag": "state"}}


def windowed() -> Iterator[tuple[str, int | None]]:
    """Every address that takes a span, and how many days that may have where something is computed of it."""
    for route in (route for _, router in PARTS for route in router.routes):
        if isinstance(route, APIRoute) and {"from", "to"} <= keys_of(route.dependant):
            id_ = next((id_ for begin, id_ in IDS.items() if route.path.startswith(begin)), "x")
            yield "/api/v1" + route.path.replace("{id}", id_), longest_days(route.dependant)


ADDRESSES = dict(windowed())
COMPUTED = {path: days for path, days in ADDRESSES.items() if days is not None}


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """An application without a database, whose workers are all busy."""
    workers = Workers(settings(NOBODY), plant(), 0, budget_s=0.05)
    app = create_app(settings(NOBODY), plant(), async_pool(NOBODY, "mes"), Refresh(alive=True), workers=workers)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        yield opened


def span(path: str, begin: datetime, length: timedelta) -> dict[str, str]:
    """A span as an address takes it: of days or of instants."""
    days = path.endswith("/calendar")
    ends = {key: (at.date() if days else at).isoformat() for key, at in (("from", begin), ("to", begin + length))}
    return ends | next((more for end, more in NEEDED.items() if path.endswith(end)), {})


def places(answer: httpx.Response) -> tuple[int, list[str]]:
    return answer.status_code, [error["place"] for error in answer.json().get("errors", [])]


def test_every_heavy_address_says_how_long_its_window_may_be() -> None:
    assert len(COMPUTED) >= 14
    assert {31, 366, 400} == set(COMPUTED.values())


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=-1)])
async def test_a_span_that_ends_before_it_begins_is_refused(
    http: httpx.AsyncClient, path: str, length: timedelta
) -> None:
    answer = await http.get(path, params=span(path, NOW - timedelta(days=2), length))

    assert places(answer) == (422, ["query.to"])


@pytest.mark.parametrize(("path", "days"), COMPUTED.items())
async def test_a_window_that_is_too_long_is_refused(http: httpx.AsyncClient, path: str, days: int) -> None:
    begin = NOW - timedelta(days=500)

    longest = await http.get(path, params=span(path, begin, timedelta(days=days)))
    longer = await http.get(path, params=span(path, begin, timedelta(days=days + 1)))

    assert longest.status_code == 503
    assert places(longer) == (422, ["query.to"])


@pytest.mark.parametrize("path", [path for path in COMPUTED if not path.endswith("/calendar")])
async def test_a_window_of_the_future_and_a_time_that_is_none_are_refused(http: httpx.AsyncClient, path: str) -> None:
    future = await http.get(path, params=span(path, NOW + timedelta(days=1), timedelta(days=1)))
    none = await http.get(path, params=span(path, NOW, timedelta(days=1)) | {"from": "yesterday"})

    assert places(future) == (422, ["query.from"])
    assert places(none) == (422, ["query.from"])


async def test_a_long_window_by_another_policy_is_refused(http: httpx.AsyncClient) -> None:
    path = "/api/v1/equipment/press-1/kpis"
    asked = span(path, NOW - timedelta(days=100), timedelta(days=90))

    own = await http.get(path, params=asked)
    other = await http.get(path, params=asked | {"policy": "tpm-classic"})

    assert own.status_code == 503
    assert places(other) == (422, ["query.to"])
