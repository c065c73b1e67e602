from datetime import UTC, datetime
from itertools import pairwise

import pytest

from contract.sample import State, from_us, to_us
from mes.kpi.policy import ISO
from tests.mes.erp.plants import client, parts, tape
from tests.mes.screens.lines import HOUR, MINUTE, SECOND, plant

DAY = 20_000 * 24 * HOUR


def window(from_us_: int, to: int) -> dict[str, str]:
    return {"from": from_us(from_us_).isoformat(), "to": from_us(to).isoformat()}


async def test_the_hierarchy_is_that_of_the_plant_file(database: str) -> None:
    async with client(database, plant(2)) as http:
        items = (await http.get("/api/v1/equipment")).json()["items"]
        press = (await http.get("/api/v1/equipment/press-2")).json()

    assert [item["id"] for item in items] == ["works", "line-1", "press-1", "press-2", "line-2", "saw"]
    assert [item["isa95_level"] for item in items[:3]] == ["Site", "WorkCenter", "WorkUnit"]
    assert (press["parent"], press["ideal_cycle_s"], press["name"]["zh"]) == ("line-1", 2.0, "压力机 2")


async def test_the_state_tape_comes_in_pages_without_hole_or_overlap(database: str) -> None:
    changes = [(DAY + n * MINUTE, State.RUNNING if n % 2 else State.DOWN) for n in range(1, 20)]
    tape(database, "press-1", *changes)
    asked = window(DAY, DAY + HOUR) | {"limit": "4"}
    found: list[dict[str, object]] = []

    async with client(database, plant()) as http:
        while True:
            body = (await http.get("/api/v1/equipment/press-1/states", params=asked)).json()
            found += body["items"]
            assert len(body["items"]) <= 4
            if body["next_cursor"] is None:
                break
            asked["cursor"] = body["next_cursor"]

    assert len(found) == 20
    assert [row["state"] for row in found[:3]] == ["no_data", "running", "down"]
    assert all(one["to"] == other["from"] for one, other in pairwise(found))
    assert sum(int(str(row["duration_us"])) for row in found) == HOUR
    assert [row["open"] for row in found] == [False] * 19 + [True]


async def test_the_same_tape_in_one_page_or_many(database: str) -> None:
    tape(database, "press-1", *[(DAY + n * SECOND, State(1 + n % 5)) for n in range(50)])

    async with client(database, plant()) as http:
        whole = (await http.get("/api/v1/equipment/press-1/states", params=window(DAY, DAY + HOUR))).json()
        exact = window(DAY, DAY + HOUR) | {"limit": "50"}
        page = (await http.get("/api/v1/equipment/press-1/states", params=exact)).json()

    assert len(whole["items"]) == 50
    assert page["items"] == whole["items"]


async def test_the_current_state_of_a_silent_machine_is_no_data(database: str) -> None:
    now = to_us(datetime.now(UTC))
    tape(database, "press-1", (now - HOUR, State.RUNNING), (now - MINUTE, State.NO_DATA))
    tape(database, "press-2", (now - HOUR, State.DOWN), (now + 5 * SECOND, State.NO_DATA))

    async with client(database, plant()) as http:
        silent = (await http.get("/api/v1/equipment/press-1/state")).json()
        asked_us = to_us(datetime.now(UTC)) - now
        down = (await http.get("/api/v1/equipment/press-2/state")).json()
        unknown = (await http.get("/api/v1/equipment/press-3/state")).json()

    assert silent["state"] == "no_data"
    assert MINUTE <= silent["age_s"] * SECOND <= MINUTE + asked_us
    assert down["state"] == "down"
    assert 0 < down["age_s"] < 5
    assert (unknown["state"], unknown["since"], unknown["data_at"]) == ("no_data", None, None)


async def test_counts_of_a_line_are_those_of_its_output(database: str) -> None:
    parts(database, "press-1", "total", 10 * SECOND, DAY, DAY + HOUR)
    parts(database, "press-2", "total", 20 * SECOND, DAY, DAY + HOUR)
    parts(database, "press-2", "scrap", 10 * MINUTE, DAY, DAY + HOUR)

    async with client(database, plant(2)) as http:
        line = (await http.get("/api/v1/equipment/line-1/counts", params=window(DAY, DAY + HOUR))).json()
        machine = (await http.get("/api/v1/equipment/press-1/counts", params=window(DAY, DAY + HOUR))).json()

    assert (line["total"], line["good"], line["scrap"]) == (180, 174, 6)
    assert machine["total"] == 360


