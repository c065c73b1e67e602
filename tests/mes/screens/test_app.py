from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest

from config.load import parse_plant
from mes.app import create_app
from mes.keeper.refresh_loop import Refresh
from runtime.database import async_pool
from runtime.settings import BadSetting
from tests.mes.erp.plants import alarm, client, settings
from tests.mes.screens.lines import MACHINE, PLANT, plant

KEYS = {"erp": "0123456789abcdef"}


async def test_where_other_machines_reach_it_nothing_is_open_though_nobody_can_log_in_yet(database: str) -> None:
    number = alarm(database)
    async with client(database, plant(), host="0.0.0.0") as http:
        wall = await http.get("/wall/line-1")
        api = await http.get("/api/v1/equipment")
        people = await http.get("/people")
        change = await http.post(f"/alarms/{number}/acknowledge", data={"by": "x"})

    assert [one.status_code for one in (wall, api, people, change)] == [200, 401, 303, 303]


@pytest.mark.parametrize(
    ("scopes", "told"),
    [
        ({"erp": "read,everything"}, "SHOPFLOOR_API_SCOPES_ERP: 'everything' is no scope"),
        ({"bi": "read"}, "SHOPFLOOR_API_KEY_BI"),
    ],
)
async def test_scopes_that_cannot_be_are_told_before_anything_is_served(
    database: str, scopes: dict[str, str], told: str
) -> None:
    wrong = settings(database, KEYS, scopes=scopes)

    with pytest.raises(BadSetting, match=told):
        create_app(wrong, plant(), async_pool(database, "mes"), Refresh(alive=True))


async def test_a_strange_name_is_refused_while_no_key_is_set(database: str) -> None:
    async with client(database, plant()) as http:
        strange = await http.get("/", headers={"Host": "evil.example"})
        own = await http.get("/", headers={"Host": "localhost:8080"})

    assert (strange.status_code, own.status_code) == (403, 200)


