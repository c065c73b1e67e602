"""The engineer's and the maintenance pages in a browser: their main paths, and nothing cut in either language."""

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from tests.mes.screens.engineering import FOUND, engineering
from tests.mes.screens.screens import Served, foreign_requests, text, wait_until
from tests.mes.screens.test_browser_phone import CUT
from tests.support.databases import cloned

pytestmark = pytest.mark.browser
SIZES = [(1920, 1080), (1024, 768), (390, 844)]
TREND = "/trends?tag=press-1/temperature&tag=press-1/state&window=day"


PLAIN = (
    "/tags",
    "/cycles/line-1",
    "/flow/line-1",
    "/policies/line-1",
    "/plant",
    "/figures",
    "/setup",
    f"/setup/found/{FOUND}",
)
WHY = "/explain?equipment=press-1&window=hour"


@pytest.fixture(scope="module")
def standing(
    postgres_url: str, template: str, free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, int]]:
    file = tmp_path_factory.mktemp("plant") / "plant.yaml"
    with cloned(postgres_url, template) as url, engineering(url, free_port(), file) as made:
        yield made


@pytest.fixture
def site(standing: tuple[Served, int]) -> Served:
    return standing[0]


def drawn(browser: WebDriver, number: int = 1) -> None:
    """The curves have been drawn so often."""
    wait_until(
        "curves", lambda: int(browser.find_element(By.ID, "trends").get_dom_attribute("data-drawn") or 0) >= number
    )


def sized(browser: WebDriver, size: tuple[int, int]) -> None:
    screen = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 700}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)


def opened(browser: WebDriver) -> None:
    """From OEE down to samples, by keys alone."""
    first = "details[data-from*=producing]"
    browser.execute_script(f"document.querySelector('{first} > summary').focus()")
    browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    wait_until("intervals", lambda: browser.find_elements(By.CSS_SELECTOR, f"{first} .fact"))
    browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    wait_until("samples", lambda: browser.find_elements(By.CSS_SELECTOR, f"{first} tr.this"))