async def test_kpis_come_with_everything_to_check_them(database: str) -> None:
    tape(database, "press-1", (DAY, State.RUNNING), (DAY + 30 * MINUTE, State.DOWN), (DAY + 45 * MINUTE, State.NO_DATA))
    parts(database, "press-1", "total", 4 * SECOND, DAY, DAY + 30 * MINUTE)

    async with client(database, plant()) as http:
        body = (await http.get("/api/v1/equipment/press-1/kpis", params=window(DAY, DAY + HOUR))).json()

    elements = body["elements"]
    assert elements["planned_us"] == HOUR
    assert elements["producing_us"] + elements["delay_us"] + elements["no_data_us"] == HOUR
    assert body["completeness"] == 0.75
    assert body["availability"]["value"] == pytest.approx(30 / 45)
    assert body["oee"]["value"] == pytest.approx(450 * 2 / (45 * 60))
    assert body["oee"]["low"] < body["oee"]["value"] < body["oee"]["high"]
    assert body["oee"]["formula"] == "sum(PRI x GQ) / (PBT - NO_DATA) = 900000000 / 2700000000"
    assert body["policy"] == {"name": "iso-22400-2", "version": 1, "hash": ISO.hash}


async def test_a_kpi_without_data_says_why_and_is_no_number(database: str) -> None:
    async with client(database, plant()) as http:
        body = (await http.get("/api/v1/equipment/works/kpis", params={"window": "hour"})).json()

    assert body["oee"] == body["oee"] | {"value": None, "undefined": "no_data", "low": 0.0, "high": None}
    assert body["provisional"]


async def test_a_window_is_final_when_its_last_production_day_is_closed(database: str) -> None:
    now = to_us(datetime.now(UTC))
    today = now - now % (24 * HOUR)  # the plant's days begin at midnight UTC

    async with client(database, plant(2)) as http:
        old = (await http.get("/api/v1/equipment/line-1/kpis", params=window(DAY, DAY + HOUR))).json()
        new = (await http.get("/api/v1/equipment/line-1/kpis", params=window(now - HOUR, now))).json()
        counted = (await http.get("/api/v1/equipment/line-1/counts", params=window(today - HOUR, today))).json()

    assert not old["provisional"]
    assert old["final_at"] == from_us(DAY + 32 * HOUR).isoformat().replace("+00:00", "Z")
    assert new["provisional"]
    assert new["final_at"] == from_us(today + 32 * HOUR).isoformat().replace("+00:00", "Z")
    assert counted["provisional"] == (now < today + 8 * HOUR)


@pytest.mark.parametrize(
    ("path", "params", "status", "said"),
    [
        ("/equipment/press-9", {}, 404, "press-1"),
        ("/equipment/line-1/state", {}, 422, "press-1"),
        ("/equipment/press-1/counts", {}, 422, "missing"),
        ("/equipment/press-1/counts", {"from": "2026-01-31T06:00:00", "to": "2026-01-31T07:00:00Z"}, 422, "zone"),
        ("/equipment/press-1/counts", {"from": "yesterday", "to": "2026-01-31T07:00:00Z"}, 422, "zone"),
        ("/equipment/press-1/counts", window(DAY + HOUR, DAY), 422, "later than"),
        ("/equipment/press-1/counts", window(DAY, DAY + 32 * 24 * HOUR), 422, "31 days"),
        ("/equipment/press-1/counts", {"from": "2190-01-01T00:00:00Z", "to": "2190-01-02T00:00:00Z"}, 422, "future"),
        ("/equipment/press-1/kpis", {}, 422, "window=shift"),
        ("/equipment/press-1/kpis", {"window": "hour"} | window(DAY, DAY + HOUR), 422, "not both"),
        ("/equipment/press-1/kpis", {"window": "year"}, 422, "shift"),
        ("/equipment/press-1/states", window(DAY, DAY + HOUR) | {"limit": "0"}, 422, "limit"),
        ("/equipment/press-1/states", window(DAY, DAY + HOUR) | {"cursor": "x"}, 422, "next_cursor"),
        ("/nothing", {}, 404, "/docs"),
    ],
)
async def test_a_mistake_is_a_problem_with_its_cure(
    database: str, path: str, params: dict[str, str], status: int, said: str
) -> None:
    async with client(database, plant()) as http:
        answer = await http.get("/api/v1" + path, params=params)

    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, body["status"]) == (status, status)
    assert body["cure"]
    assert said in answer.text


async def test_every_question_about_equipment_that_does_not_exist_names_what_exists(database: str) -> None:
    more = window(DAY, DAY + HOUR) | {"with": "tpm-classic", "tag": "state"}
    async with client(database, plant()) as http:
        openapi = (await http.get("/api/v1/openapi.json")).json()
        paths = [p for p, does in openapi["paths"].items() if p.startswith("/api/v1/equipment/{id}") and "get" in does]
        answers = {}
        for path in paths:
            known = {one["name"] for one in openapi["paths"][path]["get"]["parameters"]}
            asked = {key: text for key, text in more.items() if key in known}
            answers[path] = await http.get(path.replace("{id}", "press-9"), params=asked)

    assert len(paths) > 8
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(paths, 404)
    assert all("press-1" in answer.json()["cure"] for answer in answers.values())


async def test_a_method_that_does_not_exist_names_those_that_do(database: str) -> None:
    async with client(database, plant()) as http:
        answer = await http.delete("/api/v1/equipment")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.headers["content-type"] == "application/problem+json"
