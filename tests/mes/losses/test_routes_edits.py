"""Corrections by the API: by a person with a reason, the old value kept, numbers within seconds, undone at will."""

import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psycopg
import pytest

from contract.sample import State, from_us
from tests.mes.erp.plants import client, keeping, tape
from tests.mes.screens.lines import HOUR, MINUTE, plant

DAY = 20_000 * 24 * HOUR
PERSON = {"by": "Li Wei", "why": "seen from the camera"}
SMALL = plant(2).model_validate(
    plant(2).model_dump(by_alias=True)
    | {
        "reasons": [
            {"id": "jam", "name": {"en": "Jam", "zh": "卡料"}, "states": ["down"]},
            {"id": "changeover", "name": {"en": "Changeover", "zh": "换型"}, "states": ["setup"]},
        ]
    }
)


def at(minute: float) -> str:
    return from_us(DAY + round(minute * MINUTE)).isoformat()


@pytest.fixture
async def http(database: str) -> AsyncIterator[httpx.AsyncClient]:
    """press-1 ran for ten minutes, stood for twenty, ran for thirty."""
    tape(database, "press-1", (DAY, State.RUNNING), (DAY + 10 * MINUTE, State.DOWN), (DAY + 30 * MINUTE, State.RUNNING))
    tape(database, "press-1", (DAY + 60 * MINUTE, State.NO_DATA))
    with keeping(database, SMALL):
        async with client(database, SMALL) as found:
            yield found


