"""docs/health.md and the services agree, number by number, in both directions and both languages."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from laptop.broker import LocalBroker
from tests.health import Asked, names
from tests.support.eventually import eventually

PAGES = ("docs/health.md", "docs/health.zh.md")
SERVICES = {"edge": ("edge", "edge-1"), "collector": ("collector",), "mes": ("mes",), "alerts": ("alerts",)}
EVERYWHERE = "every"


def documented(page: str) -> dict[str, set[str]]:
    """The numbers by the heading under which their row stands."""
    found: dict[str, set[str]] = {}
    heading = ""
    for line in Path(page).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            word = line.lstrip("# ").strip()
            heading = word if word in SERVICES else EVERYWHERE
        elif row := re.match(r"\| `((?:shopfloor|process)_\w+)` \|", line):
            found.setdefault(heading, set()).add(row[1])
    return found


@pytest.fixture
def told(
    tmp_path: Path,
    free_port: Callable[[], int],
    broker: LocalBroker,
    database: str,
) -> dict[str, str]:
    """What /metrics of each service says once all are ready."""
    folder = tmp_path
    texts = {}
    with ExitStack() as running:
        for service, arguments in SERVICES.items():
            port = free_port()
            variables = {
                "SHOPFLOOR_DATA": str(folder / "data"),
                "SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{broker.port}",
                "SHOPFLOOR_DATABASE": database,
                "SHOPFLOOR_HEALTH": f"127.0.0.1:{port}",
                "SHOPFLOOR_PORT": str(port),
                "SHOPFLOOR_SMTP": "smtp://127.0.0.1:25",
            }
            log = running.enter_context((folder / f"{service}.log").open("wb"))
            process = subprocess.Popen(
                [sys.executable, "shopfloor.py", *arguments], stdout=log, stderr=log, env=os.environ | variables
            )
            running.callback(process.wait)
            running.callback(process.kill)
            eventually(f"{service} to be ready", lambda port=port: Asked(port).codes() == (200, 200), 90)
            texts[service] = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    return texts


def test_every_number_is_on_the_page_and_every_number_of_the_page_exists(told: dict[str, str]) -> None:
    """Of every service and both pages; the names say what kind of number it is."""
    for page in PAGES:
        on_page = documented(page)
        for service, text in told.items():
            assert names(text) == on_page[service] | on_page[EVERYWHERE], (page, service)
    for text in told.values():
        for name, kind in re.findall(r"^# TYPE (shopfloor_\w+) (\w+)$", text, flags=re.MULTILINE):
            assert (kind == "counter") == name.endswith("_total"), name
            assert kind != "histogram" or name.endswith("_seconds"), name


@pytest.mark.parametrize("page", PAGES)
def test_the_rules_and_thresholds_speak_of_numbers_that_exist(page: str) -> None:
    known = set().union(*documented(page).values())
    texts = [Path(page).read_text(encoding="utf-8"), Path("deploy/prometheus/rules.yml").read_text(encoding="utf-8")]

    for text in texts:
        used = set(re.findall(r"\bshopfloor_(?:edge|collector|mes|alerts|ready|loop|part)\w*", text))
        assert used
        assert used <= known
