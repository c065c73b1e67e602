"""What people see and hear: the wall in a browser, an alarm by webhook and e-mail, through every process."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest
import yaml
from selenium.webdriver.remote.webdriver import WebDriver

from tests.alerts.receivers import HttpReceiver, Mailbox
from tests.journeys.system import System
from tests.mes.screens.screens import chromium, text, wait_until

pytestmark = pytest.mark.journey
LINES = {
    "pumps": ("assembly-1", "assembly-2", "test-1", "pack-1"),
    "stamping": ("press-1", "press-2", "wash-1", "weld-1"),
}
NO_DATA_WITHIN_S = 10


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[WebDriver]:
    with chromium(tmp_path) as found:
        yield found


def change_plant(system: System, change: Callable[[dict[str, object]], None]) -> None:
    document = yaml.load(system.plant_file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    change(document)
    system.plant_file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def weld_on_its_own_edge_and_a_shift_that_just_began(document: dict[str, object]) -> None:
    """An OEE of which less than half was seen is not shown: the shift begins with the history."""
    site, devices = document["site"], document["devices"]
    assert isinstance(site, dict)
    assert isinstance(devices, list)
    began = (datetime.now(ZoneInfo(site["zone"])) - timedelta(seconds=120)).strftime("%H:%M")
    site["shifts"][0] |= {"starts": began, "ends": began}
    next(device for device in devices if device["id"] == "weld-1-plc")["edge"] = "edge-3"


def oee(browser: WebDriver, machine: str) -> str:
    return text(browser, f"#part-{machine} .oee .value")


def every_oee_changes(browser: WebDriver, machines: tuple[str, ...]) -> None:
    wait_until("every machine's OEE", lambda: all(oee(browser, machine).isdigit() for machine in machines), 60)
    first = {machine: oee(browser, machine) for machine in machines}
    changed: set[str] = set()

    def look() -> bool:
        changed.update(machine for machine in machines if oee(browser, machine) not in ("", first[machine]))
        return changed == set(machines)

    wait_until("every machine's OEE to change", look, 60)


def test_the_wall_follows_every_machine_and_a_killed_edge_is_no_data_within_ten_seconds(
    system: System, browser: WebDriver
) -> None:
    change_plant(system, weld_on_its_own_edge_and_a_shift_that_just_began)
    system.start_all(seconds=120, history="120s")
    for line, machines in LINES.items():
        browser.get(f"{system.web}/wall/{line}?lang=en")
        every_oee_changes(browser, machines)
    system.kill("edge-3")
    took = wait_until("NO DATA", lambda: "NO DATA" in text(browser, "#part-weld-1"), NO_DATA_WITHIN_S)

    assert took < NO_DATA_WITHIN_S
    assert text(browser, "#part-weld-1 .oee") == "–"
    assert all(oee(browser, machine).isdigit() for machine in LINES["stamping"][:3])
    system.start("edge-3")
    wait_until("the machine is back", lambda: oee(browser, "weld-1").isdigit(), 30)


def test_an_alarm_goes_from_the_plc_to_people_and_is_acknowledged(
    system: System, free_port: Callable[[], int], database: str
) -> None:
    chat, desk = HttpReceiver(free_port()), Mailbox(free_port())
    chat.start()
    desk.start()

    def silent_edge(document: dict[str, object]) -> None:
        document["channels"] = [
            {"id": "chat", "kind": "webhook", "url_env": "CHAT"},
            {"id": "desk", "kind": "email", "to": ["wang@example.com"]},
        ]
        document["rules"] = [
            {
                "id": "silent",
                "kind": "no_data",
                "longer_than": "2s",
                "machines": ["press-1"],
                "notify": ["chat", "desk"],
            }
        ]

    change_plant(system, silent_edge)
    system.environment = {
        **system.environment,
        "CHAT": f"http://127.0.0.1:{chat.port}/hook",
        "SHOPFLOOR_SMTP": f"smtp://127.0.0.1:{desk.port}",
    }
    system.start_all(seconds=60, history="20s")
    system.start("alerts", "alerts")
    system.wait_until("live data", lambda: current_state(system, "press-1") != "no_data")

    system.kill("edge-1")
    system.wait_until("the webhook", lambda: any(post.document["event"] == "raised" for post in chat.posts))
    system.wait_until("the e-mail", lambda: len(desk.mails) > 0)
    alarms = httpx.get(f"{system.api}/alarms").json()["items"]
    number = alarms[0]["id"]
    httpx.post(f"{system.api}/alarms/{number}/acknowledge", json={"by": "李伟"}).raise_for_status()
    system.start("edge-1")
    system.wait_until("it has cleared", lambda: conditions(database) == ["normal"])

    assert len(alarms) == 1
    assert alarms[0]["machine"] == "press-1"
    chat.stop()
    desk.stop()


def current_state(system: System, machine: str) -> str:
    return str(httpx.get(f"{system.api}/equipment/{machine}/state").json()["state"])


def conditions(database: str) -> list[str]:
    with psycopg.connect(database) as conn:
        return [row[0] for row in conn.execute("SELECT condition FROM alarm")]
