"""The tablet of an operator: reasons and reports in two touches, by keyboard, by scanner, and without a network."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from contract.sample import from_us, to_us
from tests.mes.erp.plants import keeping
from tests.mes.house import MINUTE, PLANT, START, know, sample
from tests.mes.orders.quantities.test_routes import BURR
from tests.mes.screens.screens import Served, served, text, wait_until
from tests.mes.screens.test_browser_phone import CUT, screen

pytestmark = pytest.mark.browser
DOWN_FOR_S = 300


def lived(database: str) -> None:
    """Half an hour with a part every three seconds, one of twenty scrap; the press is down since five minutes."""
    base = (to_us(datetime.now(UTC)) - START) / 1e6 - 2
    samples = []
    for second in range(-1800, 1, 2):
        running = second < -DOWN_FOR_S
        made = (min(second, -DOWN_FOR_S) + 1800) // 3
        for tag, value in (("state", 1.0 if running else 5.0), ("product", 1.0), ("total", 100.0 + made)):
            samples.append(sample("press-1", tag, base + second, value))
        samples.append(sample("press-1", "rejects", base + second, float(made // 20)))
    know(database, samples)


@pytest.fixture
def floor(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    lived(database)
    with keeping(database, PLANT), served(database, PLANT, free_port()) as app:
        api = f"{app.url}/api/v1"
        httpx.put(f"{api}/reasons/burr", json=BURR).raise_for_status()
        for id_ in ("WO-1", "WO-2"):
            wish = {"product": "bracket-a", "quantity": "9000", "due_at": "2030-12-24T12:00:00Z", "machine": "press-1"}
            httpx.put(f"{api}/orders/{id_}", json=wish).raise_for_status()
            httpx.post(f"{api}/orders/{id_}/release").raise_for_status()
        at = from_us(to_us(datetime.now(UTC)) - 29 * MINUTE).isoformat()
        httpx.post(f"{api}/orders/WO-1/start", json={"at": at}).raise_for_status()
        wait_until("its parts are known", lambda: float(produced(app)) > 400)
        yield app


def produced(app: Served) -> str:
    window = {"from": from_us(to_us(datetime.now(UTC)) - 60 * MINUTE).isoformat(), "to": datetime.now(UTC).isoformat()}
    rows = httpx.get(f"{app.url}/api/v1/quantities", params=window | {"by": "order"}).json()["items"]
    return str(rows[0]["good"]) if rows else "0"


def opened(browser: WebDriver, app: Served, language: str = "en") -> None:
    """The page of the press, with somebody signed on."""
    browser.get(f"{app.url}/operator/press-1?lang={language}")
    browser.execute_script("localStorage.setItem('shopfloor-who', 'Li Wei')")
    browser.get(f"{app.url}/operator/press-1?lang={language}")
    wait_until("the page is live", lambda: not live(browser).endswith("silent"))


def live(browser: WebDriver) -> str:
    return str(browser.execute_script("return document.body.className"))


def told(app: Served, what: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{app.url}/api/v1/{what}").raise_for_status().json()
    return list(answer["items"] if isinstance(answer, dict) else answer)


def press(browser: WebDriver, selector: str) -> None:
    def done() -> bool:
        browser.find_element(By.CSS_SELECTOR, selector).click()
        return True

    wait_until(f"{selector} is pressed", done)


def reports(app: Served) -> list[tuple[str, str | None]]:
    return sorted((row["kind"], row["reason"]) for row in told(app, "production-quantities"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_reason_is_one_touch_and_a_report_two_and_each_is_counted(
    floor: Served, browser: WebDriver, language: str
) -> None:
    opened(browser, floor, language)
    suggested = browser.execute_script("return [good.value, scrap.value]")
    press(browser, "[data-reason=jam]")
    wait_until("the reason is there", lambda: bool(told(floor, "equipment/press-1/edits")))
    began = time.monotonic()
    press(browser, "[data-do=report]")
    press(browser, "[data-do=scrap-reason]")
    wait_until("the report is there", lambda: len(reports(floor)) == 2)
    spent = time.monotonic() - began
    said = text(browser, "#told")
    entries = told(floor, "production-quantities")

    assert 440 <= float(suggested[0]) <= 480
    assert 20 <= float(suggested[1]) <= 25
    assert reports(floor) == [("good", None), ("scrap", "burr")]
    assert {row["person"] for row in entries} == {"Li Wei"}
    assert said == {"en": "Saved", "zh": "已保存"}[language]
    assert spent < 6


def test_keyboard_alone_and_scanner_alone_pass_the_same_path(floor: Served, browser: WebDriver) -> None:
    opened(browser, floor)
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys("1")
    wait_until("the first reason is there", lambda: len(told(floor, "equipment/press-1/edits")) == 1)
    body.send_keys("S-burr", Keys.ENTER)
    browser.find_element(By.TAG_NAME, "body").send_keys("OK", Keys.ENTER)
    wait_until("the report is there", lambda: len(reports(floor)) == 2)
    browser.find_element(By.TAG_NAME, "body").send_keys("p")
    operation = told(floor, "orders")[0]["operations"][0]["id"]
    wait_until("it is paused", lambda: state(floor, operation) == "interrupted")
    wait_until("it can go on", lambda: bool(text(browser, "[data-command=resume]")))
    browser.find_element(By.TAG_NAME, "body").send_keys("RESUME", Keys.ENTER)
    wait_until("it goes on", lambda: state(floor, operation) == "running")


def test_help_is_called_in_one_touch_and_ended_in_two(floor: Served, browser: WebDriver) -> None:
    opened(browser, floor)
    press(browser, "[data-call=maintenance]")
    wait_until("it is called", lambda: "called" in text(browser, "[data-call=maintenance]"))
    [open_] = told(floor, "andon-calls?open=true")
    press(browser, "[data-call=maintenance]")
    press(browser, "[data-call=maintenance]")
    wait_until("it is over", lambda: not told(floor, "andon-calls?open=true"))

    assert (open_["machine"], open_["kind"], open_["called_by"]) == ("press-1", "maintenance", "Li Wei")


def state(app: Served, operation: str) -> str:
    return str(httpx.get(f"{app.url}/api/v1/operations/{operation}").json()["state"])


def test_without_a_network_all_waits_on_the_tablet_and_arrives_once(floor: Served, browser: WebDriver) -> None:
    opened(browser, floor)
    kept = "return caches.match(location.href).then((found) => found !== undefined)"
    wait_until("the page is kept", lambda: browser.execute_script(kept))
    floor.stop()
    wait_until("it says so", lambda: "Offline" in text(browser, "#offline"), 15)
    press(browser, "[data-reason=tool]")
    press(browser, "[data-command=pause]")
    wait_until("two wait", lambda: "2 entries wait here" in text(browser, "#offline"))
    browser.refresh()
    wait_until("the kept page has them", lambda: "2 entries wait here" in text(browser, "#offline"), 15)
    hatched = browser.execute_script("return getComputedStyle(document.querySelector('#state .st')).backgroundImage")
    said = text(browser, "#told")
    browser.execute_script("good.value = '5'; scrap.value = '0'")
    press(browser, "[data-do=report]")
    wait_until("three wait", lambda: "3 entries wait here" in text(browser, "#offline"))
    floor.ending.clear()
    floor.start()
    wait_until("none waits", lambda: not browser.find_element(By.ID, "waiting").is_displayed(), 20)
    time.sleep(1)
    edits = told(floor, "equipment/press-1/edits")
    operation = told(floor, "orders")[0]["operations"][0]

    assert "repeating-linear-gradient" in hatched
    assert said != "Saved"
    assert [one["reason"] for one in edits] == ["tool"]
    assert reports(floor) == [("good", None)]
    assert operation["state"] == "interrupted"


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (390, 844)])
def test_nothing_is_cut_and_a_glove_finds_every_button(
    floor: Served, browser: WebDriver, width: int, height: int
) -> None:
    with screen(browser, width, height) as small:
        opened(small, floor)
        cut = small.execute_script(CUT)
        low = small.execute_script(
            "return [...document.querySelectorAll('main button, main .btn')].filter(e => e.checkVisibility())"
            ".filter(e => e.getBoundingClientRect().height < 48).map(e => e.innerText)"
        )
        tall = small.execute_script("return document.getElementById('now').getBoundingClientRect().bottom")

    assert (cut, low) == ([], [])
    assert width < 1000 or tall <= height
