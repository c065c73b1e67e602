"""Fifty walls and a hundred tablets at the demo's plant: how fresh what they show is, and what that costs."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from selenium.webdriver.remote.webdriver import WebDriver

from config.load import load_plant
from laptop.ports import free_port
from tests.bench.figure import Figure
from tests.bench.idle import services
from tests.bench.usage import usage
from tests.mes.screens.screens import chromium, wait_until

WALLS, TABLETS = 50, 100
WARM_S, MEASURED_S = 45.0, 60.0
TABLET_EVERY_S = 3.0
PLANT = Path("config/demo.yaml")
REFRESHES = 2000
# One event of the wall, shown again and again by the page's own function.
AGAIN = """
const [times, done] = arguments; const source = new EventSource(page.events);
source.onmessage = async event => {
  source.close();
  for (let i = 0; i < times; i++) {
    show({data: event.data});
    if (i % 20 == 0) await new Promise(go => setTimeout(go, 0));
  }
  done();
};"""


def screens() -> list[Figure]:
    """Seconds by which what a wall gets is old, seconds in which a tablet is answered, and the CPU of mes."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "shopfloor.py", "demo", "--data", folder, "--port", str(port), "--history", "2h"]
        demo = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(WARM_S)
            mes = next(pid for pid, name in services(demo.pid).items() if name == "mes")
            before = usage(mes).cpu_s
            old, answered, missed = asyncio.run(watched(f"http://127.0.0.1:{port}"))
            share = (usage(mes).cpu_s - before) / MEASURED_S
            grown_mb = heap_growth_mb(f"http://127.0.0.1:{port}/wall/{load_plant(PLANT).lines[0].id}?lang=en")
        finally:
            demo.terminate()
            demo.wait(60)
    against = f"{WALLS} walls, {TABLETS} tablets every {TABLET_EVERY_S:.0f} s, 8 machines, {missed} answers missed"
    return [
        Figure("wall_refresh_p99", float(np.quantile(old, 0.99)), "s", against, "≤ 1"),
        Figure("tablet_answer_p99", float(np.quantile(answered, 0.99)), "s", against, "≤ 1"),
        Figure("screens_cpu", share, "of one core", against),
        Figure("wall_heap_growth", grown_mb, "MB", f"{REFRESHES} refreshes of a wall of four machines", "≤ 5"),
    ]


def heap_growth_mb(address: str) -> float:
    """By how much the heap of a wall in Chromium grows over so many refreshes, garbage taken out before and after."""
    with tempfile.TemporaryDirectory() as folder, chromium(Path(folder)) as browser:
        browser.get(address)
        browser.set_script_timeout(300)
        wait_until("the wall", lambda: bool(browser.execute_script("return document.querySelector('.tile')")))
        before = _heap_mb(browser)
        browser.execute_async_script(AGAIN, REFRESHES)
        return _heap_mb(browser) - before


def _heap_mb(browser: WebDriver) -> float:
    browser.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    return float(browser.execute_cdp_cmd("Runtime.getHeapUsage", {})["usedSize"]) / 1e6


async def watched(site: str) -> tuple[list[float], list[float], int]:
    """How old what walls got was by the time of the next, how long tablets waited, and how often nothing came."""
    plant = load_plant(PLANT)
    old: list[float] = []
    answered: list[float] = []
    missed = [0]
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=site, timeout=10, limits=limits) as http, asyncio.TaskGroup() as group:
        until = time.monotonic() + MEASURED_S
        for n in range(WALLS):
            group.create_task(wall(http, plant.lines[n % len(plant.lines)].id, until, old, missed))
        for n in range(TABLETS):
            machine = plant.machines[n % len(plant.machines)].id
            group.create_task(tablet(http, machine, n * TABLET_EVERY_S / TABLETS, until, answered, missed))
    return old, answered, missed[0]


async def wall(http: httpx.AsyncClient, line: str, until: float, old: list[float], missed: list[int]) -> None:
    """Follow a wall; what it shows is as old as it came, and grows older until the next comes."""
    last: tuple[float, float] | None = None
    try:
        async with http.stream("GET", f"/wall/{line}/events?lang=en") as stream:
            async for text in stream.aiter_lines():
                if not text.startswith("data: "):
                    continue
                now = time.monotonic()
                if last is not None:
                    old.append(last[1] + now - last[0])
                last = now, float(json.loads(text.removeprefix("data: "))["age_s"])
                if now > until:
                    return
    except httpx.HTTPError:
        missed[0] += 1


async def tablet(
    http: httpx.AsyncClient, machine: str, begins_s: float, until: float, answered: list[float], missed: list[int]
) -> None:
    """Ask for a machine's page as its script does."""
    await asyncio.sleep(begins_s)
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            (await http.get(f"/operator/{machine}?lang=en")).raise_for_status()
            answered.append(time.monotonic() - began)
        except httpx.HTTPError:
            missed[0] += 1
        await asyncio.sleep(max(0.0, TABLET_EVERY_S - (time.monotonic() - began)))