async def test_a_page_of_another_site_cannot_acknowledge(database: str) -> None:
    number = alarm(database)
    async with client(database, plant()) as http:
        answer = await http.post(
            f"/alarms/{number}/acknowledge", data={"by": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
        )

    assert answer.status_code == 403
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM alarm_request").fetchone() == (0,)


async def test_with_keys_walls_are_seen_by_all_and_the_api_by_those_who_have_one(database: str) -> None:
    async with client(database, plant(), KEYS) as http:
        wall = await http.get("/wall/line-1")
        api = await http.get("/api/v1/equipment")
        wrong = await http.get("/api/v1/equipment", headers={"Authorization": "Bearer 0123456789abcdeX"})
        right = await http.get("/api/v1/equipment", headers={"Authorization": "Bearer 0123456789abcdef"})

    assert [answer.status_code for answer in (wall, api, wrong, right)] == [200, 401, 401, 200]
    assert api.headers["www-authenticate"] == "Bearer"
    assert "SHOPFLOOR_API_KEY_" in api.json()["cure"]


async def test_a_key_becomes_a_session_for_the_alarm_page(database: str) -> None:
    number = alarm(database)
    async with client(database, plant(), KEYS) as http:
        before = await http.post(f"/alarms/{number}/acknowledge", data={"by": "Li Wei"})
        wrong = await http.post("/login", data={"key": "nonsense"})
        login = await http.post("/login", data={"key": KEYS["erp"]})
        after = await http.post(f"/alarms/{number}/acknowledge", data={"by": "Li Wei"})

    assert (before.status_code, before.headers["location"]) == (303, "/login?next=/alarms")
    assert wrong.status_code == 401
    assert "HttpOnly" in login.headers["set-cookie"]
    assert "SameSite=strict" in login.headers["set-cookie"]
    assert after.headers["location"] == "/alarms"
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT by FROM alarm_request").fetchall() == [("erp: Li Wei",)]


async def test_a_body_without_end_is_refused(database: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"x"

    async with client(database, plant()) as http:
        chunked = await http.put("/api/v1/orders/WO-1", content=endless())
        large = await http.put("/api/v1/orders/WO-1", content=b"x" * 70_000)

    assert (chunked.status_code, large.status_code) == (411, 413)


async def test_a_machine_without_tags_is_no_data_and_hides_nothing(database: str) -> None:
    """It is the line's output too."""
    text = PLANT.format(zone="UTC", machines=MACHINE.format(n=1))
    bare = parse_plant(text.replace("tags: [{name: total, role: total_count, register: 90}]", "tags: []"))
    async with client(database, bare) as http:
        wall = await http.get("/wall/line-2")
        pages = [await http.get(page) for page in ("/", "/wall/line-1", "/stops", "/orders", "/alarms", "/nodes")]
        answers = [
            await http.get(f"/api/v1/equipment/{place}/kpis?window=hour") for place in ("saw", "line-2", "works")
        ]

    assert [answer.status_code for answer in [wall, *pages, *answers]] == [200] * 10
    assert "NO DATA" in wall.text or "无数据" in wall.text


async def test_ready_means_database_and_facts(database: str) -> None:
    async with client(database, plant()) as http:
        ready = await http.get("/health/ready")
        live = await http.get("/health/live")

    assert (ready.status_code, live.status_code) == (200, 200)
    assert (ready.json()["parts"]["database"]["ok"], live.json()["live"]) == (True, True)


async def test_the_numbers_need_a_key_where_one_is_set_and_health_does_not(database: str) -> None:
    async with client(database, plant(), KEYS) as http:
        without = await http.get("/metrics")
        stranger = await http.get("/health/ready")
        with_key = await http.get("/metrics", headers={"Authorization": f"Bearer {KEYS['erp']}"})

    assert [answer.status_code for answer in (without, stranger, with_key)] == [401, 200, 200]
    assert "shopfloor_mes_facts_lag_seconds 0.0" in with_key.text


async def test_the_lag_of_the_facts_is_the_age_of_the_oldest_frame_that_is_not_in_them(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("INSERT INTO mes_position VALUES (true, pg_current_xact_id(), '{}')")
        conn.execute(
            "INSERT INTO frame (node, epoch, seq, lane, machines, samples, first_at, last_at, sha256, ingested_at)"
            " VALUES ('edge-1', 1, 1, 'live', '{}', 1, now(), now(), '', now() - interval '1 minute')"
        )
    async with client(database, plant()) as http:
        detail = (await http.get("/health/ready")).json()["parts"]["facts"]["detail"]

    assert 60 <= float(detail.split()[0]) < 120


async def test_not_ready_while_no_facts_are_kept(database: str) -> None:
    async with async_pool(database, "mes") as pool:
        app = create_app(settings(database), plant(), pool, Refresh(alive=False))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
            ready = await http.get("/health/ready")

    parts = ready.json()["parts"]
    assert (ready.status_code, parts["facts"]["ok"], parts["database"]["ok"]) == (503, False, True)
    assert ready.json()["reason"] == "facts: no facts are being kept"
    assert ready.json()["cure"]


async def test_not_ready_without_a_database(database: str) -> None:
    pool = async_pool("postgresql://nobody:x@127.0.0.1:1/none", "mes")
    await pool.open()
    app = create_app(settings(database), plant(), pool, Refresh(alive=True))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
        ready = await http.get("/health/ready")
        live = await http.get("/health/live")
        api = await http.get("/api/v1/orders")
    await pool.close()

    assert (ready.status_code, live.status_code, api.status_code) == (503, 200, 503)
    assert api.headers["content-type"] == "application/problem+json"


async def test_the_language_that_was_chosen_is_remembered(database: str) -> None:
    async with client(database, plant()) as http:
        first = await http.get("/", headers={"Accept-Language": "en"})
        chosen = await http.get("/?lang=zh", headers={"Accept-Language": "en"})
        later = await http.get("/", headers={"Accept-Language": "en"})

    assert "Works" in first.text
    assert "工厂" in chosen.text
    assert "工厂" in later.text


async def test_a_line_that_does_not_exist_leads_to_those_that_do(database: str) -> None:
    async with client(database, plant()) as http:
        page = await http.get("/wall/line-9")
        events = await http.get("/wall/line-9/events")

    assert (page.status_code, events.status_code) == (404, 404)
    assert "/wall/line-1" in page.text


async def test_every_address_of_the_api_is_described_with_examples(database: str) -> None:
    async with client(database, plant()) as http:
        described = (await http.get("/api/v1/openapi.json")).json()

    paths = described["paths"]
    assert {"/api/v1/equipment/{id}/kpis", "/api/v1/orders/{id}", "/api/v1/alarms/{id}/acknowledge"} <= paths.keys()
    for path, methods in paths.items():
        for method, operation in methods.items():
            assert operation["description"], f"{method} {path}"
            assert "application/problem+json" in operation["responses"]["422"]["content"], f"{method} {path}"
    elements = described["components"]["schemas"]["ElementsAnswer"]["properties"]
    assert all("description" in element for element in elements.values())
