"""axe-core finds no serious violation on any page of the menu, in either language."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from mes.web.navigation import PLACES
from tests.mes.erp.plants import keeping
from tests.mes.house import PLANT
from tests.mes.screens.screens import Served, served
from tests.mes.screens.test_browser_operator import lived

pytestmark = pytest.mark.browser
AXE = os.environ.get("SHOPFLOOR_TEST_AXE", "")
# The API's description is another's page.
PAGES = [place.path for place in PLACES if place.path != "/docs"]
BENEATH = ["/operator/press-1", "/stops/press-1", "/wall/stamping", "/wall", "/wall/machine/press-1", "/login"]
SERIOUS = """
const done = arguments[0];
axe.run(document, { runOnly: ["wcag2a", "wcag2aa"], resultTypes: ["violations"] }).then((found) => done(
  found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | "))));
"""


@pytest.fixture
def floor(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    lived(database)
    with keeping(database, PLANT), served(database, PLANT, free_port()) as app:
        yield app


@pytest.mark.skipif(not AXE, reason="SHOPFLOOR_TEST_AXE names no axe.min.js: CONTRIBUTING.md")
def test_no_page_of_the_menu_keeps_anybody_out(floor: Served, browser: WebDriver) -> None:
    script = Path(AXE).read_text(encoding="utf-8")
    wrong = {}
    for n, path in enumerate([*PAGES, *BENEATH]):
        browser.get(f"{floor.url}{path}?lang={('en', 'zh')[n % 2]}")
        browser.execute_script(script)
        found = browser.execute_async_script(SERIOUS)
        if found:
            wrong[path] = found

    assert wrong == {}
