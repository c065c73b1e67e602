"""Rosters, policies and ways by the API: versions, overrides, who is on call, and a dry run of a night."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from mes.alarms.rosters.store_command import run
from mes.web.problems import Problem
from runtime.database import connect
from tests.alerts.escalation.roster_rows import staff
from tests.mes.erp.plants import client
from tests.mes.house import PLANT, WITH_CHAT

TURN = {"members": ["4711", "4712"], "days": 7, "handover": "08:00", "first_day": "2026-01-05"}
MECHANICS = {"name": {"en": "Mechanics", "zh": "机修"}, "zone": "Europe/Berlin", "rotations": [TURN]}
POLICY = {
    "name": {"en": "Mechanics", "zh": "机修"},
    "steps": [{"after_min": 0, "roster": "mechanics"}, {"after_min": 10, "roster": "mechanics"}],
    "repeat_every_min": 30,
    "repeats": 1,
}


def with_turn(**more: Any) -> dict[str, Any]:
    return MECHANICS | {"rotations": [TURN | more]}


def with_people(database: str) -> None:
    with connect(database, "mes") as conn:
        staff(conn, "4711", "4712", "4713", channel="chat", priority="high")  # type: ignore[arg-type]  # rows of any kind


async def put(http: httpx.AsyncClient, path: str, body: Any) -> httpx.Response:
    return await http.put(f"/api/v1{path}", json=body)


async def get(http: httpx.AsyncClient, path: str, **asked: str) -> Any:
    return (await http.get(f"/api/v1{path}", params=asked)).json()


async def test_a_roster_says_who_is_on_call_at_any_instant_and_the_same_again_is_no_new_version(database: str) -> None:
    with_people(database)
    async with client(database, WITH_CHAT) as http:
        made = (await put(http, "/rosters/mechanics", MECHANICS)).json()
        again = (await put(http, "/rosters/mechanics", MECHANICS)).json()
        before = await get(http, "/on-call", at="2026-01-12T06:59:00Z")
        after = await get(http, "/on-call", at="2026-01-12T07:00:00Z")
        turns = await get(http, "/on-call/turns", **{"from": "2026-01-05T07:00:00Z", "to": "2026-01-26T07:00:00Z"})

    assert (made["version"], again["version"]) == (1, 1)
    assert [one[0]["persons"] for one in (before, after)] == [["4711"], ["4712"]]
    assert [one["persons"] for one in turns] == [["4711"], ["4712"], ["4711"]]


async def test_an_override_takes_somebodys_place_until_it_is_taken_back(database: str) -> None:
    with_people(database)
    span = {"from": "2026-12-24T00:00:00Z", "to": "2026-12-25T00:00:00Z"}
    body = span | {"kind": "replace", "holder": "4713", "instead_of": "4711", "why": "holiday"}
    async with client(database, WITH_CHAT) as http:
        await put(http, "/rosters/mechanics", MECHANICS)
        plain = (await get(http, "/on-call", at="2026-12-24T02:10:00Z"))[0]["persons"]
        made = await http.post("/api/v1/rosters/mechanics/overrides", json=body)
        other = await http.post("/api/v1/rosters/mechanics/overrides", json=body | {"instead_of": None})
        replaced = (await get(http, "/on-call", at="2026-12-24T02:10:00Z"))[0]["persons"]
        ended = await http.post(f"/api/v1/roster-overrides/{made.json()['items'][0]['id']}/end")
        back = (await get(http, "/on-call", at="2026-12-24T02:10:00Z"))[0]["persons"]

    assert (plain, replaced, back) == (["4711"], ["4713"], ["4711"])
    assert (made.status_code, other.status_code, ended.status_code) == (201, 422, 200)
    assert ended.json()["items"] == []


async def test_who_is_called_on_24_december_at_ten_past_three_and_how(database: str) -> None:
    with_people(database)
    async with client(database, WITH_CHAT) as http:
        await put(http, "/rosters/mechanics", MECHANICS)
        made = await put(http, "/escalation-policies/mechanics", POLICY)
        calls = await get(http, "/on-call/dry-run", policy="mechanics", at="2026-12-24T02:10:00Z", hours="2")
        quiet = await get(http, "/on-call/dry-run", policy="mechanics", at="2026-12-24T02:10:00Z", priority="low")
        none = await http.get("/api/v1/on-call/dry-run", params={"policy": "x", "at": "2026-12-24T02:10:00Z"})

    assert made.status_code == 200
    assert [call["at"][11:16] for call in calls] == ["02:10", "02:20", "02:50", "03:00"]
    assert {"4711 by chat at 4711@example.com"} == {way for call in calls for way in call["ways"]}
    # Nobody has said how to be called for low priority, so nobody would be.
    assert {True} == {call["skipped"] for call in quiet}
    assert none.status_code == 404


async def test_what_is_not_there_is_refused_with_its_place(database: str) -> None:
    with_people(database)
    async with client(database, WITH_CHAT) as http:
        await put(http, "/rosters/mechanics", MECHANICS)
        refused = [
            await put(http, "/rosters/x", with_turn(members=["1"])),
            await put(http, "/rosters/x", MECHANICS | {"zone": "Mars/Olympus"}),
            await put(
                http, "/rosters/x", MECHANICS | {"rotations": [MECHANICS["rotations"][0] | {"shifts": ["moon"]}]}
            ),  # type: ignore[index]
            await put(http, "/escalation-policies/x", POLICY | {"steps": [{"roster": "nobody"}]}),
            await put(http, "/escalation-policies/x", POLICY | {"steps": [{"roster": "mechanics", "channel": "x"}]}),
        ]

    assert [one.status_code for one in refused] == [422] * 5
    assert "personnel number '1'" in refused[0].text
    assert "time zone" in refused[1].text


async def test_a_skill_that_is_needed_decides_whose_turn_it_is(database: str) -> None:
    with_people(database)
    needs = with_turn(skill="plc")
    async with client(database, WITH_CHAT) as http:
        await put(http, "/rosters/mechanics", needs)
        without = (await get(http, "/on-call", at="2026-01-06T12:00:00Z"))[0]["persons"]
        await put(http, "/skills", {"holder": "4712", "skill": "plc", "expires_on": "2026-06-30"})
        held = (await get(http, "/on-call", at="2026-01-06T12:00:00Z"))[0]["persons"]
        expired = (await get(http, "/on-call", at="2026-07-01T12:00:00Z"))[0]["persons"]

    assert (without, held, expired) == ([], ["4712"], [])


async def test_the_command_says_what_the_api_says(database: str) -> None:
    with_people(database)
    async with client(database, WITH_CHAT) as http:
        await put(http, "/rosters/mechanics", MECHANICS)
        await put(http, "/escalation-policies/mechanics", POLICY)
    night = datetime(2026, 12, 24, 2, 10, tzinfo=UTC)

    def said(policy: str | None) -> str:
        return run(database, WITH_CHAT, night, policy, "high", timedelta(hours=2))

    assert await asyncio.to_thread(said, None) == "mechanics: 4711"
    lines = (await asyncio.to_thread(said, "mechanics")).splitlines()
    assert lines[0] == "2026-12-24 02:10:00Z mechanics: 4711 by chat at 4711@example.com"
    assert len(lines) == 4
    with pytest.raises(Problem):
        await asyncio.to_thread(said, "x")


async def test_where_the_plant_has_no_such_channel_the_dry_run_says_that_nobody_can_be_reached(database: str) -> None:
    with_people(database)
    async with client(database, PLANT) as http:
        await put(http, "/rosters/mechanics", MECHANICS)
        await put(http, "/escalation-policies/mechanics", POLICY | {"repeats": 0})
        calls = await get(http, "/on-call/dry-run", policy="mechanics", at="2026-12-24T02:10:00Z")

    assert [(one["skipped"], one["persons"], one["unreachable"]) for one in calls] == [(True, [], ["4711"])] * 2
