"""The first start: one link makes one administrator. And the demo signs its people in."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg

from mes.people.accounts.demo_people import PEOPLE
from mes.people.accounts.store_demo import make_people
from mes.people.accounts.store_links import first_link
from mes.people.roles import Role
from tests.mes.erp.plants import client
from tests.mes.house import reading
from tests.mes.people.client_command import clean
from tests.mes.people.logins import PASSWORD, SITE, account, logged_in
from tests.mes.running import mes
from tests.mes.screens.lines import plant
from tests.support.eventually import eventually
from tests.support.program import finished

FORM = {"number": "1", "name": "Chen Jing", "password": PASSWORD, "again": PASSWORD}


async def link_in(database: str) -> str:
    async with reading(database) as conn:
        path = await first_link(conn)
    assert path is not None
    return path.partition("link=")[2]


async def test_the_link_makes_one_administrator_and_then_nobody_else(database: str) -> None:
    old, link = await link_in(database), await link_in(database)
    async with client(database, plant()) as http:
        form = await http.get("/first", params={"link": link})
        wrong = await http.post("/first", data=FORM | {"link": "sfl_" + "A" * 43})
        earlier = await http.post("/first", data=FORM | {"link": old})
        nameless = await http.post("/first", data=FORM | {"link": link, "name": " "})
        made = await http.post("/first", data=FORM | {"link": link})
        again = await http.post("/first", data=FORM | {"link": link, "number": "2"})
        entered = await logged_in(http, "1")
        people = await http.get("/people")

    answers = [one.status_code for one in (form, wrong, earlier, nameless, made, again, entered, people)]
    assert answers == [200, 404, 404, 422, 303, 404, 303, 200]
    async with reading(database) as conn:
        assert await first_link(conn) is None


async def test_the_link_ends_after_a_day(database: str) -> None:
    link = await link_in(database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("UPDATE one_time_link SET expires_at = expires_at - interval '24 hours'")
    async with client(database, plant()) as http:
        answer = await http.post("/first", data=FORM | {"link": link})

    assert answer.status_code == 404


def test_mes_prints_the_link_at_its_first_start_and_the_command_prints_another(
    database: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    with mes(database, free_port(), tmp_path / "mes.log") as running:
        eventually("the link is printed", lambda: "/first?link=sfl_" in running.log.read_text(encoding="utf-8"))
        printed = re.search(r"(http://127\.0\.0\.1:\d+/first\?link=\S+)", running.log.read_text(encoding="utf-8"))
        assert printed is not None
        first = httpx.get(printed[1])
        done = finished(["mes", "first-administrator"], clean(database) | {"SHOPFLOOR_PORT": str(running.port)})
        second, stale = httpx.get(done.stdout.strip()), httpx.get(printed[1])
        secret = printed[1].partition("link=")[2]
        logged = [line for line in running.log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]

    assert [one.status_code for one in (first, second, stale)] == [200, 200, 404]
    assert not any(secret in line for line in logged)


TOKEN = "t" * 40


async def test_the_demo_signs_in_one_person_for_each_role_by_its_own_link_only(database: str) -> None:
    async with reading(database) as conn:
        await make_people(conn, SITE)
        await make_people(conn, SITE)
    async with client(database, plant(), demo=TOKEN) as http:
        page = await http.get("/demo", params={"token": TOKEN})
        without = await http.get("/demo", params={"token": "u" * 40})
        guessed = await http.post("/demo", data={"number": "1001", "token": "u" * 40})
        roles = []
        for one in PEOPLE:
            await http.post("/demo", data={"number": one.number, "token": TOKEN})
            roles.append((one.role, one.name in (await http.get("/me")).text))
        look = await http.get("/api/v1/equipment", headers={"Cookie": ""})

    assert (page.status_code, without.status_code, guessed.status_code, look.status_code) == (200, 404, 404, 200)
    assert roles == [(one.role, True) for one in PEOPLE]
    assert {one.role for one in PEOPLE} == set(Role)


async def test_elsewhere_there_is_no_demo(database: str) -> None:
    await account(database)
    async with client(database, plant()) as http:
        page = await http.get("/demo", params={"token": ""})

    assert page.status_code == 404
