"""Where a page cannot be shown, a person sees a page that says so in his language; a program gets problem+json."""

import pytest

from tests.mes.erp.plants import client
from tests.mes.screens.lines import plant

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = "application/problem+json"


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/nowhere", 404, "没有这个页面"),
        ("/stops/nowhere", 404, "没有这个页面"),
        ("/orders/nowhere", 404, "没有这个页面"),
        ("/orders?limit=ten", 422, "有错误"),
        ("/alarms?nonsense=1", 422, "有错误"),
        ("/wall/LINE!", 422, "有错误"),
    ],
)
async def test_a_person_sees_a_page_in_his_language(database: str, address: str, status: int, said: str) -> None:
    async with client(database, plant()) as http:
        page = await http.get(address, headers=BROWSER | {"Accept-Language": "zh-CN"})

    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert '<html lang="zh">' in page.text
    assert said in page.text
    assert '<a href="/">' in page.text


async def test_what_was_asked_is_shown_as_text(database: str) -> None:
    async with client(database, plant()) as http:
        page = await http.get("/<script>alert(1)</script>", headers=BROWSER)

    assert page.status_code == 404
    assert "<script>alert" not in page.text
    assert "There is no such page." in page.text


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/api/v1/nowhere", BROWSER),
        ("/api/v1/equipment/press-1/kpis?window=year", BROWSER),
        ("/static/nowhere.css", BROWSER),
        ("/nowhere", {}),
        ("/stops/nowhere", {"Accept": "application/json"}),
    ],
)
async def test_a_program_gets_a_document(database: str, address: str, headers: dict[str, str]) -> None:
    async with client(database, plant()) as http:
        answer = await http.get(address, headers=headers)

    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == JSON


PAGES = (
    "",
    "docs",
    "stops",
    "alarms",
    "orders",
    "products",
    "quality",
    "nodes",
    "reconciliation",
    "login",
    "station",
    "people",
    "audit",
)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_page_takes_the_language_and_remembers_it(database: str, page: str, language: str) -> None:
    async with client(database, plant()) as http:
        found = await http.get(f"/{page}", params={"lang": language})

    assert found.status_code == 200
    assert found.cookies["shopfloor_lang"] == language


async def test_another_language_keeps_what_was_asked_for(database: str) -> None:
    async with client(database, plant()) as http:
        page = (await http.get("/report", params={"equipment": "line-1", "period": "day", "lang": "en"})).text

    assert 'href="/report?equipment=line-1&amp;period=day&amp;lang=zh"' in page
