"""A person logs in by personnel number and password; what is done after that is done in this person's name."""

import re

import psycopg
import pytest

from tests.mes.erp.plants import alarm, client
from tests.mes.people.logins import PASSWORD, SITE, account, logged_in
from tests.mes.screens.lines import plant

ORDER = {"product": "part", "quantity": 5, "due_at": "2027-12-01T00:00:00Z", "line": "line-1"}
BROWSER = {"Accept": "text/html"}


def acts(database: str) -> list[str]:
    with psycopg.connect(database) as conn:
        return [act for (act,) in conn.execute("SELECT action FROM audit_entry ORDER BY written")]


async def test_a_person_logs_in_works_and_logs_out(database: str) -> None:
    number = alarm(database)
    await account(database, operator=SITE)
    async with client(database, plant()) as http:
        before = await http.post(f"/alarms/{number}/acknowledge", data={"by": "Anybody"})
        entered = await logged_in(http)
        page = await http.get("/alarms")
        after = await http.post(f"/alarms/{number}/acknowledge", data={"by": "Anybody"})
        out = await http.post("/logout")
        cookie = entered.cookies["shopfloor_session"]
        stale = await http.get("/api/v1/orders", headers={"Cookie": f"shopfloor_session={cookie}"})

    assert (before.status_code, before.headers["location"]) == (303, "/login?next=/alarms")
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert re.search("HttpOnly.*SameSite=strict", entered.headers["set-cookie"])
    assert "Li Wei" in page.text
    assert after.headers["location"] == "/alarms"
    assert (out.status_code, stale.status_code) == (303, 401)
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT by FROM alarm_request").fetchall() == [("4711",)]
        assert cookie not in str(conn.execute("SELECT * FROM session").fetchall())
    assert acts(database)[-2:] == ["log in", "log out"]


async def test_the_fifth_wrong_password_locks_a_person_out_until_somebody_or_time_unlocks(database: str) -> None:
    await account(database)
    async with client(database, plant()) as http:
        wrong = [(await logged_in(http, password=f"wrong {n}")).status_code for n in range(5)]
        locked = await logged_in(http)
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute("UPDATE login SET locked_until = locked_until - interval '15 minutes'")
        later = await logged_in(http)

    assert wrong == [401, 401, 401, 401, 403]
    assert locked.status_code == 403
    assert "Too many wrong passwords" in locked.text
    assert later.status_code == 303
    assert acts(database)[-7:] == [*["log-in failed"] * 5, "lock", "log in"]


async def test_four_wrong_passwords_before_the_right_one_lock_nobody_out(database: str) -> None:
    await account(database)
    async with client(database, plant()) as http:
        for _ in range(2):
            for n in range(4):
                await logged_in(http, password=f"wrong {n}")
            entered = await logged_in(http)

    assert entered.status_code == 303


async def test_nobody_learns_whether_a_number_is_on_record_and_no_row_holds_what_was_typed(database: str) -> None:
    await account(database)
    async with client(database, plant()) as http:
        unknown = await logged_in(http, "typed-in-the-wrong-field")
        wrong = await logged_in(http, password="seventeen nuts")

    assert unknown.status_code == wrong.status_code == 401
    assert "Number and password do not match." in unknown.text
    with psycopg.connect(database) as conn:
        assert "typed-in" not in str(conn.execute("SELECT t::text FROM audit_entry t").fetchall())


async def test_a_source_that_tries_often_waits_whoever_it_tries(database: str) -> None:
    async with client(database, plant()) as http:
        answers = [await logged_in(http, f"{n}") for n in range(11)]

    assert [one.status_code for one in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE person SET active_to = clock_timestamp()",
        "UPDATE session SET expires_at = clock_timestamp()",
        "UPDATE session SET ended_at = clock_timestamp()",
    ],
)
async def test_a_session_ends_with_its_time_and_with_its_person(database: str, change: str) -> None:
    await account(database)
    async with client(database, plant()) as http:
        await logged_in(http)
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute(change)
        answer = await http.get("/api/v1/orders")

    assert answer.status_code == 401


async def test_who_is_signed_on_acts_by_role_and_in_no_other_name(database: str) -> None:
    """An operator of a line starts its orders; those of another line, and making them, are for others."""
    await account(database, "1", "Zhang Min", planner=SITE)
    await account(database, operator="line-1")
    await account(database, "3", "Wang Fang", operator="line-2")
    async with client(database, plant()) as http:
        await logged_in(http, "1")
        made = await http.put("/api/v1/orders/WO-1", json=ORDER)
        started = await http.post("/api/v1/orders/WO-1/start")
        as_another = await http.put("/api/v1/orders/WO-2", json=ORDER, headers={"Shopfloor-Person": "4711"})
        await logged_in(http, "3")
        elsewhere = await http.post("/api/v1/orders/WO-1/start")
        await logged_in(http)
        begun = await http.post("/api/v1/orders/WO-1/start")
        people = await http.get("/api/v1/people")

    answers = [one.status_code for one in (made, started, as_another, elsewhere, begun, people)]
    assert answers == [200, 403, 422, 403, 200, 403]
    assert "Zhang Min (1) may not do this at line-1: it needs the role operator or supervisor" in started.text
    with psycopg.connect(database) as conn:
        found = conn.execute("SELECT person, client FROM audit_entry WHERE subject LIKE 'order/%' ORDER BY written")
        assert set(found) <= {("1", "browser"), ("4711", "browser")}


