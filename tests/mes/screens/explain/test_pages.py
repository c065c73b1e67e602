import re
from typing import Any

import httpx
import pytest

from mes.screens.explain import pages as explain_pages
from mes.web.asked import longest_days
from tests.mes.erp.plants import client, keeping
from tests.mes.screens.engineering import engineered, two_hours


@pytest.fixture
def kept(database: str) -> str:
    two_hours(database)
    with keeping(database, engineered()):
        pass
    return database


async def get(database: str, *addresses: str) -> list[httpx.Response]:
    async with client(database, engineered()) as http:
        return [await http.get(address, follow_redirects=True) for address in addresses]


async def kpis(database: str, equipment: str = "press-1") -> dict[str, Any]:
    [answer] = await get(database, f"/api/v1/equipment/{equipment}/kpis?window=hour")
    found: dict[str, Any] = answer.json()
    return found


async def test_the_number_on_the_page_is_the_number_of_the_api(kept: str) -> None:
    told = await kpis(kept)

    [page] = await get(kept, f"/explain?result_id={told['id']}&lang=en")

    assert page.status_code == 200
    assert f"Why {told['oee']['value'] * 100:.1f} %" in page.text
    assert f"{told['availability']['value'] * 100:.1f} %" in page.text


async def test_one_kpi_is_explained_by_its_own_id(kept: str) -> None:
    told = await kpis(kept)

    [page] = await get(kept, f"/explain?result_id={told['availability']['id']}&lang=en")

    assert f"Why {told['availability']['value'] * 100:.1f} %" in page.text


# What is listed below a number comes to that number.
@pytest.mark.parametrize("element", ["producing", "no_data", "planned", "total"])
async def test_facts_add_up_to_their_number(kept: str, element: str) -> None:
    told = await kpis(kept)
    name = element if element == "total" else f"{element}_us"
    wanted = told["elements"][name]

    [facts] = await get(kept, f"/explain/facts?result_id={told['id']}&element={element}&lang=en")

    said = re.search(r"of ([\d\u202f]+) (?:count steps|intervals), ([\d.\u202f]+) (parts|min) together", facts.text)
    assert said is not None
    expected = str(wanted) if element == "total" else f"{wanted / 60e6:.2f}"
    assert said[2].replace("\u202f", "") == expected


async def test_samples_are_told_with_three_times_and_their_frame(kept: str) -> None:
    told = await kpis(kept)
    [facts] = await get(kept, f"/explain/facts?result_id={told['id']}&element=producing")
    address = re.search(r'data-from="(/explain/samples[^"]+)"', facts.text)
    assert address is not None

    [samples] = await get(kept, address[1].replace("&amp;", "&") + "&lang=en")

    assert "Source time" in samples.text
    assert samples.text.count("edge-1 · 1 · ") >= 6
    assert 'class="this"' in samples.text


async def test_what_is_known_of_a_window_now_gets_an_id_and_keeps_the_language(kept: str) -> None:
    [page] = await get(kept, "/explain?equipment=line-1&window=hour&lang=zh")

    assert "result_id=" in str(page.url)
    assert "为什么是" in page.text


async def test_an_id_that_nobody_gave_is_refused_in_words(kept: str) -> None:
    page, nothing, element = await get(
        kept, "/explain?result_id=abc", "/explain", "/explain/facts?result_id=abc&element=nonsense"
    )

    assert (page.status_code, nothing.status_code, element.status_code) == (404, 422, 422)


async def test_the_receipt_is_saved_whole(kept: str) -> None:
    told = await kpis(kept)
    mine, api = await get(kept, f"/explain/receipt?result_id={told['id']}", f"/api/v1/kpis/{told['id']}/explain")

    assert mine.json() == api.json()
    assert "receipt.json" in mine.headers["content-disposition"]


def test_an_id_needs_no_window_beside_workers_either() -> None:
    [route] = [one for one in explain_pages.heavy.routes if getattr(one, "path", "") == "/explain"]

    assert longest_days(route.dependant) is None  # type: ignore[attr-defined]
