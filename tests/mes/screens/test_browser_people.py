"""People let themselves in: by keyboard alone, on each screen, in both languages, and by a scanner at a tablet."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from mes.people.accounts.store_links import first_link
from tests.mes.house import reading
from tests.mes.people.logins import PASSWORD, account, with_badge
from tests.mes.screens.lines import plant_at
from tests.mes.screens.screens import WINDOW, Served, foreign_requests, served, text, wait_until
from tests.mes.screens.test_browser_phone import CUT, screen
from tests.support.databases import cloned

pytestmark = pytest.mark.browser
SIZES = ((390, 844), (1024, 768), WINDOW)
ADMINISTRATOR = "1"


@pytest.fixture(scope="module")
def site(postgres_url: str, template: str, free_port: Callable[[], int]) -> Iterator[Served]:
    with cloned(postgres_url, template) as database, served(database, plant_at(12), free_port()) as made:
        yield made


def typed(browser: WebDriver, *keys: str) -> None:
    """What somebody types without touching anything, wherever the page has put the cursor."""
    for text_ in keys:
        browser.switch_to.active_element.send_keys(text_)


async def link_in(database: str) -> str | None:
    async with reading(database) as conn:
        return await first_link(conn)


async def operator_with_badge(database: str, badge: str) -> str:
    id_ = await account(database, operator="line-1")
    await with_badge(database, id_, badge)
    return id_


def test_the_first_administrator_is_set_up_and_a_tablet_is_shared(site: Served, browser: WebDriver) -> None:
    """From the link of the first start to an operator who scans a badge, by keyboard and scanner alone."""
    browser.get(f"{site.url}{asyncio.run(link_in(site.database))}&lang=en")
    typed(browser, ADMINISTRATOR, Keys.TAB, "Chen Jing", Keys.TAB, PASSWORD, Keys.TAB, PASSWORD, Keys.ENTER)
    wait_until("the log-in", lambda: text(browser, "h1") == "Log in")
    typed(browser, ADMINISTRATOR, Keys.TAB, "not the password", Keys.ENTER)
    wait_until("the refusal", lambda: "do not match" in text(browser, ".trouble"))
    typed(browser, PASSWORD, Keys.ENTER)
    wait_until("the name", lambda: text(browser, ".who") == "Chen Jing")
    id_ = asyncio.run(operator_with_badge(site.database, "00471100"))

    for page in ("/people", f"/people/{id_}", "/audit", "/me", "/station"):
        for language in ("en", "zh"):
            browser.get(f"{site.url}{page}?lang={language}" if page != "/station" else f"{site.url}{page}")
            for size in SIZES:
                with screen(browser, *size) as shown:
                    assert shown.execute_script(CUT) == [], (page, language, size)
    assert foreign_requests(browser, site.url) == []

    browser.get(f"{site.url}/station?lang=en")
    browser.find_element("name", "name").send_keys("Press tablet", Keys.TAB, Keys.SPACE, Keys.ENTER)
    wait_until("the station", lambda: text(browser, "h1") == "Press tablet")
    typed(browser, "00471100", Keys.ENTER)
    wait_until("the operator", lambda: text(browser, ".who") == "Li Wei")
    for size in SIZES:
        with screen(browser, *size) as shown:
            assert shown.execute_script(CUT) == [], size
    browser.get(f"{site.url}/people")
    assert text(browser, "h1") == "Your role does not allow this."
