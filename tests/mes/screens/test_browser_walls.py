"""The site board, the wall of one machine and walls that take turns, in a browser."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from config.plant import WallList
from contract.sample import from_us
from tests.mes.erp.plants import alarm
from tests.mes.screens.lines import HOUR, MINUTE, plant_at
from tests.mes.screens.screens import Served, served, text, wait_until
from tests.mes.screens.test_browser_phone import CUT, screen
from tests.mes.screens.test_browser_wall import OUTSIDE, SMALLEST, live_line, now_us
from tests.support.orders import begun_order

pytestmark = pytest.mark.browser


@pytest.fixture
def site(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    live_line(database, 4)
    alarm(database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("INSERT INTO state_change VALUES ('press-2', %s, 5)", (from_us(now_us() - 5 * MINUTE),))
        conn.execute(
            "INSERT INTO andon_call (id, machine, kind, client, at) VALUES"
            " (gen_random_uuid(), 'press-2', 'maintenance', 'api', now() - interval '6 min')"
        )
        times = {"due_at": from_us(now_us() + HOUR), "begun_at": from_us(now_us() - HOUR)}
        begun_order(conn, "20261130-17", "press-1", None, product="part", quantity=12_000, **times)
    shown = WallList(id="hall", name={"en": "Hall", "zh": "车间"}, show=("works", "press-1"), each="5s")
    plant = plant_at(12).model_copy(update={"walls": (shown,)})
    with served(database, plant, free_port()) as made:
        yield made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_site_board_and_one_machine_are_legible_from_afar_and_whole_on_every_screen(
    site: Served, browser: WebDriver, language: str
) -> None:
    small = 0.0599 if language == "en" else 0.0649
    for path, ready in (("/wall", "#line-line-1 .value"), ("/wall/machine/press-1", "#part-press-1 .value")):
        browser.get(f"{site.url}{path}?lang={language}")
        wait_until("a number", lambda ready=ready: text(browser, ready).rstrip("%").strip().isdigit())
        assert browser.execute_script(OUTSIDE) == []
        assert browser.execute_script(CUT) == []
        assert browser.execute_script(SMALLEST) >= small
        with screen(browser, 1024, 768):
            assert browser.execute_script(CUT) == []


def test_a_call_that_nobody_has_answered_is_the_loudest_thing_on_the_board(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}/wall")
    wait_until("the call", lambda: "nobody yet" in text(browser, ".call.waiting"))

    assert "Press 2 6 min" in text(browser, ".call.waiting").replace("\n", " ")
    with psycopg.connect(site.database, autocommit=True) as conn:
        conn.execute("UPDATE andon_call SET answered_by = 'Li', answered_client = 'api', answered_at = now()")
    wait_until("the answer", lambda: "on the way" in text(browser, ".call.answered"))
    assert text(browser, ".call.waiting") == ""


def test_walls_take_turns_and_the_last_that_answered_stays(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}/wall/list/hall")
    shown = "return document.querySelector('iframe.shown').contentDocument?.body?.className ?? ''"

    wait_until("the board", lambda: browser.execute_script(shown).strip() == "site")
    wait_until("the machine", lambda: browser.execute_script(shown).strip() == "one", 15)
    site.stop()
    wait_until("NO DATA", lambda: browser.execute_script(shown).split() == ["one", "silent"], 15)
