"""The edge agent's health as a process: broker and journal make it unready and alone ready again, devices do not."""

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from laptop.broker import LocalBroker
from tests.health import Asked
from tests.journeys.system import lively_plant
from tests.support.eventually import eventually
from tests.support.program import Program

PUBLISHED = "shopfloor_edge_frames_published_total"
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture
def asked(free_port: Callable[[], int]) -> Asked:
    return Asked(free_port())


@pytest.fixture
def agent(tmp_path: Path, broker: LocalBroker, asked: Asked, free_port: Callable[[], int]) -> Iterator[Program]:
    """`shopfloor edge edge-1` on the demo's plant, of which no device is there."""
    variables = {
        "SHOPFLOOR_PLANT": str(lively_plant(tmp_path, free_port)),
        "SHOPFLOOR_DATA": str(tmp_path),
        "SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{broker.port}",
        "SHOPFLOOR_HEALTH": f"127.0.0.1:{asked.port}",
    }
    # It says nothing: a log in a file would meet the limit that a test puts on files.
    process = Program(["edge", "edge-1"], os.environ | variables)
    yield process
    process.kill()
    process.wait(10)


def becomes(asked: Asked, live: int, ready: int) -> None:
    eventually(f"live {live}, ready {ready}", lambda: asked.codes() == (live, ready), 60)


@pytest.mark.usefixtures("agent")
def test_without_its_broker_it_is_alive_and_not_ready(broker: LocalBroker, asked: Asked) -> None:
    becomes(asked, 200, 200)
    broker.kill()
    becomes(asked, 200, 503)
    said, online = asked.ready(), asked.number("shopfloor_edge_online")
    broker.start()
    becomes(asked, 200, 200)

    assert said["reason"] == f"broker: no connection to 127.0.0.1:{broker.port}"
    assert [part for part in ("broker", "claim", "journal") if not said["parts"][part]["ok"]] == ["broker", "claim"]
    assert (online, asked.number("shopfloor_edge_online")) == (0, 1)


@pytest.mark.usefixtures("agent")
def test_devices_that_are_away_are_told_and_forgiven(asked: Asked) -> None:
    becomes(asked, 200, 200)
    device = next(name for name in asked.ready()["parts"] if name.startswith("device "))
    name = device.removeprefix("device ")
    eventually("a poll", lambda: not asked.ready()["parts"][device]["ok"])
    eventually("some on disk", lambda: asked.number("shopfloor_edge_journal_frames") > 0)
    eventually("one to be read and sent while connected", lambda: asked.number(PUBLISHED, lane="live") > 0, 60)

    assert asked.codes() == (200, 200)
    assert asked.number("shopfloor_edge_device_connected", device=name) == 0
    assert asked.number("shopfloor_edge_polls_total", device=name, result="failed") > 0
    assert asked.number("shopfloor_edge_readings_total", quality="bad") > 0
    assert asked.number("shopfloor_edge_readings_total", quality="good") == 0
    kept = asked.number("shopfloor_edge_journal_frames")
    assert asked.number("shopfloor_edge_frames_journalled_total") >= kept
    assert asked.number("shopfloor_edge_journal_bytes") > 100
    assert asked.number("shopfloor_edge_frames_acknowledged_total") == 0


def test_a_disk_that_takes_no_journal_makes_it_unready(agent: Program, asked: Asked) -> None:
    becomes(asked, 200, 200)
    resource.prlimit(agent.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    becomes(asked, 200, 503)
    said = asked.ready()
    resource.prlimit(agent.pid, resource.RLIMIT_FSIZE, UNLIMITED)
    becomes(asked, 200, 200)

    assert said["reason"] == "journal: it cannot be written"
    assert "make room" in said["cure"]
