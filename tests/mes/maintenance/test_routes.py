from uuid import uuid4

import psycopg

from mes.people.acts import action_of
from mes.people.roles import Action
from tests.mes.erp.plants import client
from tests.mes.screens.lines import plant

PERSON = {"Shopfloor-Person": "Li%20Wei"}


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def test_a_call_waits_until_somebody_answers_and_ends_once(database: str) -> None:
    async with client(database, plant()) as http:
        asked = {"machine": "press-1", "kind": "maintenance"}
        made = await http.post("/api/v1/andon-calls", json=asked, headers=key() | PERSON)
        path = f"/api/v1/andon-calls/{made.json()['id']}"
        answered = await http.post(f"{path}/answer", headers=key() | {"Shopfloor-Person": "Wang%20Fang"})
        again = await http.post(f"{path}/answer", headers=key())
        ended = await http.post(f"{path}/end", headers=key())
        twice = await http.post(f"{path}/end", headers=key())
        listed = (await http.get("/api/v1/andon-calls", params={"open": "false"})).json()["items"]

    assert (made.status_code, made.json()["called_by"], made.json()["answered_at"]) == (201, "Li Wei", None)
    assert (answered.status_code, answered.json()["answered_by"]) == (200, "Wang Fang")
    assert (again.status_code, ended.status_code, twice.status_code) == (409, 200, 409)
    assert [one["id"] for one in listed] == [made.json()["id"]]
    with psycopg.connect(database) as conn:
        acts = conn.execute("SELECT action FROM audit_entry WHERE subject LIKE 'andon_call/%' ORDER BY id").fetchall()
    assert [act for (act,) in acts] == ["andon_call.called", "andon_call.answered", "andon_call.ended"]


async def test_a_second_call_of_the_same_kind_is_the_first_one_while_it_is_open(database: str) -> None:
    async with client(database, plant()) as http:
        calls = []
        for kind in ("material", "material", "quality"):
            asked = {"machine": "press-2", "kind": kind}
            calls.append((await http.post("/api/v1/andon-calls", json=asked, headers=key())).json()["id"])

    assert calls[0] == calls[1] != calls[2]


async def test_a_machine_that_is_not_in_the_plant_file_calls_nobody(database: str) -> None:
    async with client(database, plant()) as http:
        asked = {"machine": "press-77", "kind": "material"}
        refused = await http.post("/api/v1/andon-calls", json=asked, headers=key())

    assert refused.status_code == 422
    assert "plant file" in refused.text


def test_to_call_is_to_acknowledge_or_comment() -> None:
    assert action_of("POST", "/api/v1/andon-calls/{id}/answer") is Action.ACKNOWLEDGE
