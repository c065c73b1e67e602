"""The page of an order on every screen: what is warned of, blocked and reported is seen whole, and buttons ask once."""

from collections.abc import Callable

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from tests.mes.house import PLANT
from tests.mes.orders.quantities.test_routes import BURR
from tests.mes.screens.screens import served
from tests.mes.screens.test_browser_phone import CUT, screen

pytestmark = pytest.mark.browser
WISH = {"product": "A/12", "quantity": "200", "due_at": "2026-12-24T12:00:00Z", "machine": "press-1"}


def two_orders(url: str) -> None:
    """One runs and has too much scrap; the other waits for its machine, whose tag does not know the product."""
    httpx.put(f"{url}/api/v1/products", json={"number": "A/12", "names": {"en": "Arm", "zh": "臂"}, "base_unit": "C62"})
    httpx.put(f"{url}/api/v1/reasons/burr", json=BURR)
    httpx.put(f"{url}/api/v1/orders/WO-1", json=WISH | {"product": "bracket-a"})
    httpx.put(f"{url}/api/v1/orders/WO-2", json=WISH)
    httpx.post(f"{url}/api/v1/orders/WO-2/release")
    [running] = httpx.post(f"{url}/api/v1/orders/WO-1/start").json()["operations"]
    scrap = {"operation": running["id"], "kind": "scrap", "quantity": "7.5", "reason": "burr"}
    httpx.post(f"{url}/api/v1/production-quantities", json=scrap)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1024, 768), (390, 844)])
def test_an_order_with_warnings_fits_on_every_screen(
    database: str, free_port: Callable[[], int], browser: WebDriver, width: int, height: int
) -> None:
    with served(database, PLANT, free_port()) as app, screen(browser, width, height) as small:
        two_orders(app.url)
        cut, told = [], []
        for id_ in ("WO-1", "WO-2"):
            small.get(f"{app.url}/orders/{id_}")
            cut.append(small.execute_script(CUT))
            told.append(small.find_element(By.CSS_SELECTOR, ".trouble").text)
        disabled = [one.text for one in small.find_elements(By.CSS_SELECTOR, "button:disabled")]

    assert cut == [[], []]
    assert ("7.5 more scrap" in told[0], "no code for this product" in told[1]) == (True, True)
    assert disabled == ["Start"]
