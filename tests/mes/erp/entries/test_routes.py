"""Entries of tablets: carried out once, dated by their age, and what contradicts what stands waits for a person."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contract.sample import from_us
from tests.mes.erp.plants import client
from tests.mes.house import MINUTE, PLANT, START, keep, know, sample
from tests.mes.orders.quantities.test_routes import BURR, made, running

DEVICE = str(uuid4())
HOUR = timedelta(hours=1)


def entry(seq: int, said: dict[str, Any], made_at: datetime, **more: Any) -> dict[str, Any]:
    common = {"id": str(uuid4()), "seq": seq, "machine": "press-1", "by": "Li Wei", "made": made_at.isoformat()}
    return common | {"said": said} | more


def reported(operation: str, good: str, scrap: str) -> dict[str, Any]:
    return {"kind": "report", "operation": operation, "good": good, "scrap": [{"quantity": scrap, "reason": "burr"}]}


async def sent(http: httpx.AsyncClient, *entries: dict[str, Any], now: datetime | None = None) -> list[dict[str, Any]]:
    """What became of each, by its own clock."""
    body = {"device": DEVICE, "now": (now or datetime.now(UTC)).isoformat(), "entries": list(entries)}
    answer = await http.post("/api/v1/offline-batches", json=body)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


async def told(http: httpx.AsyncClient, operation: str) -> list[dict[str, Any]]:
    answer = await http.get("/api/v1/production-quantities", params={"operation": operation})
    return sorted(answer.json(), key=lambda row: str(row["kind"]))


async def test_good_and_scrap_are_one_entry_that_is_made_once_however_often_it_is_sent(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        one = entry(1, reported(id_, "100", "5"), datetime.now(UTC), touches=2, took_ms=2400)
        states = [(await sent(http, one))[0]["status"] for _ in range(3)]
        other = await http.post(
            "/api/v1/offline-batches",
            json={"device": DEVICE, "now": one["made"], "entries": [one | {"said": reported(id_, "1", "5")}]},
        )
        rows = await told(http, id_)

    assert states == ["applied", "repeated", "repeated"]
    assert other.status_code == 422
    assert [(row["kind"], row["quantity"], row["reason"], row["person"]) for row in rows] == [
        ("good", "100", None, "Li Wei"),
        ("scrap", "5", "burr", "Li Wei"),
    ]


async def test_an_entry_is_dated_by_its_age_whatever_the_tablets_clock_says(database: str) -> None:
    made(database)
    wrong = datetime.now(UTC) - timedelta(days=4000)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await sent(http, entry(1, reported(id_, "10", "1"), wrong - 8 * HOUR), now=wrong)
        rows = await told(http, id_)

    age = datetime.now(UTC) - datetime.fromisoformat(rows[0]["made_at"])
    assert abs(age - 8 * HOUR) < timedelta(seconds=20)


async def test_an_entry_of_a_tablet_whose_clock_was_set_waits_for_a_person_who_says_when_it_was(database: str) -> None:
    made(database)
    now = datetime.now(UTC)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        back = entry(1, reported(id_, "10", "1"), now + HOUR)
        forth = entry(2, {"kind": "call", "call": "material"}, now - HOUR, offset_ms=3_600_000)
        results = await sent(http, back, forth, now=now)
        at = from_us(START + 20 * MINUTE).isoformat()
        address = f"/api/v1/conflicts/{back['id']}/resolve"
        solved = await http.post(address, json={"decision": "apply", "why": "before the break", "at": at})
        rows = await told(http, id_)
        left = (await http.get("/api/v1/conflicts")).json()["items"]

    assert [one["status"] for one in results] == ["conflict", "conflict"]
    assert all("clock was set" in one["problem"]["detail"] for one in results)
    assert solved.status_code == 200
    assert {row["made_at"] for row in rows} == {"2026-11-24T02:50:00Z"}
    assert [one["id"] for one in left] == [forth["id"]]


def stood(database: str) -> None:
    """A press that ran, and is down since the tenth minute."""
    know(
        database,
        [sample("press-1", "state", second, 1.0 if second < 600 else 5.0) for second in range(0, 1201, 2)],
    )
    keep(database)


def why(reason: str, by: str, seen: int | None) -> dict[str, Any]:
    span = {"from": from_us(START + 10 * MINUTE).isoformat(), "to": from_us(START + 19 * MINUTE).isoformat()}
    edit = {"kind": "reason", "reason": reason, "by": by, "why": "tablet", "seen_edit": seen}
    return {"kind": "edit", "edit": edit | span}


async def test_of_two_people_at_one_stop_the_second_sees_the_firsts_reason_and_decides(database: str) -> None:
    stood(database)
    async with client(database, PLANT) as http:
        [first] = await sent(http, entry(1, why("jam", "Li Wei", None), datetime.now(UTC)))
        [second] = await sent(http, entry(2, why("tool", "Wang", None), datetime.now(UTC), by="Wang"))
        [waits] = (await http.get("/api/v1/conflicts", params={"machine": "press-1"})).json()["items"]
        [blocked] = await sent(http, entry(3, why("tool", "Wang", None), datetime.now(UTC), by="Wang"))
        address = f"/api/v1/conflicts/{waits['id']}/resolve"
        solved = await http.post(address, json={"decision": "apply", "why": "looked again"})
        again = await http.post(address, json={"decision": "discard", "why": "no"})
        edits = (await http.get("/api/v1/equipment/press-1/edits")).json()["items"]

    assert (first["status"], second["status"], blocked["status"]) == ("applied", "conflict", "blocked")
    assert "Li Wei gave the reason 'jam'" in second["problem"]["detail"]
    assert waits["said"]["edit"]["reason"] == "tool"
    assert (solved.status_code, again.status_code) == (200, 404)
    assert [(one["reason"], one["by"]) for one in edits] == [("tool", "api: Wang"), ("jam", "api: Li Wei")]


async def test_a_command_of_what_has_changed_since_waits_and_thrown_away_it_holds_nothing_up(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        id_ = await running(http)
        seen = (await http.get(f"/api/v1/operations/{id_}")).json()["version"]
        pause = {"kind": "command", "operation": id_, "command": "pause", "reason": "break", "seen": seen}
        [done] = await sent(http, entry(1, pause, datetime.now(UTC)))
        [stale] = await sent(http, entry(2, pause | {"command": "complete"}, datetime.now(UTC)))
        later = entry(3, {"kind": "command", "operation": id_, "command": "resume"}, datetime.now(UTC))
        [waits] = await sent(http, later)
        address = f"/api/v1/conflicts/{stale['id']}/resolve"
        await http.post(address, json={"decision": "discard", "why": "pressed twice"})
        [goes] = await sent(http, later)
        now = (await http.get(f"/api/v1/operations/{id_}")).json()

    assert [one["status"] for one in (done, stale, waits, goes)] == ["applied", "conflict", "blocked", "applied"]
    assert now["state"] == "running"


@pytest.mark.parametrize("seed", range(3))
async def test_entries_of_eight_hours_without_a_network_arrive_each_exactly_once(database: str, seed: int) -> None:
    """Batches are cut anywhere, answers are lost, and all that is not known to be taken is sent again."""
    dice = random.Random(seed)
    made(database)
    now = datetime.now(UTC)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        waiting = [
            entry(n, reported(id_, str(n), "1"), now - 8 * HOUR + n * timedelta(minutes=10), offset_ms=0)
            for n in range(1, 49)
        ]
        while waiting:
            part = waiting[: dice.randint(1, 12)]
            results = await sent(http, *part)
            if dice.random() < 0.4:
                continue  # The answer never came.
            gone = {one["id"] for one in results if one["status"] in ("applied", "repeated")}
            waiting = [one for one in waiting if one["id"] not in gone]
        rows = await told(http, id_)

    good = [row for row in rows if row["kind"] == "good"]
    assert sorted(int(row["quantity"]) for row in good) == list(range(1, 49))
    assert len(rows) == 2 * 48
    for row in good:
        meant = now - 8 * HOUR + int(row["quantity"]) * timedelta(minutes=10)
        assert abs(datetime.fromisoformat(row["made_at"]) - meant) < timedelta(seconds=30)
