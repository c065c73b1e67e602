"""Who did what is listed for whoever may know it, and says itself whether it can be believed."""

from typing import Any

import httpx
import psycopg
import pytest

from mes.feed.store_audit import note
from mes.feed.store_sequencer import seal_entries
from mes.web.access.author import Author
from tests.mes.erp.plants import client
from tests.mes.house import reading
from tests.mes.screens.lines import plant

PATH = "/api/v1/audit-entries"


async def acts(database: str, *given: tuple[str | None, str, str], key: bytes | None = None) -> None:
    """Acts of (person, client, subject), sealed in this order."""
    async with reading(database) as conn:
        for n, (person, program, subject) in enumerate(given, 1):
            await note(conn, Author(person, program), "change", subject, None, {"quantity": f"{n}.50"})
        await seal_entries(conn, key)


async def listed(http: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """All pages, two entries on each."""
    found, cursor = [], None
    while True:
        given = query | {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await http.get(PATH, params=given)).raise_for_status().json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


THREE = (("Li", "erp", "order/1"), (None, "bi", "order/2"), ("Wang", "erp", "order/1"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [3, 2, 1]),
        ({"subject": "order/1"}, [3, 1]),
        ({"person": "Li"}, [1]),
        ({"client": "bi"}, [2]),
        ({"client": "erp", "subject": "order/2"}, []),
        ({"from": "2199-01-01T00:00:00Z"}, []),
        ({"to": "2001-01-01T00:00:00Z"}, []),
        ({"from": "2001-01-01T00:00:00Z", "to": "2199-01-01T00:00:00Z"}, [3, 2, 1]),
    ],
)
async def test_acts_are_found_by_what_when_and_whom(database: str, query: dict[str, str], expected: list[int]) -> None:
    await acts(database, *THREE)
    async with client(database, plant()) as http:
        found = await listed(http, **query)

    assert [one["position"] for one in found] == expected
    assert all(one["intact"] for one in found)


async def test_an_entry_tells_the_whole_act(database: str) -> None:
    await acts(database, ("李伟", "erp", "order/1"))
    async with client(database, plant()) as http:
        one = (await listed(http))[0]

    told = {key: one[key] for key in ("person", "client", "action", "subject", "before", "after")}
    assert told == {
        "person": "李伟",
        "client": "erp",
        "action": "change",
        "subject": "order/1",
        "before": None,
        "after": {"quantity": "1.50"},
    }


@pytest.mark.parametrize(
    ("tamper", "intact"),
    [
        ("UPDATE audit_entry SET person = 'Zhao' WHERE position = 2", [True, False, True]),
        ("UPDATE audit_entry SET after = '{}' WHERE position = 1", [True, True, False]),
        ("DELETE FROM audit_entry WHERE position = 2", [False, True]),
        ("DELETE FROM audit_entry WHERE position = 1", [True, False]),
    ],
)
async def test_an_entry_that_was_changed_or_whose_predecessor_is_gone_says_so(
    database: str, tamper: str, intact: list[bool]
) -> None:
    await acts(database, *THREE)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(tamper.encode())
    async with client(database, plant()) as http:
        assert [one["intact"] for one in await listed(http)] == intact


async def test_entries_that_another_key_has_sealed_are_not_believed(database: str) -> None:
    await acts(database, *THREE, key=b"k" * 32)
    async with client(database, plant()) as http:
        assert [one["intact"] for one in await listed(http)] == [False, False, False]


async def test_a_span_that_ends_before_it_begins_is_a_mistake(database: str) -> None:
    span = {"from": "2026-11-30T00:00:00Z", "to": "2026-11-29T00:00:00Z"}
    async with client(database, plant()) as http:
        answer = await http.get(PATH, params=span)

    assert (answer.status_code, answer.json()["errors"][0]["place"]) == (422, "query.to")
