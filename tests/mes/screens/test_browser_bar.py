"""The bar of every page: all places are reachable on every screen, and none lies on another, whoever is signed on."""

from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from mes.web.navigation import PLACES
from tests.mes.screens.lines import plant_at
from tests.mes.screens.screens import Served, served
from tests.mes.screens.test_browser_phone import screen

pytestmark = pytest.mark.browser
SIGNED_ON = """
const leave = document.documentElement.lang === "zh" ? "退出登录" : "Log out";
document.querySelector(".end .who").outerHTML =
  '<span class="who"><svg class="i"></svg><span>Maximiliane von Hohenstein-Langenfeld</span></span>' +
  '<form><button class="quiet">' + leave + "</button></form>";
const shown = [...document.querySelectorAll(".bar > a, .bar nav > *, .bar .end > *")].filter(e => e.checkVisibility());
const wrong = [];
for (const [place, one] of shown.entries()) {
  const box = one.getBoundingClientRect();
  if (box.right > innerWidth) wrong.push(one.innerText + " leaves the screen");
  const next = shown[place + 1]?.getBoundingClientRect();
  if (next && next.left < box.right - 1) wrong.push(one.innerText + " lies on " + shown[place + 1].innerText);
}
return wrong;
"""
REACHED = """
for (const menu of document.querySelectorAll("details.more")) menu.open = true;
const links = [...document.querySelectorAll(".bar nav a, .below a")].filter(a => a.checkVisibility());
return [...new Set(links.map(a => a.getAttribute("href")))];
"""


@pytest.fixture
def site(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    with served(database, plant_at(12), free_port()) as made:
        yield made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_place_is_reached_on_every_screen_and_none_lies_on_another(
    site: Served, browser: WebDriver, language: str
) -> None:
    open_to_all = {place.path for place in PLACES if not place.roles}
    for width in (1920, 1280, 1024, 768, 390):
        with screen(browser, width, 800):
            browser.get(f"{site.url}/walls?lang={language}")
            assert browser.execute_script(SIGNED_ON) == [], width
            assert open_to_all <= set(browser.execute_script(REACHED)), width
