"""A wrong address is corrected in the plant file of a running system: the gap ends, and every sample is there."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from laptop.broker import LocalBroker
from tests.collector.senders import rows
from tests.journeys.system import System, lively_plant
from tests.support.program import finished

pytestmark = pytest.mark.journey
EDGE = "edge-1"
OPEN = "SELECT cause, device FROM collection_gap WHERE to_at IS NULL ORDER BY 1, 2"
GOOD = (
    "SELECT count(*) FROM sample JOIN series USING (series)"
    " WHERE machine = 'press-1' AND tag = 'current' AND quality = 0"
)


def rewrite(path: Path, register: str) -> None:
    """The current of press 1 stands in another register."""
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    for machine in document["lines"][0]["machines"]:
        machine["tags"] = [dict(tag) for tag in machine["tags"]]
    [current] = [tag for tag in document["lines"][0]["machines"][0]["tags"] if tag["name"] == "current"]
    current["register"] = register
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def test_a_wrong_address_is_corrected_without_a_restart_and_everything_adds_up(
    tmp_path: Path, database: str, broker: LocalBroker, free_port: Callable[[], int]
) -> None:
    plant = lively_plant(tmp_path, free_port)
    environment = {"SHOPFLOOR_DATABASE": database, "SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{broker.port}"}
    system = System(tmp_path, plant, environment, web="")
    try:
        system.start("simulator", "simulator", "--truth", str(tmp_path / "truth.jsonl"), "--pace", "lively")
        system.wait_until("the simulator", lambda: "simulator_ready" in system.log("simulator"))
        rewrite(plant, "9000")
        system.start("collector")
        system.start(EDGE, "edge", EDGE)
        system.wait_until("the gap", lambda: rows(database, OPEN) == [("address_unreadable", "press-1-plc")])
        rewrite(plant, "8")
        system.processes[EDGE].send_signal(signal.SIGHUP)
        system.wait_until("the current", lambda: rows(database, GOOD)[0][0] > 3)
        left, down = (
            rows(database, OPEN),
            rows(database, "SELECT device FROM collection_gap WHERE cause = 'agent_down'"),
        )
        assert system.stop(EDGE) == 0
        system.wait_until("all frames", lambda: certificate(system)["awaited"] == 0)
        certified = certificate(system)
    finally:
        system.stop_all()

    assert left == []
    assert down == [("press-1-plc",)]
    assert certified["adds_up"] is True
    assert (certified["missing"], certified["dropped"], certified["unaccounted"]) == (0, 0, 0)
    assert len(certified["epochs"]) == 1


def certificate(system: System) -> dict[str, Any]:
    """The account of the edge in the last hour."""
    command = ["audit", "--from", "1h", "--json", "--count", "--node", EDGE]
    done = finished(command, os.environ | dict(system.environment))
    [node] = json.loads(done.stdout)["nodes"]
    return dict(node)
