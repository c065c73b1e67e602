"""Who acts: the person in the header, the program by its key."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from mes.keeper.refresh_loop import Refresh
from mes.web.access.access import Access
from mes.web.access.author import TheAuthor
from mes.web.context import Context
from mes.web.problems import add_handlers
from runtime.database import async_pool
from runtime.settings import Settings
from tests.mes.house import PLANT

KEYS = {"erp": "0123456789abcdef"}


async def author(headers: dict[str, str], keys: dict[str, str] | None = None) -> tuple[int, Any]:
    settings = Settings(Path("plant.yaml"), Path("data"), None, "", None)
    app = FastAPI()
    app.state.context = Context(settings, PLANT, async_pool("", "mes"), Refresh(), Access(keys or {}))
    add_handlers(app, lambda _: httpx.Response(503), lambda *_: httpx.Response(503))  # type: ignore[arg-type,return-value]

    @app.get("/who")
    async def who(found: TheAuthor) -> list[str | None]:
        return [found.person, found.client]

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
        answer = await http.get("/who", headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, [None, "api"]),
        ({"Shopfloor-Person": "Li%20Wei"}, ["Li Wei", "api"]),
        ({"Shopfloor-Person": "%E6%9D%8E%E4%BC%9F"}, ["李伟", "api"]),
        ({"Authorization": "Bearer 0123456789abcdef"}, [None, "erp"]),
    ],
)
async def test_a_person_is_named_by_the_header_and_a_program_by_its_key(
    headers: dict[str, str], expected: list[str | None]
) -> None:
    assert await author(headers, KEYS) == (200, expected)


@pytest.mark.parametrize("name", ["%FF", "%20", "a" * 81, "a%0Ab"])
async def test_a_name_that_cannot_be_one_is_told_with_its_place(name: str) -> None:
    status, problem = await author({"Shopfloor-Person": name})

    assert (status, problem["errors"][0]["place"]) == (422, "header.Shopfloor-Person")