async def test_nobody_who_is_signed_on_puts_another_name_into_a_body(database: str) -> None:
    number = alarm(database)
    await account(database, supervisor=SITE)
    async with client(database, plant()) as http:
        await logged_in(http)
        answer = await http.post(f"/api/v1/alarms/{number}/acknowledge", json={"by": "Wang Fang"})

    assert answer.status_code == 202
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT by FROM alarm_request").fetchall() == [("4711",)]


@pytest.mark.parametrize(("language", "said"), [("en", "supervisor"), ("zh", "班组长")])
async def test_a_page_says_who_may_do_what_this_role_may_not(database: str, language: str, said: str) -> None:
    await account(database, planner=SITE)
    async with client(database, plant()) as http:
        await logged_in(http)
        page = await http.post("/quality/holds", headers=BROWSER | {"Accept-Language": language})
        stops = await http.post("/stops/line-1/reason", headers=BROWSER | {"Accept-Language": language})

    assert (page.status_code, stops.status_code) == (403, 403)
    assert said in page.text
    assert "Li Wei" in page.text


async def test_back_to_the_page_on_which_something_was_pressed_and_to_no_other_site(database: str) -> None:
    await account(database)
    async with client(database, plant()) as http:
        headers = {"Referer": "http://127.0.0.1/orders/WO-1"}
        pressed = await http.post("/orders/WO-1/labour/0199f6a0-0000-7000-8000-000000000000/end", headers=headers)
        form = {"number": "4711", "password": PASSWORD}
        own = await http.post("/login", data=form | {"next": "/stops/line-1?page=2"})
        strange = [
            await http.post("/login", data=form | {"next": next_}) for next_ in ("//evil.example", "http://x", "/\\x")
        ]

    assert pressed.headers["location"] == "/login?next=/orders/WO-1"
    assert own.headers["location"] == "/stops/line-1?page=2"
    assert [one.headers["location"] for one in strange] == ["/"] * 3


async def test_walls_and_pages_are_seen_without_logging_in(database: str) -> None:
    await account(database)
    async with client(database, plant()) as http:
        pages = [
            await http.get(page) for page in ("/", "/wall/line-1", "/stops", "/stops/line-1", "/orders", "/alarms")
        ]
        api = await http.get("/api/v1/equipment")

    assert [one.status_code for one in pages] == [200] * 6
    assert api.status_code == 401


async def test_a_program_that_is_logged_in_needs_the_scope_of_what_is_pressed(database: str) -> None:
    keys, scopes = {"bi": "0123456789abcdef", "boss": "fedcba9876543210"}, {"bi": "read", "boss": "admin"}
    await account(database)
    async with client(database, plant(), keys, scopes=scopes) as http:
        await http.post("/login", data={"key": keys["bi"]})
        refused = [await http.get("/people"), await http.post("/people", data={"number": "9", "name": "Nobody"})]
        await http.post("/login", data={"key": keys["boss"]})
        seen = await http.get("/people")

    assert [one.status_code for one in refused] == [303, 303]
    assert refused[0].headers["location"] == "/login?next=/people"
    assert seen.status_code == 200


async def test_roles_hold_for_who_is_signed_on_where_everything_is_open_too(database: str) -> None:
    """As in the demo, whose people have no passwords."""
    await account(database, "1", "Zhou Ting", viewer=SITE)
    async with client(database, plant()) as http:
        await logged_in(http, "1")
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute("UPDATE login SET password = NULL")
    async with client(database, plant()) as again:
        again.cookies.update(http.cookies)
        by_viewer = await again.put("/api/v1/orders/WO-1", json=ORDER)
        again.cookies.clear()
        by_nobody = await again.put("/api/v1/orders/WO-1", json=ORDER)

    assert (by_viewer.status_code, by_nobody.status_code) == (403, 200)


async def test_where_people_come_by_https_a_session_goes_nowhere_else(database: str) -> None:
    await account(database)
    async with client(database, plant(), public_url="https://mes.example") as http:
        behind_a_proxy = await logged_in(http)
    async with client(database, plant()) as http:
        plain = await logged_in(http)

    assert "Secure" in behind_a_proxy.headers["set-cookie"]
    assert "Secure" not in plain.headers["set-cookie"]
