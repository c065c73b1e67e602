"""The board of orders: what is late, runs and waits; what waits is dragged or keyed to another place."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from mes.orders.store_progress import refresh_progress
from tests.mes.erp.plants import keeping
from tests.mes.house import PLANT, reading
from tests.mes.screens.screens import Served, served, text, wait_until
from tests.mes.screens.test_browser_operator import lived
from tests.mes.screens.test_browser_phone import CUT, screen

pytestmark = pytest.mark.browser


@pytest.fixture
def plant_with_orders(database: str, free_port: Callable[[], int]) -> Iterator[Served]:
    """One order runs and is late, two wait in their sequence, one is not released."""
    lived(database)
    with keeping(database, PLANT), served(database, PLANT, free_port()) as app:
        api = f"{app.url}/api/v1"
        for n, due in enumerate((1, 30, 40, 50), start=1):
            due_at = (datetime.now(UTC) + timedelta(hours=due)).isoformat()
            wish = {"product": "bracket-a", "quantity": "4000", "due_at": due_at, "machine": "press-1"}
            httpx.put(f"{api}/orders/WO-{n}", json=wish).raise_for_status()
        for id_ in ("WO-1", "WO-2", "WO-3"):
            httpx.post(f"{api}/orders/{id_}/release").raise_for_status()
        at = (datetime.now(UTC) - timedelta(minutes=29)).isoformat()
        httpx.post(f"{api}/orders/WO-1/start", json={"at": at}).raise_for_status()
        yield app


def sequence(app: Served) -> list[str]:
    orders: list[dict[str, Any]] = httpx.get(f"{app.url}/api/v1/orders").json()["items"]
    waiting = [(one["operations"][0]["sequence"], one["id"]) for one in orders if one["id"] != "WO-1"]
    return [id_ for _, id_ in sorted(waiting)]


async def test_what_waits_is_dragged_before_another_and_keys_do_the_same(
    plant_with_orders: Served, database: str, browser: WebDriver
) -> None:
    app = plant_with_orders
    async with reading(database) as conn:
        for _ in range(3):
            await refresh_progress(conn, PLANT, int(datetime.now(UTC).timestamp() * 1e6))
    browser.get(f"{app.url}/board?lang=en")
    columns = {name: text(browser, f".stack.{name}") for name in ("running", "ready", "not_released")}
    bars = browser.find_elements(By.CSS_SELECTOR, ".movable")
    ActionChains(browser).drag_and_drop_by_offset(bars[1], -int(bars[1].rect["x"] - bars[0].rect["x"]) - 1, 0).perform()
    wait_until("the sequence has changed", lambda: sequence(app)[:2] == ["WO-3", "WO-2"])
    wait_until("the page has it", lambda: "WO-3" in first_bar(browser))
    browser.execute_script("document.querySelector('.movable').focus()")
    ActionChains(browser).key_down(Keys.ALT).send_keys(Keys.ARROW_RIGHT).key_up(Keys.ALT).perform()
    wait_until("the sequence is back", lambda: sequence(app)[:2] == ["WO-2", "WO-3"])
    browser.find_element(By.CSS_SELECTOR, ".not_released button").click()
    wait_until("it is released", lambda: "WO-4" in text(browser, ".stack.ready"))

    assert "WO-1" in columns["running"] + text(browser, ".stack.late")
    assert ("WO-2" in columns["ready"], "WO-4" in columns["not_released"]) == (True, True)


def first_bar(browser: WebDriver) -> str:
    return str(browser.execute_script("return document.querySelector('.movable title')?.textContent ?? ''"))


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1024, 768), (390, 844)])
def test_the_board_is_whole_on_every_screen(
    plant_with_orders: Served, browser: WebDriver, width: int, height: int
) -> None:
    with screen(browser, width, height) as small:
        for language in ("en", "zh"):
            small.get(f"{plant_with_orders.url}/board?lang={language}")
            assert text(small, "h1") == {"en": "Orders", "zh": "订单"}[language]
            assert small.execute_script(CUT) == []
