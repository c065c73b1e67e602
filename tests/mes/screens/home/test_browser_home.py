"""The first page in a browser: what waits, on every screen; a call is answered from there."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from contract.sample import from_us
from tests.mes.erp.plants import alarm
from tests.mes.screens.lines import MINUTE, plant_at
from tests.mes.screens.screens import Served, served, text, wait_until
from tests.mes.screens.test_browser_phone import CUT, screen
from tests.mes.screens.test_browser_wall import live_line, now_us

pytestmark = pytest.mark.browser
SIZES = [(1920, 1080), (1024, 768), (390, 844)]


@pytest.fixture
def site(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    live_line(database, 4)
    alarm(database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("INSERT INTO state_change VALUES ('press-2', %s, 5)", (from_us(now_us() - 5 * MINUTE),))
    with served(database, plant_at(12), free_port()) as made:
        yield made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_waits_stands_first_and_nothing_is_cut(site: Served, browser: WebDriver, language: str) -> None:
    for width, height in SIZES:
        with screen(browser, width, height):
            browser.get(f"{site.url}/?lang={language}")
            assert browser.execute_script(CUT) == []
    assert ("Press 2 is down" if language == "en" else "压力机 2 停机") in text(browser, ".todo")
    assert text(browser, "#running").startswith("3")
    browser.find_element("css selector", "#line-line-1 .val a").click()
    wait_until("how it was made", lambda: "/explain?result_id=" in browser.current_url)


def test_a_call_is_made_answered_and_ended_by_name(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}/calls?lang=en")
    browser.find_element("id", "name").send_keys("Li Wei")
    browser.find_element("css selector", "details.card summary").click()
    browser.find_element("css selector", "button[value=material]").click()
    wait_until("the call", lambda: "nobody has answered" in text(browser, ".alarm.high"))
    browser.find_element("css selector", ".alarm button.main").click()
    wait_until("the answer", lambda: "Li Wei is on the way" in text(browser, ".alarm.medium"))
    browser.find_element("css selector", ".alarm form button").click()
    wait_until("the end", lambda: "Nobody calls" in text(browser, "#list"))

    with psycopg.connect(site.database) as conn:
        said = conn.execute("SELECT person, answered_by, ended_by FROM andon_call").fetchall()
    assert said == [("Li Wei", "Li Wei", "Li Wei")]
