"""An administrator lets people in: roles with a span, a link to set a password, PIN and badge; and lets them out."""

import re

import httpx
import psycopg
import pytest

from mes.feed.store_sequencer import seal_entries
from tests.mes.erp.plants import client
from tests.mes.house import reading
from tests.mes.people.logins import PASSWORD, SITE, account, logged_in
from tests.mes.screens.lines import plant

NEW = "twenty-two washers"


async def act(http: httpx.AsyncClient, id_: str, what: str, **form: str) -> str:
    """Where the button leads, without the person's page."""
    answer = await http.post(f"/people/{id_}/{what}", data=form)
    assert answer.status_code == 303
    return answer.headers["location"].removeprefix(f"/people/{id_}")


async def test_a_new_person_sets_a_password_by_a_link_that_works_once_and_logs_in(database: str) -> None:
    await account(database, "1", "Chen Jing", administrator=SITE)
    async with client(database, plant()) as http:
        await logged_in(http, "1")
        added = await http.post("/people", data={"number": "4711", "name": "Li Wei", "language": "zh"})
        id_ = added.headers["location"].removeprefix("/people/")
        granted = await act(http, id_, "grant", role="operator", place="line-1")
        shown = await http.post(f"/people/{id_}/link")
        link = re.search(r"/password\?link=(sfl_[\w-]+)", shown.text)
        assert link is not None
        listed = await http.get("/people", params={"find": "li"})
        await http.post("/logout")
        form = await http.get("/password", params={"link": link[1]})
        short = await http.post("/password", data={"link": link[1], "password": "short", "again": "short"})
        two = await http.post("/password", data={"link": link[1], "password": NEW, "again": NEW + "!"})
        done = await http.post("/password", data={"link": link[1], "password": NEW, "again": NEW})
        again = await http.post("/password", data={"link": link[1], "password": NEW, "again": NEW})
        entered = await logged_in(http, "4711", NEW)

    assert (granted, "Li Wei" in listed.text, "Li Wei" in form.text) == ("", True, True)
    assert [one.status_code for one in (short, two, done, again, entered)] == [422, 422, 303, 404, 303]
    assert entered.cookies["shopfloor_lang"] == "zh"
    with psycopg.connect(database) as conn:
        assert link[1] not in str(conn.execute("SELECT t::text FROM one_time_link t").fetchall())


async def test_whoever_is_no_administrator_sees_no_people_and_no_audit_log(database: str) -> None:
    id_ = await account(database, supervisor=SITE)
    async with client(database, plant()) as http:
        stranger = await http.get("/people")
        await logged_in(http)
        answers = [await http.get(page) for page in ("/people", f"/people/{id_}", "/audit")]
        change = await http.post(f"/people/{id_}/grant", data={"role": "administrator", "place": SITE})
        home = await http.get("/me")

    assert (stranger.status_code, stranger.headers["location"]) == (303, "/login?next=/people")
    assert [one.status_code for one in (*answers, change)] == [403] * 4
    assert 'href="/people"' not in home.text


async def test_a_role_holds_for_its_days_and_can_be_ended(database: str) -> None:
    await account(database, "1", "Chen Jing", administrator=SITE)
    id_ = await account(database)
    async with client(database, plant()) as http:
        await logged_in(http, "1")
        days = {"from": "2027-03-01", "to": "2027-03-31"}
        assert await act(http, id_, "grant", role="quality", place=SITE, **days) == ""
        backwards = {"from": "2027-03-31", "to": "2027-03-01"}
        wrong = await act(http, id_, "grant", role="quality", place=SITE, **backwards)
        nowhere = await act(http, id_, "grant", role="quality", place="moon")
        for day in ("9999-12-31", "0001-01-01"):
            for end in ("from", "to"):
                assert await act(http, id_, "grant", role="quality", place=SITE, **{end: day}) == "?trouble=person_how"
        page = await http.get(f"/people/{id_}")
        with psycopg.connect(database) as conn:
            row = conn.execute("SELECT id, ends_at::text FROM role_grant WHERE holder = %s", (id_,)).fetchone()
        assert row is not None
        ended = await act(http, id_, "end-grant", grant=str(row[0]))

    assert (wrong, nowhere, ended) == ("?trouble=span_how", "?trouble=person_how", "")
    assert row[1].startswith("2027-04-01")
    assert "2027-03-01 to 2027-03-31" in page.text


async def test_the_last_administrator_stays(database: str) -> None:
    id_ = await account(database, "1", "Chen Jing", administrator=SITE)
    async with client(database, plant()) as http:
        await logged_in(http, "1")
        with psycopg.connect(database) as conn:
            row = conn.execute("SELECT id FROM role_grant").fetchone()
        assert row is not None
        kept = [await act(http, id_, "end-grant", grant=str(row[0])), await act(http, id_, "end")]
        await account(database, "2", "Sun Li", administrator=SITE)
        gone = await act(http, id_, "end")
        after = await http.get("/people")

    assert (kept, gone) == (["?trouble=last_administrator"] * 2, "")
    assert after.status_code == 303


