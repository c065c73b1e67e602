"""The browser that the tests of pages share: its start takes longer than most of them."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.mes.screens.screens import WINDOW, chromium


@pytest.fixture(scope="session")
def started_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    with chromium(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture
def browser(started_browser: WebDriver) -> WebDriver:
    """As if it had just been started: a blank page, no cookie, nothing in its cache, nothing on its console."""
    started_browser.switch_to.new_window("tab")
    fresh = started_browser.current_window_handle
    for handle in started_browser.window_handles:
        if handle != fresh:
            started_browser.switch_to.window(handle)
            started_browser.close()
    started_browser.switch_to.window(fresh)
    started_browser.set_window_size(*WINDOW)
    started_browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    started_browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    started_browser.get_log("browser")
    return started_browser
