"""From a plant file without tags to live numbers: the forms of the set-up, and every process beneath."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from config.load import load_plant
from laptop.broker import LocalBroker
from tests.edge.test_reload import CountingPlc
from tests.journeys.system import System
from tests.support.eventually import until

pytestmark = pytest.mark.journey
STARTER = Path("config/starter.yaml")


def hidden(page: str, name: str) -> str:
    """The value of a hidden field, or the text of a field of several lines."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page) or re.search(
        rf'<textarea name="{name}" hidden>\n(.*?)</textarea>', page, re.DOTALL
    )
    assert found is not None, page
    return found[1].replace("&#39;", "'").replace("&quot;", '"').replace("&#34;", '"').replace("&gt;", ">")


async def applied(http: httpx.AsyncClient, page: httpx.Response) -> None:
    """Press the button on the page that shows what would change."""
    assert page.status_code == 200, page.text
    form = {name: hidden(page.text, name) for name in ("seen", "text", "then")}
    answer = await http.post("/plant/apply", data=form | {"by": "Ann"})
    assert answer.status_code == 303, answer.text


async def test_a_plc_is_found_its_registers_are_chosen_and_their_numbers_are_live(
    tmp_path: Path, database: str, broker: LocalBroker, free_port: Callable[[], int]
) -> None:
    file, other, port = tmp_path / "plant.yaml", tmp_path / "edge.yaml", free_port()
    shutil.copy(STARTER, file)
    shutil.copy(STARTER, other)
    settings = {"SHOPFLOOR_DATABASE": database, "SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{broker.port}"}
    system = System(tmp_path, file, settings | {"SHOPFLOOR_PORT": str(port)}, web=f"http://127.0.0.1:{port}")
    # The agent has a plant file of its own, as on another computer.
    edge = System(tmp_path, other, settings, web="")
    try:
        for name in ("collector", "mes"):
            system.start(name)
        edge.start("edge", "edge", "edge-1")
        async with (
            CountingPlc(free_port()).serving() as plc,
            httpx.AsyncClient(base_url=system.web, timeout=20) as http,
        ):
            await until("mes", lambda: ready(system.web), 60)
            name = {"en": "Works", "zh": "工厂", "zone": "Asia/Shanghai", "pattern": "around"}
            await applied(http, await http.post("/setup/site", data=name))
            await until("the new name", lambda: site_name(system.web) == "Works", 60)

            asked = {"node": "edge-1", "protocol": "modbus", "address": f"127.0.0.1:{plc.port}", "last": "20"}
            place = (await http.post("/setup/discover", data=asked | {"by": "Ann"})).headers["location"]
            await until("the registers", lambda: "10 found" in httpx.get(f"{system.web}{place}?lang=en").text, 60)

            chosen = {"machine": "machine-1", "en": "Press", "zh": "压力机", "cycle": "2"}
            chosen |= {"u0": "on", "n0": "polls", "r0": "total_count", "t0": "uint16"}
            await applied(http, await http.post(f"{place}/choose", data=chosen))
            await until("a live number", lambda: "polls" in tags(system.web) and "GOOD" in tags(system.web), 60)
    finally:
        edge.stop_all()
        system.stop_all()

    plants = [load_plant(file), load_plant(other)]
    assert plants[0] == plants[1]
    assert plants[0].site.name.zh == "工厂"
    assert [tag.name for tag in plants[0].machine("machine-1").tags] == ["polls"]


def ready(web: str) -> bool:
    try:
        return httpx.get(f"{web}/health/live", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def site_name(web: str) -> str:
    try:
        return str(httpx.get(f"{web}/api/v1/equipment", timeout=2).json()["items"][0]["name"]["en"])
    except httpx.HTTPError:
        return ""


def tags(web: str) -> str:
    try:
        return httpx.get(f"{web}/tags?machine=machine-1&lang=en", timeout=2).text
    except httpx.HTTPError:
        return ""
