"""Pages of quality on a desk, a tablet and a phone: nothing cut, and nothing that a glove presses too small."""

import base64
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from contract.sample import to_us
from tests.mes.erp.plants import parts
from tests.mes.quality.plans import BURRS, PLAN, TORQUE, makes, plant, since
from tests.mes.screens.screens import Served, served, text
from tests.mes.screens.test_browser_phone import CUT

pytestmark = pytest.mark.browser
MINUTE = 60_000_000
SIZES = [(1920, 1080), (1024, 768), (390, 844)]
PRESSED = "button, .button, summary, .entry input:not([type=hidden]), .entry select, .pages a"
SMALL = """
return [...document.querySelectorAll(arguments[0])]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 48).map(e => e.outerHTML);
"""


@pytest.fixture
def site(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    now = to_us(datetime.now(UTC).replace(microsecond=0))
    makes(database, "press-1", now - 60 * MINUTE)
    parts(database, "press-1", "total", MINUTE, now - 55 * MINUTE, now)
    with served(database, plant(), free_port()) as made:
        yield made


@pytest.fixture
def plan(site: Served, database: str) -> dict[str, Any]:
    """A plan with forty subgroups, of which one is incomplete and the last is far off."""
    with httpx.Client(base_url=site.url, timeout=30) as http:
        drawn = http.post("/api/v1/inspection-plans", json=PLAN | {"characteristics": [TORQUE, BURRS]}).json()
        found: dict[str, Any] = http.post(f"/api/v1/inspection-plans/{drawn['id']}/release").json()
        start = datetime.now(UTC) - timedelta(hours=12)
        torque = found["characteristics"][0]["id"]
        for n, values in enumerate(np.random.default_rng(4).normal(2.4, 0.1, (40, 3)).tolist()):
            kept = values[:2] if n == 20 else [value + 0.3 * (n == 39) for value in values]
            results = [{"characteristic": torque, "piece": k, "value": f"{v:.3f}"} for k, v in enumerate(kept, start=1)]
            body = {
                "plan": found["id"],
                "taken_at": (start + timedelta(minutes=10 * n)).isoformat(),
                "results": results,
            }
            http.post("/api/v1/inspections", json=body).raise_for_status()
        lot = {
            "kind": "lot",
            "subject": "L-2026/117-B-000000000000000042",
            "product": "part",
            "reason": "Hardness below limit",
        }
        http.post("/api/v1/holds", json=lot).raise_for_status()
    since(database, found, to_us(datetime.now(UTC)) - 120 * MINUTE)
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_is_cut_and_gloves_hit_every_button(
    site: Served, browser: WebDriver, plan: dict[str, Any], size: tuple[int, int], language: str
) -> None:
    screen = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 700}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    pages = {
        "overview": "/quality",
        "entry": f"/quality/inspect/{plan['id']}",
        "chart": f"/quality/{plan['characteristics'][0]['id']}",
    }
    try:
        for name, path in pages.items():
            browser.get(f"{site.url}{path}?lang={language}")
            _picture(browser, f"{name}-{size[0]}-{language}")

            assert browser.execute_script(CUT) == [], name
            assert browser.execute_script(SMALL, PRESSED) == [], name
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_an_inspection_is_entered_on_a_tablet(site: Served, browser: WebDriver, plan: dict[str, Any]) -> None:
    browser.get(f"{site.url}/quality?lang=en")
    browser.find_element(By.CSS_SELECTOR, ".due .button").click()
    typed = {"name": "Ann", "v-0-1": "2.4", "v-0-2": "2.4", "v-0-3": "2.95", "v-1-1": "0"}
    for name, words in typed.items():
        browser.find_element(By.NAME, name).send_keys(words)
    browser.find_element(By.CSS_SELECTOR, "button.main").click()

    assert text(browser, ".recorded") == "Recorded: FAILED"
    assert "FAILED" in text(browser, "tbody tr")


def _picture(browser: WebDriver, name: str) -> None:
    """Where SHOPFLOOR_TEST_PICTURES names a folder, what the page looks like."""
    folder = os.environ.get("SHOPFLOOR_TEST_PICTURES")
    if folder:
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        Path(folder, f"{name}.png").write_bytes(base64.b64decode(shot["data"]))