def picture(browser: WebDriver, name: str) -> None:
    """Where SHOPFLOOR_TEST_PICTURES names a folder, what the page looks like."""
    folder = os.environ.get("SHOPFLOOR_TEST_PICTURES")
    if folder:
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        Path(folder, f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


@pytest.fixture
def any_size(browser: WebDriver) -> Iterator[WebDriver]:
    yield browser
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


# Of each page in each language on each screen.
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_cut(standing: tuple[Served, int], any_size: WebDriver, language: str) -> None:
    site, alarm = standing
    found = {}
    for path in ("/trends", TREND, "/alarms", f"/alarms/{alarm}", WHY, *PLAIN):
        any_size.get(f"{site.url}{path}{'&' if '?' in path else '?'}lang={language}")
        if path == WHY:
            opened(any_size)
        if path == TREND:
            drawn(any_size)
        for size in SIZES:
            sized(any_size, size)
            wide = any_size.execute_script("return document.documentElement.scrollWidth")
            found[path, size] = [*any_size.execute_script(CUT), *([f"{wide} wide"] if wide > size[0] else [])]
            picture(any_size, f"{path.partition('?')[0].strip('/').replace('/', '-')}-{size[0]}-{language}")

    assert [(place, cut) for place, cut in found.items() if cut] == []
    assert foreign_requests(any_size, site.url) == []
    assert [entry for entry in any_size.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_the_address_names_the_view_that_keys_have_chosen(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}{TREND}&lang=en")
    drawn(browser)
    browser.find_element(By.TAG_NAME, "body").send_keys("+", Keys.ARROW_LEFT)
    drawn(browser, 3)
    shown = text(browser, "#span")
    address = browser.current_url
    browser.get(address)
    drawn(browser)

    assert "from=" in address
    assert text(browser, "#span").partition(" · ")[0] == shown.partition(" · ")[0]


def test_dragging_across_a_curve_zooms_and_the_saved_table_is_of_the_same_view(
    site: Served, browser: WebDriver
) -> None:
    browser.get(f"{site.url}{TREND}&lang=en")
    drawn(browser)
    curve = browser.find_element(By.CSS_SELECTOR, ".u-over")
    drag = ActionChains(browser).move_to_element_with_offset(curve, 100, 0).click_and_hold()
    drag.move_by_offset(200, 5).release().perform()
    drawn(browser, 2)
    table = browser.find_element(By.CSS_SELECTOR, "[data-file=csv]").get_dom_attribute("href")

    assert "from=" in browser.current_url
    assert browser.current_url.partition("from=")[2].partition("&")[0] in str(table)


def test_a_value_that_is_too_old_is_no_value(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}{TREND}&lang=en")
    drawn(browser)

    assert text(browser, ".reading") == "? NO DATA"
    assert "above 64" in text(browser, "[data-part=events]")
    assert "not read" in text(browser, "[data-part=events]")


def test_a_technician_reads_what_to_do_comments_and_acknowledges(
    standing: tuple[Served, int], any_size: WebDriver
) -> None:
    site, alarm = standing
    sized(any_size, SIZES[2])
    any_size.get(f"{site.url}/alarms?lang=en")
    any_size.find_element(By.CSS_SELECTOR, ".al .what a").click()
    to_do = text(any_size, ".do")
    any_size.find_element(By.ID, "name").send_keys("Li Wei")
    form = any_size.find_element(By.CSS_SELECTOR, f".acts form[action='/alarms/{alarm}/comment']")
    form.find_element(By.XPATH, "../summary").click()
    form.find_element(By.NAME, "comment").send_keys("Filter ordered.")
    form.find_element(By.CSS_SELECTOR, "button").click()
    wait_until("the comment", lambda: "Filter ordered." in text(any_size, ".said"))
    any_size.find_element(By.CSS_SELECTOR, ".acts form button.main").click()
    wait_until("the request", lambda: "acknowledgement sent" in text(any_size, ".acts"))

    assert any_size.current_url.endswith(f"/alarms/{alarm}")
    assert "clean its filter" in to_do
    assert "comment · Li Wei" in text(any_size, ".said")


def test_a_number_is_explained_down_to_its_samples_by_keys_alone(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}{WHY}&lang=en")
    opened(browser)

    assert "result_id=" in browser.current_url
    assert text(browser, "h1").startswith("Why ")
    assert "edge-1" in text(browser, "tr.this")


def test_a_mistake_in_the_plant_file_is_shown_on_its_line_and_the_right_one_is_applied(
    site: Served, browser: WebDriver
) -> None:
    field = "document.querySelector('textarea[name=text]').value"
    browser.get(f"{site.url}/plant?lang=en")
    browser.execute_script(f"{field} = {field}.replace('zone: UTC', 'zone: Mars')")
    browser.find_element(By.CSS_SELECTOR, "form[action='/plant/check'] button").click()
    mistakes = text(browser, ".said")
    browser.execute_script(
        "const last = [...document.querySelectorAll('textarea[name=text]')].pop();"
        "last.value = last.value.replace('zone: Mars', 'zone: Asia/Shanghai')"
    )
    browser.find_element(By.CSS_SELECTOR, "form.card button").click()
    wait_until("the difference", lambda: "Asia/Shanghai" in text(browser, ".difference"))
    browser.find_element(By.NAME, "by").send_keys("Ann")
    browser.find_element(By.CSS_SELECTOR, "form[action='/plant/apply'] button").click()
    wait_until("applied", lambda: "in force" in text(browser, ".recorded"))

    assert "line 5" in mistakes
    assert "Asia/Shanghai" in site.file.read_text(encoding="utf-8")


def test_found_registers_are_chosen_and_what_they_would_change_is_shown(site: Served, browser: WebDriver) -> None:
    browser.get(f"{site.url}/setup/found/{FOUND}?lang=en")
    browser.find_element(By.NAME, "u3").click()
    browser.find_element(By.NAME, "n3").clear()
    browser.find_element(By.NAME, "n3").send_keys("pressure")
    browser.find_element(By.CSS_SELECTOR, "form.stack button.main").click()
    wait_until("the difference", lambda: "pressure" in text(browser, ".difference"))

    assert "192.0.2.10" in text(browser, ".difference")
