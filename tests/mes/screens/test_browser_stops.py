"""Saying why a machine stood, with gloves on, in a real browser."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from contract.sample import State, to_us
from tests.mes.erp.plants import client, keeping, tape
from tests.mes.losses.test_routes_edits import SMALL
from tests.mes.screens.lines import HOUR, MINUTE
from tests.mes.screens.screens import Served, foreign_requests, served, text, wait_until

pytestmark = pytest.mark.browser
CSS_PX_PER_MM = 96 / 25.4


def a_stop(database: str) -> None:
    """press-1 stood for twelve minutes an hour ago."""
    now = to_us(datetime.now(UTC))
    begin = now - HOUR
    tape(
        database, "press-1", (now - 5 * HOUR, State.RUNNING), (begin, State.DOWN), (begin + 12 * MINUTE, State.RUNNING)
    )
    tape(database, "press-2", (now - 5 * HOUR, State.RUNNING))


@pytest.fixture
def site(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    a_stop(database)
    with keeping(database, SMALL), served(database, SMALL, free_port()) as found:
        yield found


def test_a_reason_is_given_with_three_presses_and_taken_back_with_one(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}/stops/line-1?lang=en")
    assert text(browser, ".stop .what") == "DOWN Press 1"
    assert "12 min" in text(browser, ".stop .how")

    browser.find_element("id", "name").send_keys("李伟")
    browser.find_element("css selector", ".stop summary").click()
    browser.find_element("css selector", ".reasons button[value=jam]").click()
    wait_until("the reason", lambda: text(browser, ".stop .reason b") == "Jam")

    with psycopg.connect(site.database) as conn:
        rows = conn.execute("SELECT kind, reason, by, why, known_from IS NOT NULL FROM edit").fetchall()
    assert rows == [("reason", "jam", "李伟", "Jam", True)]
    assert text(browser, ".stop .reason span") == "李伟"

    browser.find_element("css selector", ".stop form button").click()
    wait_until("the question again", lambda: text(browser, ".stop summary") == "Give a reason")


def test_without_a_name_nothing_is_said(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}/stops/press-1?lang=en")

    browser.find_element("css selector", ".stop summary").click()
    browser.find_element("css selector", ".reasons button").click()

    assert browser.switch_to.active_element.get_attribute("id") == "name"
    with psycopg.connect(site.database) as conn:
        assert conn.execute("SELECT count(*) FROM edit").fetchone() == (0,)


def test_while_somebody_chooses_the_list_stands_still(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}/stops/line-1?lang=en")
    browser.find_element("css selector", ".stop summary").click()
    browser.execute_script("window.asked = 0; const real = fetch; fetch = (...a) => { asked += 1; return real(...a); }")

    wait_until("two looks at the server", lambda: browser.execute_script("return asked") >= 2)

    assert text(browser, ".reasons button") == "Jam"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everything_that_is_pressed_is_large_enough_for_gloves(site: Served, browser: WebDriver, language: str) -> None:
    browser.set_window_size(1280, 800)
    browser.get(f"{site.url}/stops/line-1?lang={language}")
    browser.find_element("css selector", ".stop summary").click()

    sizes = browser.execute_script(
        "return [...document.querySelectorAll('main button, main summary, main input')]"
        ".filter(e => e.offsetParent).map(e => e.getBoundingClientRect()).map(b => Math.min(b.width, b.height))"
    )
    wide = browser.execute_script("return document.documentElement.scrollWidth > innerWidth")

    assert len(sizes) >= 3
    assert min(sizes) >= 15 * CSS_PX_PER_MM
    assert not wide
    assert foreign_requests(browser, site.url) == []


async def test_with_keys_in_use_a_reason_needs_a_log_in_that_leads_back(database: str) -> None:
    a_stop(database)
    keys = {"tablet": "0123456789abcdef"}
    async with client(database, SMALL, keys) as http:
        pressed = {"Referer": "http://127.0.0.1/stops/line-1"}
        refused = await http.post("/stops/line-1/reason", data={"by": "Li Wei", "reason": "jam"}, headers=pressed)
        form = await http.get(refused.headers["location"])
        login = await http.post("/login", data={"key": keys["tablet"], "next": "/stops/line-1"})
        elsewhere = await http.post("/login", data={"key": keys["tablet"], "next": "//evil.example/stops"})

    assert refused.headers["location"] == "/login?next=/stops/line-1"
    assert 'value="/stops/line-1"' in form.text
    assert login.headers["location"] == "/stops/line-1"
    assert elsewhere.headers["location"] == "/"
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM edit").fetchone() == (0,)
