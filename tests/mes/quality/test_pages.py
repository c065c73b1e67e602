import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from contract.sample import to_us
from tests.mes.erp.plants import client, parts
from tests.mes.quality.plans import BURRS, TORQUE, makes, plant, released, since

MINUTE = 60_000_000


async def form(http: httpx.AsyncClient, plan: dict[str, Any], **typed: str) -> httpx.Response:
    page = (await http.get(f"/quality/inspect/{plan['id']}")).text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    return await http.post(f"/quality/inspect/{plan['id']}", data={"key": key[1], "machine": "press-1"} | typed)


TYPED = {"name": "李伟", "v-0-1": "2.41", "v-0-2": "2,42", "v-0-3": " 2.4 ", "v-1-1": "0", "of-1": "48"}


async def test_what_is_due_stands_first_with_a_way_to_enter_it(database: str) -> None:
    now = to_us(datetime.now(UTC).replace(microsecond=0))
    makes(database, "press-1", now - 60 * MINUTE)
    parts(database, "press-1", "total", MINUTE, now - 55 * MINUTE, now)
    async with client(database, plant()) as http:
        calm = await released(http, name="Rare", every_parts=5000)
        plan = await released(http, name="Often")
        for one in (calm, plan):
            since(database, one, now - 120 * MINUTE)
        page = (await http.get("/quality")).text
        chinese = (await http.get("/quality?lang=zh")).text

    assert page.index("▲ DUE") < page.index("✓ not due")
    assert page.index("Often") < page.index("Rare")
    assert f'href="/quality/inspect/{plan["id"]}?machine=press-1"' in page
    assert "55 of 50 parts" in page
    assert "▲ 到期" in chinese


async def test_an_entry_is_recorded_and_told_with_its_verdict(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        answer = await form(http, plan, **TYPED)
        shown = (await http.get(answer.headers["location"])).text
        (made,) = (await http.get("/api/v1/inspections")).json()["items"]

    assert answer.status_code == 303
    assert "Recorded: <b>passed</b>" in shown
    assert (made["person"], made["verdict"], made["machine"]) == ("李伟", "passed", "press-1")
    assert [result["value"] for result in made["results"]] == ["2.41", "2.42", "2.4", None]
    assert (made["results"][3]["nonconforming"], made["results"][3]["of"]) == (0, 48)


async def test_a_button_that_is_pressed_twice_records_once(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        key = "0199a0b0-0000-4000-8000-00000000000a"
        for _ in range(2):
            await http.post(f"/quality/inspect/{plan['id']}", data=TYPED | {"key": key, "machine": "press-1"})
        found = (await http.get("/api/v1/inspections")).json()["items"]

    assert [one["id"] for one in found] == [key]


async def test_an_empty_field_is_missing_and_not_zero(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        answer = await form(http, plan, **TYPED | {"v-0-2": ""})
        (made,) = (await http.get("/api/v1/inspections")).json()["items"]

    assert answer.headers["location"] == "/quality?recorded=incomplete"
    assert (made["verdict"], made["missing"], len(made["results"])) == ("incomplete", 1, 3)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"v-0-1": "2.4.1"}, "not a number"),
        ({"v-1-1": "1.5"}, "not a number"),
        ({"v-1-1": "49"}, "More are nonconforming"),
        ({"name": " "}, "your name"),
        ({name: "" for name in TYPED if name[0] == "v"}, "Nothing was typed"),
    ],
)
async def test_where_something_is_wrong_the_form_comes_back_with_what_was_typed(
    database: str, typed: dict[str, str], said: str
) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        answer = await form(http, plan, **TYPED | typed)
        found = (await http.get("/api/v1/inspections")).json()["items"]

    assert answer.status_code == 422
    assert said in answer.text
    assert 'name="of-1" inputmode="numeric" maxlength="13" value="48"' in answer.text
    assert found == []


