"""On a phone, 390 pixels wide, the same data in another layout, and on a tablet the wall's: nothing cut."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from contract.sample import from_us
from tests.mes.erp.plants import alarm
from tests.mes.screens.lines import HOUR, MINUTE, plant_at
from tests.mes.screens.screens import Served, served, wait_until
from tests.mes.screens.test_browser_wall import OUTSIDE, live_line, now_us, says
from tests.support.orders import begun_order

pytestmark = pytest.mark.browser
PHONE, TABLET = (390, 844), (1024, 768)
# What reaches beyond the screen, or is cut by the box that it stands in.
CUT = """
const cut = [];
if (document.documentElement.scrollWidth > innerWidth) cut.push("the page is " + document.documentElement.scrollWidth);
for (const e of document.querySelectorAll("h1, h2, .state, .value, .big, .mid, button, td, dd, .alarm, .what")) {
  const box = e.getBoundingClientRect();
  if (box.width && (box.left < 0 || box.right > innerWidth + 1)) cut.push(e.className + ": " + e.innerText);
  const hides = getComputedStyle(e).overflow !== "visible";
  if (hides && e.scrollWidth > e.clientWidth + 1) cut.push("inside " + e.innerText);
}
return cut;
"""


HEAD_CUT = """
const head = [...document.querySelectorAll("#part-head p, #part-head h1")];
return head.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText);
"""


@contextmanager
def screen(browser: WebDriver, width: int, height: int) -> Iterator[WebDriver]:
    """The browser with a screen of this size under a finger."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    yield browser
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def phone(browser: WebDriver) -> Iterator[WebDriver]:
    with screen(browser, *PHONE) as small:
        yield small


@pytest.fixture
def tablet(browser: WebDriver) -> Iterator[WebDriver]:
    with screen(browser, *TABLET) as middle:
        yield middle


@pytest.fixture
def site(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    live_line(database, 4)
    alarm(database)
    says(database, "edge-1", "offline")
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("INSERT INTO state_change VALUES ('press-2', %s, 5)", (from_us(now_us() - 5 * MINUTE),))
        times = {"due_at": from_us(now_us() + HOUR), "begun_at": from_us(now_us() - HOUR)}
        begun_order(conn, "20261130-17", None, "line-1", product="bracket-a", quantity=12_000, **times)
    with served(database, plant_at(12), free_port()) as made:
        yield made


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/walls",
        "/wall",
        "/wall/line-1",
        "/wall/machine/press-1",
        "/alarms",
        "/alarms/1/chain",
        "/alarm-figures",
        "/maintenance",
        "/on-call",
        "/orders",
        "/orders/20261130-17",
        "/quality",
        "/nodes",
        "/stops",
        "/stops/line-1",
    ],
)
def test_nothing_is_cut_on_a_phone(site: Served, phone: WebDriver, path: str, language: str) -> None:
    phone.get(f"{site.url}{path}?lang={language}")
    if path.startswith("/wall/") or path == "/wall":
        wait_until("numbers", lambda: len(phone.find_elements("css selector", ".oee .value")) > 0)

    assert phone.execute_script(CUT) == []


# "Press 2" beside a long state was "Press…", and "ends 12-01 00:41" of an order "ends 1…".
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_cut_on_the_wall_of_a_tablet(site: Served, tablet: WebDriver, language: str) -> None:
    tablet.get(f"{site.url}/wall/line-1?lang={language}")
    wait_until("tiles", lambda: len(tablet.find_elements("css selector", ".tile")) == 4)
    cut = [*tablet.execute_script(CUT), *tablet.execute_script(HEAD_CUT), *tablet.execute_script(OUTSIDE)]

    assert cut == []


# Texts on a tile that are cut, leave it, or lie on each other.
ON_TILES = """
const wrong = [];
for (const tile of document.querySelectorAll(".tile")) {
  const box = tile.getBoundingClientRect();
  const parts = [...tile.querySelectorAll("h2, .state, .oee, .stood, .alarm")];
  for (const part of parts) {
    const its = part.getBoundingClientRect();
    if (part.scrollWidth > part.clientWidth + 1) wrong.push(part.innerText + " is cut");
    if (its.bottom > box.bottom + 1 || its.right > box.right + 1) wrong.push(part.innerText + " leaves its tile");
    for (const other of parts) {
      const theirs = other.getBoundingClientRect();
      const across = Math.min(its.right, theirs.right) - Math.max(its.left, theirs.left) > 2;
      if (other !== part && across && Math.min(its.bottom, theirs.bottom) - Math.max(its.top, theirs.top) > 2)
        wrong.push(part.innerText + " lies on " + other.innerText);
    }
  }
}
return wrong;
"""
LONG = ("Hydraulic pressure too low at the main cylinder", "主缸液压压力过低，请立即检查油泵和管路")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("machines", [1, 3, 4, 8])
def test_alarms_and_orders_on_tiles_are_whole_on_a_tablet(
    database: str, free_port: Callable[[], int], tablet: WebDriver, machines: int, language: str
) -> None:
    live_line(database, machines)
    with psycopg.connect(database, autocommit=True) as conn:
        for number in range(1, machines + 1):
            alarm(database, f"press-{number}")
            times = {"due_at": from_us(now_us() + HOUR), "begun_at": from_us(now_us() - HOUR)}
            order = f"20261130-{number}"
            begun_order(conn, order, f"press-{number}", None, product="bracket-a", quantity=12_000, **times)
        conn.execute("UPDATE alarm SET text_en = %s, text_zh = %s", LONG)
        conn.execute("INSERT INTO state_change VALUES ('press-1', %s, 5)", (from_us(now_us() - 5 * MINUTE),))
    with served(database, plant_at(12, machines), free_port()) as site:
        tablet.get(f"{site.url}/wall/line-1?lang={language}")
        wait_until("alarms", lambda: len(tablet.find_elements("css selector", ".tile .alarm, .tile .mark")) == machines)
        cut = [*tablet.execute_script(CUT), *tablet.execute_script(ON_TILES)]

    assert cut == []
