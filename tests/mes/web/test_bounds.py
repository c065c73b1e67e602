"""What a request may say: every date, number, text and cursor has bounds, every key of an address is known."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from mes import health
from mes.app import PAGES, create_app
from mes.keeper.refresh_loop import Refresh
from mes.losses import pages as stop_pages
from mes.quality import pages as quality_pages
from mes.quality import pages_chart
from mes.web import cursor
from mes.web.problems import Problem
from runtime.database import async_pool
from tests.mes.erp.plants import client, settings
from tests.mes.screens.lines import plant
from tests.support.databases import cloned

WISH = {"product": "part", "quantity": 200, "due_at": "2026-01-31T14:00:00+08:00", "line": "line-1"}
IMPOSSIBLE = [
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "1999-12-31T23:59:59Z",
    "2000-01-01T00:00:00+00:01",
    "2200-01-01T00:00:00Z",
    "2199-12-31T23:59:59-00:01",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
]


@pytest.fixture(scope="module")
def only_read(postgres_url: str, template: str) -> Iterator[str]:
    """One database for all tests that change nothing."""
    with cloned(postgres_url, template) as url:
        yield url


def application(database: str) -> FastAPI:
    return create_app(settings(database), plant(), async_pool(database, "mes"), Refresh(alive=True))


def taken(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every single value that a request can carry, with its place."""
    parts = described.get("components", {}).get("schemas", {})

    def within(place: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        if "$ref" in schema:
            yield from within(place, parts[schema["$ref"].rsplit("/", 1)[1]])
        for one in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:
            yield from within(place, one)
        for name, one in schema.get("properties", {}).items():
            yield from within(f"{place}.{name}", one)
        if "items" in schema:
            yield place, schema
            yield from within(f"{place}[]", schema["items"])
        if schema.get("type") in ("string", "integer", "number"):
            yield place, schema

    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            for one in operation.get("parameters", []):
                if one["in"] in ("path", "query"):
                    yield from within(f"{method} {path} {one['in']}.{one['name']}", one["schema"])
            for kind in operation.get("requestBody", {}).get("content", {}).values():
                yield from within(f"{method} {path} body", kind["schema"])


def bounded(schema: dict[str, Any]) -> bool:
    low, high = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
    match schema.get("type"), schema.get("format"):
        case _ if "enum" in schema or "const" in schema:
            return True
        case "string", "uuid":
            return True
        case "array", _:
            wanted = [{"maxItems"}]
        case "string", "date" | "date-time":
            wanted = [{"formatMinimum"}, {"formatExclusiveMaximum"}]
        case "string", "binary":
            wanted = [{"maxLength"}]
        case "string", _:
            wanted = [{"maxLength"}, {"pattern"}]
        case _:
            wanted = [low, high]
    return all(one & schema.keys() for one in wanted)


async def test_every_date_number_text_and_cursor_that_a_route_takes_has_bounds(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = [application(database).openapi()]
    own = (*PAGES, health)
    for router in (*(one.router for one in own), stop_pages.heavy, quality_pages.heavy, pages_chart.heavy):
        for route in router.routes:
            monkeypatch.setattr(route, "include_in_schema", True)
        described.append(get_openapi(title="pages", version="1", routes=router.routes))

    found = [one for document in described for one in taken(document)]

    assert [place for place, schema in found if not bounded(schema)] == []
    assert len(found) > 100
    assert any("/stops/" in place for place, _ in found)


@pytest.mark.parametrize("due_at", IMPOSSIBLE)
async def test_an_order_that_is_due_in_no_year_of_ours_is_refused_and_not_stored(database: str, due_at: str) -> None:
    async with client(database, plant()) as http:
        answer = await http.put("/api/v1/orders/WO-1", json=WISH | {"due_at": due_at})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"place": "body.due_at", "message": "Give an instant from the years 2000 to 2199."}
    ]
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM work_order").fetchone() == (0,)


@pytest.mark.parametrize("at", IMPOSSIBLE)
@pytest.mark.parametrize(
    "address",
    [
        "/equipment/press-1/kpis?to=2026-01-31T06:00:00Z&from=",
        "/equipment/press-1/kpis?window=hour&as_of=",
        "/equipment/press-1/states?from=2026-01-31T06:00:00Z&to=",
        "/restatements?from=",
        "/equipment/press-1/edits?to=",
        "/audit?from=2026-01-31T06:00:00Z&to=",
        "/calendar?from=2026-01-31&to=2026-02-01&as_of=",
    ],
)
async def test_no_date_outside_2000_to_2199_is_asked_for(only_read: str, address: str, at: str) -> None:
    async with client(only_read, plant()) as http:
        answer = await http.get(f"/api/v1{address}{at.replace('+', '%2B')}")

    assert answer.status_code == 422
    assert "2000 to 2199" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["a\x00b", "\x1b[31m", "x" * 81, " ", "\ud800"])
async def test_no_name_of_a_person_breaks_a_row_a_log_or_a_page(database: str, name: str) -> None:
    said = json.dumps({"by": name})
    async with client(database, plant()) as http:
        answer = await http.post(
            "/api/v1/alarms/1/acknowledge", content=said, headers={"Content-Type": "application/json"}
        )
        page = await http.post("/alarms/1/acknowledge", data={"by": name.encode("utf-8", "replace").decode()})

    assert answer.status_code in (404, 422)
    assert page.status_code in (303, 404)


async def test_a_key_of_half_a_character_is_a_mistake_that_can_be_told(only_read: str) -> None:
    async with client(only_read, plant()) as http:
        answer = await http.put(
            "/api/v1/orders/WO-1", content='{"\\ud800": 1}', headers={"Content-Type": "application/json"}
        )

    assert answer.status_code == 422
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    ("address", "key", "known"),
    [
        ("/api/v1/equipment/press-1/kpis?window=hour&polcy=tpm-classic", "polcy", "policy"),
        ("/api/v1/orders?changed_since=2026-01-31T06:00:00Z", "changed_since", "cursor"),
        ("/api/v1/alarms?opne=true", "opne", "open"),
        ("/api/v1/equipment/press-1?x=1", "x", "this address has none"),
        ("/alarms?truble=name_needed", "truble", "trouble"),
        ("/health/live?x=1", "x", "this address has none"),
    ],
)
async def test_a_typing_error_in_a_key_of_an_address_is_told(
    only_read: str, address: str, key: str, known: str
) -> None:
    async with client(only_read, plant()) as http:
        answer = await http.get(address)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == f"query.{key}"
    assert known in answer.json()["errors"][0]["message"]


async def test_a_key_that_is_given_twice_is_a_mistake(only_read: str) -> None:
    async with client(only_read, plant()) as http:
        answer = await http.get("/api/v1/alarms?open=true&open=false")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"place": "query.open", "message": "Give it once."}]


@pytest.mark.parametrize("position", [-1, 2**63, "٣", "1_000", " 7", "9" * 400])
def test_a_cursor_is_a_position_that_a_list_can_have(position: object) -> None:
    made = cursor.encode("orders", position)  # type: ignore[arg-type]  # as a stranger would make it

    with pytest.raises(Problem) as found:
        cursor.decode("orders", made)
    assert found.value.status == 422
