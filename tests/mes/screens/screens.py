"""A served application and a headless Chromium, for browser tests."""

import asyncio
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import uvicorn
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from config.plant import Plant
from mes.app import close_walls, create_app
from mes.keeper.refresh_loop import Refresh
from runtime.database import async_pool
from tests.mes.erp.plants import settings
from tests.support.eventually import eventually

WINDOW = 1920, 1080
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size={},{}".format(*WINDOW),
)


@contextmanager
def chromium(folder: Path, language: str = "en") -> Iterator[WebDriver]:
    """A browser with a profile of its own; skips the test where there is none."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("Chromium or chromedriver is not installed")
    options = Options()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}", f"--accept-lang={language}"):
        options.add_argument(flag)
    found = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield found
    finally:
        found.quit()


@dataclass
class Served:
    """The application behind a real socket, in a thread of its own."""

    database: str
    plant: Plant
    port: int
    keys: Mapping[str, str] = field(default_factory=dict)
    file: Path = Path("plant.yaml")
    server: uvicorn.Server | None = None
    thread: threading.Thread | None = None
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve until `stop`."""
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.thread.start()
        wait_until("the server answers", lambda: self.server is not None and self.server.started)

    def stop(self) -> None:
        """End all streams and the server; doing it twice is nothing."""
        if self.server is not None and self.thread is not None:
            self.ending.set()
            self.thread.join(40)
            assert not self.thread.is_alive()

    async def _serve(self) -> None:
        async with async_pool(self.database, "mes") as pool:
            app = create_app(settings(self.database, self.keys, file=self.file), self.plant, pool, Refresh(alive=True))
            config = uvicorn.Config(app, port=self.port, log_level="warning", timeout_graceful_shutdown=2)
            server = uvicorn.Server(config)
            self.server = server
            serving = asyncio.create_task(server.serve())
            await asyncio.to_thread(self.ending.wait)
            await close_walls(app)
            server.should_exit = True
            await serving


@contextmanager
def served(
    database: str, plant: Plant, port: int, keys: Mapping[str, str] | None = None, file: Path = Path("plant.yaml")
) -> Iterator[Served]:
    """A running application that is stopped at the end."""
    site = Served(database, plant, port, keys or {}, file)
    site.start()
    try:
        yield site
    finally:
        site.stop()


# An element may just be replaced while it is looked at.
wait_until = partial(eventually, despite=WebDriverException)


VISIBLE_TEXT = """
const found = document.querySelector(arguments[0]);
return found?.checkVisibility({visibilityProperty: true}) ? found.innerText : "";
"""


def text(browser: WebDriver, selector: str) -> str:
    """The visible text of the first element; empty when there is none. Read in one step: a tile may be replaced."""
    return str(browser.execute_script(VISIBLE_TEXT, selector)).strip()


def foreign_requests(browser: WebDriver, url: str) -> list[str]:
    """Everything the page has asked for elsewhere."""
    names = browser.execute_script("return performance.getEntries().map(entry => entry.name)")
    return [name for name in names if "://" in name and not name.startswith(url)]
