from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.mes.erp.plants import client
from tests.mes.screens.engineering import engineered, two_hours

STATIC = Path("mes/web/static")
ASKED = {"tag": ["press-1/temperature"], "window": "day"}


async def get(database: str, path: str, **asked: Any) -> httpx.Response:
    async with client(database, engineered()) as http:
        return await http.get(path, params=asked)


async def test_the_chart_draws_what_the_api_tells(database: str) -> None:
    now = two_hours(database)

    told = (await get(database, "/trends/data", **ASKED)).json()

    [chart] = told["charts"]
    known = [value for value in chart["y"] if value is not None]
    assert (chart["id"], min(known), round(max(known), 6)) == ("press-1/temperature", 60, pytest.approx(67.4, abs=0.1))
    assert [round(end - begin) for begin, end in chart["gaps"]][1:2] == [599]
    assert told["to"] >= now / 1e6


async def test_a_view_is_saved_as_a_table_with_its_machines(database: str) -> None:
    two_hours(database)

    table = await get(database, "/trends/file", format="csv", **ASKED)
    book = await get(database, "/trends/file", format="xlsx", **ASKED)

    lines = table.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "machine,tag,what,from,to,value,quality,unit"
    assert lines[2].startswith("press-1,temperature,sample,")
    assert book.content[:2] == b"PK"


async def test_a_tag_that_is_gone_is_told_and_the_others_are_drawn(database: str) -> None:
    page = await get(database, "/trends", tag=["press-1/temperature", "press-7/speed"])

    assert "press-7/speed" in page.text
    assert 'data-chart="press-1/temperature"' in page.text


async def test_a_window_with_one_end_is_refused(database: str) -> None:
    page = await get(database, "/trends", **{"tag": "press-1/temperature", "from": "2026-01-01T00:00:00Z"})

    assert page.status_code == 422


def test_all_scripts_of_the_page_are_smaller_than_60_kb() -> None:
    scripts = [STATIC / "trends.js", STATIC / "uplot" / "uPlot.iife.min.js"]

    assert sum(script.stat().st_size for script in scripts) <= 60_000
