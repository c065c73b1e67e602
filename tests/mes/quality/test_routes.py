from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from tests.mes.erp.plants import client
from tests.mes.quality.plans import BURRS, PLAN, READ, TORQUE, burrs, plant, released, torque


def told(database: str) -> list[tuple[str, str, dict[str, Any]]]:
    with psycopg.connect(database) as conn:
        return conn.execute("SELECT type, subject, data FROM outbox_event ORDER BY written").fetchall()


async def test_a_plan_is_a_draft_then_released_then_retired_and_never_back(database: str) -> None:
    async with client(database, plant()) as http:
        draft = (await http.post("/api/v1/inspection-plans", json=PLAN)).json()
        here = f"/api/v1/inspection-plans/{draft['id']}"
        followed = (await http.post(f"{here}/release")).json()
        again = (await http.post(f"{here}/release")).json()
        gone = (await http.post(f"{here}/retire")).json()
        late = await http.post(f"{here}/release")
        listed = (await http.get("/api/v1/inspection-plans", params={"product": "part"})).json()["items"]

    assert [one["state"] for one in (draft, followed, again, gone)] == ["draft", "released", "released", "retired"]
    assert [one["version"] for one in (draft, followed, again, gone)] == [1, 2, 2, 3]
    assert late.status_code == 409
    assert listed == [gone]
    assert [one["name"] for one in draft["characteristics"]] == ["Torque", "Burrs"]


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ({"trigger": "every_t"}, "body", "every_parts"),
        ({"trigger": "manual", "every_parts": None, "tag": "probe"}, "body", "'tag' belongs"),
        ({"trigger": "tag", "every_parts": None}, "body", "needs 'tag'"),
        ({"machine": "press-9"}, "body.machine", "plant file"),
        ({"trigger": "tag", "every_parts": None, "tag": "prob"}, "body.tag", "probe"),
        ({"machine": "press-2", "trigger": "first_piece", "every_parts": None}, "body.trigger", "product tag"),
        ({"characteristics": []}, "body.characteristics", "or more"),
        ({"characteristics": [TORQUE | {"lsl": "2.8"}]}, "body.characteristics.0", "less than"),
        ({"characteristics": [TORQUE | {"lsl": 2.0}]}, "body.characteristics.0.lsl", "as text"),
        ({"characteristics": [TORQUE | {"subgroup_size": 1}]}, "body.characteristics.0", "i_mr"),
        ({"characteristics": [TORQUE | {"chart": "i_mr"}]}, "body.characteristics.0", "subgroup_size"),
        ({"characteristics": [BURRS | {"usl": "3"}]}, "body.characteristics.0", "accept"),
        ({"characteristics": [TORQUE | {"tag": "probe"}]}, "body.characteristics.0", "tag_every_s"),
        ({"characteristics": [TORQUE | READ | {"tag": "prob"}]}, "body.characteristics.0.tag", "probe"),
        ({"machine": None, "characteristics": [TORQUE | READ]}, "body", "needs 'machine'"),
        ({"characteristics": [BURRS | READ]}, "body.characteristics.0", "no counts"),
        ({"characteristics": [BURRS, BURRS]}, "body", "one name"),
    ],
)
async def test_a_plan_that_cannot_be_followed_is_refused(
    database: str, change: dict[str, object], place: str, said: str
) -> None:
    async with client(database, plant()) as http:
        wish = {key: value for key, value in (PLAN | change).items() if value is not None}
        answer = await http.post("/api/v1/inspection-plans", json=wish)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == place
    assert said in answer.json()["errors"][0]["message"]


