"""A whole shift at the tablet: four reports, six reasons, one changeover and two checks in at most 24 touches."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import psycopg
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from contract.sample import from_us, to_us
from tests.mes.erp.plants import keeping
from tests.mes.house import MINUTE, PLANT, START, know, sample
from tests.mes.orders.quantities.test_routes import BURR
from tests.mes.quality.plans import since
from tests.mes.screens.screens import Served, served, text, wait_until
from tests.mes.screens.test_browser_operator import opened, press, reports, told

pytestmark = pytest.mark.browser
STOPS = 6
# As if it were typed: the page is not made anew meanwhile.
TYPED = """
good.value = "50";
scrap.value = arguments[0];
good.dispatchEvent(new Event("input", { bubbles: true }));
"""
HEIGHT = {"name": "Height", "unit": "mm", "chart": "i_mr", "lsl": "2.0", "usl": "2.8"}


def shift(database: str) -> None:
    """Half an hour with a part every three seconds, and a stop of a minute every five."""
    base = (to_us(datetime.now(UTC)) - START) / 1e6 - 2
    samples, made = [], 100.0
    for second in range(-2100, 1, 2):
        down = second % 300 < 60
        made += 0 if down else 2 / 3
        for tag, value in (("state", 5.0 if down else 1.0), ("product", 1.0), ("total", float(int(made)))):
            samples.append(sample("press-1", tag, base + second, value))
        samples.append(sample("press-1", "rejects", base + second, float(int(made - 100) // 20)))
    know(database, samples)


def prepared(app: Served, database: str) -> None:
    """Two orders, one of which runs; two checks are due."""
    api = f"{app.url}/api/v1"
    httpx.put(f"{api}/reasons/burr", json=BURR).raise_for_status()
    for id_ in ("WO-1", "WO-2"):
        wish = {"product": "bracket-a", "quantity": "9000", "due_at": "2030-12-24T12:00:00Z", "machine": "press-1"}
        httpx.put(f"{api}/orders/{id_}", json=wish).raise_for_status()
        httpx.post(f"{api}/orders/{id_}/release").raise_for_status()
    now = to_us(datetime.now(UTC))
    at = from_us(now - 29 * MINUTE).isoformat()
    httpx.post(f"{api}/orders/WO-1/start", json={"at": at}).raise_for_status()
    for name, trigger in (
        ("First piece", {"trigger": "first_piece"}),
        ("Hourly", {"trigger": "every_t", "every_s": 60}),
    ):
        body = {"name": name, "product": "bracket-a", "machine": "press-1", "characteristics": [HEIGHT]} | trigger
        plan = httpx.post(f"{api}/inspection-plans", json=body).raise_for_status().json()
        httpx.post(f"{api}/inspection-plans/{plan['id']}/release").raise_for_status()
        since(database, plan, now - 40 * MINUTE)


def test_a_shift_costs_at_most_24_touches(database: str, free_port: Callable[[], int], browser: WebDriver) -> None:
    shift(database)
    with keeping(database, PLANT), served(database, PLANT, free_port()) as app:
        prepared(app, database)
        opened(browser, app)
        for n in range(1, STOPS + 1):
            wait_until("a stop is asked about", lambda: bool(text(browser, "#stop.ask [data-reason=jam]")))
            press(browser, "#stop.ask [data-reason=jam]")
            wait_until("the reason is there", lambda n=n: len(told(app, "equipment/press-1/edits")) == n)
        for n in range(1, 5):
            browser.execute_script(TYPED, "2" if n == 1 else "0")
            press(browser, "[data-do=report]")
            if n == 1:
                press(browser, "[data-do=scrap-reason]")
            wait_until("the report is there", lambda n=n: len(reports(app)) == n + 1)
        for n in (1, 2):
            wait_until("a check is due", lambda: bool(text(browser, ".check")))
            press(browser, ".check .result")
            browser.switch_to.active_element.send_keys("2.4")
            press(browser, ".check [data-do=inspection]")
            wait_until("it is recorded", lambda n=n: len(told(app, "inspections")) == n)
            wait_until("it is asked for no more", lambda n=n: checks(browser) == 2 - n)
        press(browser, "[data-command=start]")
        wait_until("the next order runs", lambda: running(app) == ["WO-2"])
        with psycopg.connect(database) as conn:
            row = conn.execute("SELECT sum(touches), sum(took_ms), count(*) FROM tablet_entry").fetchone()
        assert row is not None
        page = httpx.get(f"{app.url}/effort?lang=en").text

    touches, took_ms, entries = row
    assert entries == 13
    assert 13 <= touches <= 24
    assert took_ms < 120_000
    assert f'<td class="number" data-is="Touches">{touches}</td>' in page


def checks(browser: WebDriver) -> int:
    return len(browser.find_elements(By.CSS_SELECTOR, ".check"))


def running(app: Served) -> list[str]:
    return [one["id"] for one in told(app, "orders") if one["state"] == "running"]
