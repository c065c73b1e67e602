"""The report in a browser: nothing is cut on a desk, a tablet and a phone, in both languages."""

from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.mes.screens.lines import plant_at
from tests.mes.screens.screens import Served, served, text
from tests.mes.screens.test_browser_phone import CUT, screen
from tests.mes.screens.test_browser_wall import live_line

pytestmark = pytest.mark.browser


@pytest.fixture
def site(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    live_line(database, 4)
    with served(database, plant_at(12), free_port()) as made:
        yield made


def test_nothing_of_the_report_is_cut_and_the_shift_before_is_one_press_away(site: Served, browser: WebDriver) -> None:
    for language in ("en", "zh"):
        for size in ((1920, 1080), (1024, 768), (390, 844)):
            with screen(browser, *size):
                browser.get(f"{site.url}/report?equipment=line-1&lang={language}")
                assert text(browser, "#planned")
                assert browser.execute_script(CUT) == []
    now = text(browser, "h1")
    browser.find_element("css selector", "a[rel=prev]").click()

    assert text(browser, "h1") != now
    assert "%" in text(browser, ".kpi.hero .val") or "–" in text(browser, ".kpi.hero .val")