async def test_the_verdict_follows_from_the_results(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        good = {"plan": plan["id"], "results": [*torque(plan, "2.0", "2.4", "2.8"), burrs(plan, 1)]}
        bad = {"plan": plan["id"], "results": [*torque(plan, "2.0", "2.4", "2.81"), burrs(plan, 1)]}
        short = {"plan": plan["id"], "results": [*torque(plan, "2.0", None, "2.8"), burrs(plan, 1)]}
        answers = [(await http.post("/api/v1/inspections", json=body)) for body in (good, bad, short)]
        listed = (await http.get("/api/v1/inspections", params={"plan": plan["id"]})).json()["items"]

    assert [one.status_code for one in answers] == [201, 201, 201]
    assert [(one.json()["verdict"], one.json()["missing"]) for one in answers] == [
        ("passed", 0),
        ("failed", 0),
        ("incomplete", 1),
    ]
    assert [one["id"] for one in listed] == [one.json()["id"] for one in reversed(answers)]
    assert listed[2]["machine"] == "press-1"
    assert listed[2]["results"][0]["value"] == "2"


async def test_a_correction_is_a_new_row_and_the_old_one_stays(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        body = {"plan": plan["id"], "results": [*torque(plan, "2.4", "24.0", None), burrs(plan, 0)]}
        made = (await http.post("/api/v1/inspections", json=body)).json()
        here = f"/api/v1/inspections/{made['id']}/corrections"
        _, second, third = torque(plan, "0", "2.41", "2.42")
        put_right = (await http.post(here, json=second | {"why": "comma"})).json()
        filled = (await http.post(here, json=third | {"why": "was forgotten"})).json()
        taken_back = (await http.post(here, json=third | {"value": None, "why": "wrong part"})).json()

    assert [one["verdict"] for one in (made, put_right, filled, taken_back)] == [
        "failed",
        "incomplete",
        "passed",
        "incomplete",
    ]
    assert [one["corrected"] for one in filled["results"]] == [False, True, False, False]
    assert [kind for kind, _, _ in told(database)] == ["inspection.recorded"] * 4
    with psycopg.connect(database) as conn:
        values = conn.execute("SELECT value::text, why FROM inspection_result WHERE piece > 1 ORDER BY at").fetchall()
    assert values == [("24.000000", None), ("2.410000", "comma"), ("2.420000", None), (None, "wrong part")]


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"machine": "press-2"}, 422, "press-1"),
        ({"machine": "press-9"}, 422, "plant file"),
        ({"taken_at": "2199-01-01T00:00:00Z"}, 422, "future"),
        ({"results": [{"characteristic": "6f1ec5c0-0000-4000-8000-000000000000", "value": "1"}]}, 422, "Torque"),
        ({"plan": "6f1ec5c0-0000-4000-8000-000000000000"}, 404, "inspection plan"),
    ],
)
async def test_an_inspection_that_is_not_the_plans_is_refused(
    database: str, change: dict[str, object], status: int, said: str
) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        answer = await http.post("/api/v1/inspections", json={"plan": plan["id"], "results": []} | change)

    assert answer.status_code == status
    assert said in answer.text


async def test_by_a_draft_nobody_inspects(database: str) -> None:
    async with client(database, plant()) as http:
        draft = (await http.post("/api/v1/inspection-plans", json=PLAN)).json()
        answer = await http.post("/api/v1/inspections", json={"plan": draft["id"]})

    assert answer.status_code == 409
    assert "Release" in answer.json()["cure"]


async def test_two_results_for_one_piece_and_floats_are_mistakes(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        (result,) = torque(plan, "2.4")
        twice = await http.post("/api/v1/inspections", json={"plan": plan["id"], "results": [result, result]})
        inexact = await http.post(
            "/api/v1/inspections", json={"plan": plan["id"], "results": [result | {"value": 2.4}]}
        )

    assert (twice.status_code, inexact.status_code) == (422, 422)
    assert "'piece'" in twice.text
    assert told(database) == []


async def test_an_inspection_sent_twice_with_one_key_is_recorded_once_and_names_who_made_it(database: str) -> None:
    key = {"Idempotency-Key": "0f6f4c7e-1", "Shopfloor-Person": quote("李伟")}
    async with client(database, plant()) as http:
        plan = await released(http)
        body = {"plan": plan["id"], "results": torque(plan, "2.4")}
        first = await http.post("/api/v1/inspections", json=body, headers=key)
        second = await http.post("/api/v1/inspections", json=body, headers=key)

    assert first.json() == second.json()
    assert (first.json()["person"], first.json()["client"]) == ("李伟", "api")
    assert len(told(database)) == 1
    with psycopg.connect(database) as conn:
        acts = conn.execute("SELECT action, person FROM audit_entry ORDER BY written").fetchall()
    assert acts == [
        ("inspection_plan.create", None),
        ("inspection_plan.release", None),
        ("inspection.record", "李伟"),
    ]


async def test_lists_come_in_pages(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        made = [(await http.post("/api/v1/inspections", json={"plan": plan["id"]})).json()["id"] for _ in range(3)]
        first = (await http.get("/api/v1/inspections", params={"limit": 2})).json()
        second = (await http.get("/api/v1/inspections", params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [one["id"] for one in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None
