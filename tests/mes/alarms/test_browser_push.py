"""The page with the button, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.mes.alarms.test_push import PLANT
from tests.mes.screens.screens import Served, chromium
from tests.support.eventually import eventually


@pytest.mark.browser
def test_it_says_that_no_messages_are_shown_and_offers_one_button(
    database: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    served = Served(database, PLANT, free_port())
    served.start()
    with chromium(tmp_path) as browser:
        browser.get(f"{served.url}/push?lang=en")
        eventually("the state", lambda: _text(browser, "push-state") == "No messages are shown here.")
        shown = [browser.find_element("id", name).is_displayed() for name in ("push-begin", "push-end")]
    served.stop()

    assert shown == [True, False]


def _text(browser: WebDriver, name: str) -> str:
    return str(browser.find_element("id", name).text)
