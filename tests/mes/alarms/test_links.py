"""The link of a message: looking changes nothing, the button acts once, and nobody logs in."""

import asyncio

import psycopg

from runtime.action_link import ActionLink, signed
from tests.mes.alarms.test_routes import act_when_asked, requests
from tests.mes.erp.plants import alarm, client
from tests.mes.screens.lines import plant

KEYS = {"tablet": "0123456789abcdef"}


def link_to(database: str, alarm_id: int, person: str | None = None) -> str:
    """As alerts signs it."""
    with psycopg.connect(database) as conn:
        row = conn.execute("SELECT key FROM action_key").fetchone()
    assert row is not None
    return signed(bytes(row[0]), ActionLink(900 + alarm_id, alarm_id, person))


def tokens(database: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as conn:
        return conn.execute("SELECT delivery, alarm, person, by FROM action_token ORDER BY delivery").fetchall()


async def test_looking_at_a_link_a_hundred_times_changes_nothing(database: str) -> None:
    number = alarm(database)
    link = link_to(database, number, "wang")

    async with client(database, plant(), KEYS) as http:
        shown = [await http.get("/acknowledge", params={"link": link, "lang": "en"}) for _ in range(100)]

    assert {page.status_code for page in shown} == {200}
    assert "Stopped for long" in shown[0].text
    assert "In the name of wang" in shown[0].text
    assert (requests(database), tokens(database)) == ([], [])


async def test_what_a_chat_program_puts_behind_a_link_does_no_harm(database: str) -> None:
    link = link_to(database, alarm(database), "wang")

    async with client(database, plant(), KEYS) as http:
        shown = await http.get("/acknowledge", params={"link": link, "from": "singlemessage", "isappinstalled": "0"})

    assert shown.status_code == 200


async def test_its_button_acknowledges_without_a_log_in_and_once(database: str) -> None:
    number = alarm(database)
    link = link_to(database, number, "wang")

    async with client(database, plant(), KEYS) as http:
        pressed = asyncio.create_task(http.post("/acknowledge?lang=en", data={"link": link}))
        await asyncio.to_thread(act_when_asked, database)
        first = await pressed
        again = await http.post("/acknowledge?lang=en", data={"link": link})

    assert (first.status_code, again.status_code) == (200, 200)
    assert "This link was used by wang" in first.text
    assert "<button" not in again.text.partition("<section")[2]
    assert requests(database) == [(number, "wang", "")]
    assert tokens(database) == [(900 + number, number, "wang", "wang")]


async def test_two_who_press_at_once_are_one(database: str) -> None:
    number = alarm(database)
    link = link_to(database, number, "wang")

    async with client(database, plant(), KEYS) as http:
        await asyncio.gather(*(http.post("/acknowledge", data={"link": link}) for _ in range(4)))

    assert requests(database) == [(number, "wang", "")]


async def test_one_of_a_group_says_who_they_are(database: str) -> None:
    number = alarm(database)
    link = link_to(database, number)

    async with client(database, plant(), KEYS) as http:
        nobody = await http.post("/acknowledge?lang=en", data={"link": link, "name": " "})
        await http.post("/acknowledge", data={"link": link, "name": "Li Wei"})

    assert nobody.status_code == 422
    assert "Write your name first" in nobody.text
    assert requests(database) == [(number, "Li Wei", "")]


async def test_a_link_that_nobody_signed_does_nothing(database: str) -> None:
    number = alarm(database)
    link = link_to(database, number, "wang")

    async with client(database, plant(), KEYS) as http:
        wrong = await http.post("/acknowledge?lang=zh", data={"link": link[:-2] + "xx"})
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute("UPDATE action_key SET key = 'another'")
        other_key = await http.get("/acknowledge", params={"link": link, "lang": "en"})

    assert (wrong.status_code, other_key.status_code) == (404, 404)
    assert "无法识别该链接" in wrong.text
    assert requests(database) == []


async def test_where_somebody_takes_care_of_it_already_there_is_no_button(database: str) -> None:
    number = alarm(database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("UPDATE alarm SET acked = true, acked_at = now(), acked_by = 'Li Wei' WHERE id = %s", (number,))

    async with client(database, plant(), KEYS) as http:
        page = await http.get("/acknowledge", params={"link": link_to(database, number), "lang": "en"})

    assert "Somebody takes care of it already: Li Wei" in page.text
    assert '<button class="main">' not in page.text