async def test_pin_and_badge_are_set_and_taken_away(database: str) -> None:
    await account(database, "1", "Chen Jing", administrator=SITE)
    li, wang = await account(database), await account(database, "4712", "Wang Fang")
    async with client(database, plant()) as http:
        await logged_in(http, "1")
        done = [await act(http, li, "pin", pin="2580"), await act(http, li, "badge", badge="00471100")]
        wrong = [
            await act(http, li, "pin", pin="1234"),
            await act(http, li, "badge", badge="1"),
            await act(http, wang, "badge", badge="00471100"),
        ]
        page = await http.get(f"/people/{li}")
        taken = [
            await act(http, li, "pin"),
            await act(http, li, "badge"),
            await act(http, wang, "badge", badge="00471100"),
        ]

    assert (done, taken) == (["", ""], ["", "", ""])
    assert wrong == ["?trouble=pin_easy", "?trouble=badge_form", "?trouble=badge_taken"]
    assert page.text.count("Take away") == 2


async def test_who_is_locked_out_is_let_in_by_an_administrator(database: str) -> None:
    await account(database, "1", "Chen Jing", administrator=SITE)
    id_ = await account(database)
    async with client(database, plant()) as http:
        for n in range(5):
            await logged_in(http, password=f"wrong {n}")
        locked = await logged_in(http)
        await logged_in(http, "1")
        page = await http.get(f"/people/{id_}")
        await act(http, id_, "unlock")
        entered = await logged_in(http)

    assert (locked.status_code, entered.status_code) == (403, 303)
    assert "Locked out until" in page.text


async def test_a_name_is_erased_only_with_the_right_number(database: str) -> None:
    await account(database, "1", "Chen Jing", administrator=SITE)
    id_ = await account(database)
    async with client(database, plant()) as http:
        await logged_in(http, "1")
        wrong = await act(http, id_, "erase", number="4712")
        done = await act(http, id_, "erase", number="4711")
        page = await http.get(f"/people/{id_}")

    assert (wrong, done) == ("?trouble=erase_how", "")
    assert "Li Wei" not in page.text


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({"number": "4711", "name": "Twice"}, "number_taken"),
        ({"number": "", "name": "Nobody"}, "person_how"),
        ({"number": "5", "name": "x" * 81}, "person_how"),
    ],
)
async def test_a_person_that_cannot_be_is_told(database: str, form: dict[str, str], word: str) -> None:
    await account(database, administrator=SITE)
    async with client(database, plant()) as http:
        await logged_in(http)
        answer = await http.post("/people", data=form)

    assert answer.headers["location"] == f"/people?trouble={word}"


async def test_the_audit_log_shows_who_did_what_and_a_seal_that_is_broken(database: str) -> None:
    id_ = await account(database, "1", "Chen Jing", administrator=SITE)
    async with client(database, plant()) as http:
        await logged_in(http, "1")
        await act(http, id_, "grant", role="planner", place=SITE)
        await seal(database)
        page = await http.get("/audit")
        one = await http.get(
            "/audit", params={"person": "1", "subject": f"person/{id_}", "from": "2026-01-01", "to": ""}
        )
        none = await http.get("/audit", params={"person": "nobody"})
        wrong = await http.get("/audit", params={"from": "yesterday"})
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute("UPDATE audit_entry SET person = '9' WHERE action = 'grant' AND person = '1'")
        broken = await http.get("/audit", params={"lang": "zh"})

    assert "as they were sealed" in page.text
    assert "Chen Jing" in one.text
    assert "role given" in one.text
    assert f'<a href="/people/{id_}">Chen Jing (1)</a>' in one.text
    assert "No entry is found" in none.text
    assert wrong.status_code == 422
    assert "其中 1 条被改动" in broken.text


async def seal(database: str) -> None:
    async with reading(database) as conn:
        await seal_entries(conn, None)


async def test_a_person_changes_the_own_password_and_is_logged_out_elsewhere(database: str) -> None:
    await account(database, operator="line-1")
    async with client(database, plant()) as http, client(database, plant()) as elsewhere:
        await logged_in(http)
        await logged_in(elsewhere)
        page = await http.get("/me")
        wrong = await http.post("/me/password", data={"before": "not it", "password": NEW, "again": NEW})
        done = await http.post("/me/password", data={"before": PASSWORD, "password": NEW, "again": NEW})
        chosen = await http.post("/me/language", data={"language": "zh"})
        after = await http.get("/me")
        other = await elsewhere.get("/me")

    assert ("operator" in page.text, wrong.status_code) == (True, 422)
    assert (done.headers["location"], chosen.cookies["shopfloor_lang"]) == ("/me?done=password", "zh")
    assert '<html lang="zh">' in after.text
    assert other.headers["location"] == "/login?next=/me"