async def test_a_lot_is_held_and_released_on_the_page(database: str) -> None:
    wish = {"kind": "lot", "subject": "L-2026/117", "product": "A/12", "reason": "Hardness", "by": "Ann"}
    async with client(database, plant()) as http:
        wrong = await http.post("/quality/holds", data=wish | {"product": ""})
        nobody = await http.post("/quality/holds", data=wish | {"by": ""})
        await http.post("/quality/holds", data=wish)
        (held,) = (await http.get("/api/v1/holds", params={"open": True})).json()["items"]
        shown = (await http.get("/quality")).text
        here = f"/quality/holds/{held['id']}/release"
        without = await http.post(here, data={"disposition": "scrap", "why": " ", "by": "Bo"})
        await http.post(here, data={"disposition": "use_as_is", "why": "measured again", "by": "Bo"})
        (freed,) = (await http.get("/api/v1/holds")).json()["items"]

    assert [one.headers["location"] for one in (wrong, nobody, without)] == [
        "/quality?trouble=hold_wrong",
        "/quality?trouble=name_first",
        "/quality?trouble=release_wrong",
    ]
    assert "L-2026/117" in shown
    assert (held["person"], freed["released_by"], freed["disposition"]) == ("Ann", "api: Bo", "use_as_is")


async def test_with_keys_in_use_a_stranger_looks_but_enters_nothing(database: str) -> None:
    key = {"Authorization": "Bearer erp-key-0123456789"}
    async with client(database, plant(), {"erp": "erp-key-0123456789"}) as http:
        http.headers.update(key)
        plan = await released(http)
        del http.headers["Authorization"]
        seen = await http.get("/quality")
        answer = await http.post(f"/quality/inspect/{plan['id']}", data=TYPED | {"machine": "press-1"})

    assert seen.status_code == 200
    assert answer.headers["location"] == "/login?next=/quality"
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM inspection").fetchone() == (0,)


async def test_the_chart_shows_limits_signals_and_capability(database: str) -> None:
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
    single = TORQUE | {"chart": "i_mr", "subgroup_size": 1}
    async with client(database, plant()) as http:
        plan = await released(http, characteristics=[single, BURRS])
        id_ = plan["characteristics"][0]["id"]
        empty = (await http.get(f"/quality/{id_}")).text
        for n in range(40):
            value = f"{2.4 + (n * 7 % 5 - 2) * 0.02:.3f}" if n < 39 else "2.79"
            result = [] if n == 20 else [{"characteristic": id_, "value": value}]
            body = {"plan": plan["id"], "taken_at": (start + timedelta(minutes=n)).isoformat(), "results": result}
            assert (await http.post("/api/v1/inspections", json=body)).status_code == 201
        page = (await http.get(f"/quality/{id_}?days=1")).text
        gone = await http.get("/quality/6f1ec5c0-0000-4000-8000-000000000000")

    assert "No complete subgroup" in empty
    assert "limits from these 39 subgroups" in page
    assert "40 subgroups, 1 of them incomplete" in page
    assert "1: beyond 3 sigma" in page
    assert "n = 39" in page
    assert "Not stable" in page
    assert re.search(r"autocorrelation of these points \(-0\.\d\d\)", page)
    assert page.partition("<main")[2].count("<circle") == 39 + 37
    assert gone.status_code == 404


async def test_a_chart_page_has_the_newest_points_that_fit_on_a_screen_and_says_so(database: str) -> None:
    single = TORQUE | {"chart": "i_mr", "subgroup_size": 1}
    async with client(database, plant()) as http:
        plan = await released(http, characteristics=[single])
        id_ = plan["characteristics"][0]["id"]
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute(
                "WITH made AS (INSERT INTO inspection (id, plan, machine, taken_at, client, at)"
                " SELECT gen_random_uuid(), %s, 'press-1', now() - n * interval '1 minute', 'api', now()"
                " FROM generate_series(1, 250) n RETURNING id)"
                " INSERT INTO inspection_result (id, inspection, characteristic, piece, value, client, at)"
                " SELECT gen_random_uuid(), id, %s, 1, 2.4 + random() / 10, 'api', now() FROM made",
                (plan["id"], id_),
            )
        page = (await http.get(f"/quality/{id_}")).text

    assert "200 subgroups, 0 of them incomplete (?). Older ones are left out." in page
    assert len(page) < 100_000
