"""Products on every screen: nothing is cut, and a drawing is added by hand."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.mes.orders.products.test_routes import NUMBER, PRODUCT, STEPS
from tests.mes.screens.lines import plant
from tests.mes.screens.screens import served, wait_until
from tests.mes.screens.test_browser_phone import CUT, screen

pytestmark = pytest.mark.browser
LONG = "Z" * 64


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1024, 768), (390, 844)])
def test_a_product_with_the_longest_number_fits_on_every_screen(
    database: str, free_port: Callable[[], int], browser: WebDriver, width: int, height: int
) -> None:
    with served(database, plant(), free_port()) as app, screen(browser, width, height) as small:
        httpx.put(f"{app.url}/api/v1/products", json=PRODUCT | {"number": LONG})
        httpx.post(f"{app.url}/api/v1/product-versions", json={"product": LONG, "label": "A", "routing": STEPS})
        cut = []
        for address in ("/products", f"/products/one?number={LONG}"):
            small.get(app.url + address)
            cut.append(small.execute_script(CUT))

    assert cut == [[], []]


def test_a_drawing_is_added_to_a_draft_by_hand(
    database: str, free_port: Callable[[], int], browser: WebDriver, tmp_path: Path
) -> None:
    drawing = tmp_path / "图纸 1.txt"
    drawing.write_text("a drawing", encoding="utf-8")
    with served(database, plant(), free_port()) as app:
        httpx.put(f"{app.url}/api/v1/products", json=PRODUCT)
        httpx.post(f"{app.url}/api/v1/product-versions", json={"product": NUMBER, "label": "A"})
        browser.get(f"{app.url}/products/one?number={quote(NUMBER, safe='')}")
        browser.find_element("css selector", "input[type=file]").send_keys(str(drawing))
        browser.find_element("css selector", ".upload button").click()
        wait_until("the drawing is listed", lambda: "图纸 1.txt" in browser.page_source)
        listed = httpx.get(f"{app.url}/api/v1/product-versions").json()["items"][0]["documents"]

    assert [(one["name"], one["size"], one["media_type"]) for one in listed] == [("图纸 1.txt", 9, "text/plain")]
