import pytest

from tests.mes.erp.plants import client, keeping
from tests.mes.screens.engineering import engineered, two_hours


@pytest.fixture
def kept(database: str) -> str:
    two_hours(database)
    with keeping(database, engineered()):
        pass
    return database


# The page shows the answer of the API.
async def test_cycles_flow_and_policies_show_what_the_api_tells(kept: str) -> None:
    async with client(kept, engineered()) as http:
        cycles = (await http.get("/api/v1/equipment/press-1/cycles?window=hour")).json()
        pages = [(await http.get(f"/{name}/line-1?window=hour&lang=en")) for name in ("cycles", "flow", "policies")]
        mine = (await http.get("/cycles/press-1?window=hour&lang=en")).text

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert f"{cycles['measured']} parts measured" in mine
    assert "Press 1" in pages[1].text
    assert "tpm-classic" in pages[2].text


async def test_each_page_begins_somewhere(kept: str) -> None:
    async with client(kept, engineered()) as http:
        places = [(await http.get(f"/{name}")).headers["location"] for name in ("cycles", "flow", "policies")]

    assert places == [f"{place}?lang=en" for place in ("/cycles/line-1", "/flow/line-1", "/policies/works")]


async def test_a_tag_is_told_with_its_source_and_age(kept: str) -> None:
    async with client(kept, engineered()) as http:
        page = (await http.get("/tags?q=temperature&machine=press-1&lang=en")).text

    assert "1 of 1 tags" in page
    assert "holding 70" in page
    assert "TOO OLD" in page


async def test_only_a_line_has_a_flow(kept: str) -> None:
    async with client(kept, engineered()) as http:
        page = await http.get("/flow/press-1")

    assert page.status_code == 422