async def edit(http: httpx.AsyncClient, machine: str = "press-1", **body: Any) -> Any:
    answer = await http.post(f"/api/v1/equipment/{machine}/edits", json=PERSON | body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def shown(http: httpx.AsyncClient, **more: Any) -> list[tuple[str, float, str | None]]:
    """(state, minutes, reason) of the hour."""
    asked = {"from": at(0), "to": at(60)} | more
    items = (await http.get("/api/v1/equipment/press-1/states", params=asked)).json()["items"]
    return [(item["state"], item["duration_us"] / MINUTE, item["reason"]) for item in items]


AS_READ = [("running", 10.0, None), ("down", 20.0, None), ("running", 30.0, None)]


async def test_who_changes_a_stop_tells_it_with_its_span_and_whoever_comments_changes_none(
    http: httpx.AsyncClient, database: str
) -> None:
    span = {"from": at(10), "to": at(30)}
    made = await edit(http, kind="reason", reason="jam", **span)
    said = await edit(http, kind="comment", comment="belt worn", **span)
    for one in (made, said):
        assert (await http.post(f"/api/v1/edits/{one['id']}/undo", json=PERSON)).status_code == 201

    with psycopg.connect(database) as conn:
        asked = "SELECT subject, data FROM outbox_event WHERE type = 'stop.changed' ORDER BY written"
        (subject, first), (_, second) = conn.execute(asked).fetchall()
    assert subject == "machine/press-1"
    assert first == first | {"edit": made["id"], "kind": "reason", "reason": "jam", "by": "Li Wei", "undoes": None}
    assert (first["from"], first["to"]) == (made["from"], made["to"])
    assert second == second | {"kind": "undo", "undoes": made["id"], "machine": "press-1"}


async def test_a_stop_gets_a_reason_and_numbers_stay(http: httpx.AsyncClient) -> None:
    made = await edit(http, kind="reason", reason="jam", **{"from": at(10), "to": at(30)})

    assert await shown(http) == [("running", 10.0, None), ("down", 20.0, "jam"), ("running", 30.0, None)]
    assert made["by"] == "Li Wei"
    assert made["before"] == [{"from": at_z(10), "to": at_z(30), "state": "down", "reason": None}]
    assert made["known_at"] is not None


def at_z(minute: float) -> str:
    return at(minute).replace("+00:00", "Z")


async def test_a_stop_is_split_and_half_of_it_was_a_setup(http: httpx.AsyncClient) -> None:
    await edit(http, kind="split", at=at(15))
    split = await shown(http)
    await edit(http, kind="reclassify", state="setup", reason="changeover", **{"from": at(15), "to": at(30)})

    assert split == [("running", 10.0, None), ("down", 5.0, None), ("down", 15.0, None), ("running", 30.0, None)]
    assert await shown(http) == [
        ("running", 10.0, None),
        ("down", 5.0, None),
        ("setup", 15.0, "changeover"),
        ("running", 30.0, None),
    ]
    assert await shown(http, raw="true") == AS_READ


async def test_a_boundary_is_moved_and_takes_its_reason_along(http: httpx.AsyncClient) -> None:
    await edit(http, kind="reason", reason="jam", **{"from": at(10), "to": at(30)})
    await edit(http, kind="move", at=at(10), to=at(8))
    await edit(http, kind="move", at=at(30), to=at(25))

    assert await shown(http) == [("running", 8.0, None), ("down", 17.0, "jam"), ("running", 35.0, None)]


async def test_merged_intervals_are_one_with_the_state_of_the_first(http: httpx.AsyncClient) -> None:
    await edit(http, kind="merge", **{"from": at(0), "to": at(60)})

    assert await shown(http) == [("running", 60.0, None)]


async def test_undo_takes_one_out_everything_else_stands_and_every_state_stays_readable(
    http: httpx.AsyncClient,
) -> None:
    first = await edit(http, kind="reclassify", state="setup", **{"from": at(10), "to": at(20)})
    second = await edit(http, kind="reclassify", state="stopped", **{"from": at(15), "to": at(30)})
    both = await shown(http)
    undo = (await http.post(f"/api/v1/edits/{first['id']}/undo", json=PERSON)).json()
    one = await shown(http)
    again = (await http.post(f"/api/v1/edits/{first['id']}/undo", json=PERSON)).json()
    redo = (await http.post(f"/api/v1/edits/{undo['id']}/undo", json=PERSON)).json()
    journal = (await http.get("/api/v1/equipment/line-1/edits")).json()["items"]

    assert both[1:3] == [("setup", 5.0, None), ("stopped", 15.0, None)]
    assert one[1:3] == [("down", 5.0, None), ("stopped", 15.0, None)]
    assert (again["status"], again["cure"]) == (409, f"Undo {undo['id']} to bring it back.")
    assert await shown(http) == both
    for known_at, expected in ((second["known_at"], both), (undo["known_at"], one), (redo["known_at"], both)):
        assert await shown(http, as_of=known_at) == expected
    assert [(row["id"], row["kind"], row["undone_by"]) for row in journal] == [
        (redo["id"], "undo", None),
        (undo["id"], "undo", redo["id"]),
        (second["id"], "reclassify", None),
        (first["id"], "reclassify", None),
    ]


async def test_the_kpis_follow_and_the_earlier_ones_stay(http: httpx.AsyncClient) -> None:
    asked = {"from": at(0), "to": at(60)}
    before = (await http.get("/api/v1/equipment/press-1/kpis", params=asked)).json()
    await edit(http, kind="reclassify", state="running", **{"from": at(10), "to": at(30)})
    after = (await http.get("/api/v1/equipment/press-1/kpis", params=asked)).json()
    again = (await http.get("/api/v1/equipment/press-1/kpis", params=asked | {"as_of": before["as_of"]})).json()

    assert before["availability"]["value"] == pytest.approx(2 / 3)
    assert after["availability"]["value"] == 1
    assert again == before


async def test_pages_of_a_corrected_tape_join_without_hole_or_overlap(http: httpx.AsyncClient, database: str) -> None:
    changes = [(DAY + (100 + n) * MINUTE, State.RUNNING if n % 2 else State.DOWN) for n in range(60)]
    tape(database, "press-1", *changes)
    dice = random.Random(1)
    for _ in range(6):
        start = dice.randrange(100, 150)
        span = {"from": at(start + dice.random()), "to": at(start + dice.randrange(2, 12))}
        await edit(http, kind="reclassify", state=dice.choice(["setup", "running", "down"]), **span)
    asked = {"from": at(0), "to": at(180), "limit": "1000"}
    whole = (await http.get("/api/v1/equipment/press-1/states", params=asked)).json()["items"]
    found: list[Any] = []
    paged: dict[str, str] = asked | {"limit": "3"}

    while True:
        page = (await http.get("/api/v1/equipment/press-1/states", params=paged)).json()
        found += page["items"]
        if page["next_cursor"] is None:
            break
        paged["cursor"] = page["next_cursor"]

    assert len(whole) > 20
    assert found == whole


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"kind": "reason", "reason": "jam", "from": at(10), "to": at(10)}, "body.to: Must be later"),
        (
            {"kind": "reason", "reason": "jam", "from": at(10), "to": "2190-01-01T00:00:00Z"},
            "body.to: Lies in the future",
        ),
        ({"kind": "reason", "reason": "luck", "from": at(10), "to": at(30)}, "known are jam, changeover"),
        ({"kind": "reason", "reason": "jam", "from": at(0), "to": at(9)}, "'jam' explains down"),
        ({"kind": "reclassify", "state": "setup", "reason": "jam", "from": at(0), "to": at(9)}, "explains down"),
        ({"kind": "reclassify", "state": "asleep", "from": at(0), "to": at(9)}, "state"),
        ({"kind": "reclassify", "state": "setup", "from": at(0), "to": at(50_000)}, "31 days"),
        ({"kind": "reclassify", "state": "setup", "from": "2026-01-31T06:00:00", "to": at(9)}, "zone"),
        ({"kind": "split", "at": at(10)}, "boundary already"),
        ({"kind": "merge", "from": at(11), "to": at(12)}, "nothing to merge"),
        ({"kind": "move", "at": at(11), "to": at(12)}, "no boundary at this instant"),
        ({"kind": "move", "at": at(10), "to": at(31)}, "neighbouring boundary"),
        ({"kind": "move", "at": at(10), "to": at(10)}, "already"),
        ({"kind": "comment", "from": at(10), "to": at(30), "comment": ""}, "comment"),
        ({"kind": "reason", "reason": "jam", "from": at(10), "to": at(30), "why": " "}, "why"),
        ({"kind": "dance"}, "kind"),
    ],
)
async def test_a_mistake_is_named_with_its_cure(database: str, body: dict[str, Any], said: str) -> None:
    tape(database, "press-1", (DAY, State.RUNNING), (DAY + 10 * MINUTE, State.DOWN), (DAY + 30 * MINUTE, State.RUNNING))
    async with client(database, SMALL) as http:
        answer = await http.post("/api/v1/equipment/press-1/edits", json=PERSON | body)

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM edit").fetchone() == (0,)


async def test_only_machines_have_a_tape_to_correct(database: str) -> None:
    async with client(database, SMALL) as http:
        line = await http.post("/api/v1/equipment/line-1/edits", json=PERSON | {"kind": "split", "at": at(5)})
        none = await http.post("/api/v1/edits/77/undo", json=PERSON)

    assert (line.status_code, none.status_code) == (422, 404)


async def test_without_a_keeper_an_edit_is_put_down_and_said_to_be_so(database: str) -> None:
    tape(database, "press-1", (DAY, State.RUNNING))
    async with client(database, SMALL) as http:
        answer = await http.post("/api/v1/equipment/press-1/edits", json=PERSON | {"kind": "split", "at": at(5)})

    assert (answer.status_code, answer.json()["known_at"]) == (202, None)
