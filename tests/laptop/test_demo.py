"""The demo, for real: it shows a live wall, goes on with old data, and leaves no process however it ends."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from laptop.broker import mosquitto
from laptop.tryton import LocalTryton
from tests.health import Asked
from tests.journeys.system import lively_plant
from tests.support.eventually import eventually
from tests.support.tryton import Planner, prepared

pytestmark = pytest.mark.journey
PROC = Path("/proc")


@dataclass
class Running:
    """A demo as a process, and what it has said so far."""

    process: subprocess.Popen[bytes]
    output: Path
    port: int

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_for(self, words: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, f"no {words!r} within {seconds} s:\n{self.said()}"
            time.sleep(0.05)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@dataclass
class Installation:
    """A data folder and a plant file with free ports."""

    data: Path
    plant: Path
    port: int

    def start(self, *arguments: str, port: int | None = None) -> Running:
        output = self.data.parent / "output"
        command = [sys.executable, "shopfloor.py", "demo", "--data", str(self.data), "--plant", str(self.plant)]
        command += ["--port", str(port or self.port), "--history", "10min", *arguments]
        environment = {name: text for name, text in os.environ.items() if not name.startswith("SHOPFLOOR_")}
        with output.open("wb") as out:
            return Running(subprocess.Popen(command, stdout=out, stderr=out, env=environment), output, self.port)

    def left(self) -> list[str]:
        """The processes that belong to this installation; its database may lie elsewhere, behind a link."""
        places = {str(self.data), str((self.data / "postgres").resolve())}
        found = [entry for entry in PROC.iterdir() if entry.name.isdecimal()]
        return [entry.name for entry in found if any(place in _about(entry) for place in places)]


def _about(entry: Path) -> str:
    try:
        if entry.joinpath("stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return ""
        texts = [entry.joinpath(name).read_text(errors="replace") for name in ("cmdline", "environ")]
        return "\0".join([*texts, os.readlink(entry / "cwd"), os.readlink(entry / "fd/1")])
    except OSError:
        return ""


def told_port(log: Path) -> int:
    """Where a service tells its health, by its log; 0 for one that does not."""
    found = re.search(r'"port": (\d+), "event": "health_listens"', log.read_text(encoding="utf-8"))
    return int(found[1]) if found else 0


@contextmanager
def installed(folder: Path, free_port: Callable[[], int]) -> Iterator[Installation]:
    """A folder in which nothing has run yet; of what runs at the end nothing is left."""
    folder.mkdir()
    made = Installation(folder / "data", lively_plant(folder, free_port), free_port())
    yield made
    for pid in made.left():
        os.kill(int(pid), signal.SIGKILL)
    shutil.rmtree((made.data / "postgres").resolve(), ignore_errors=True)


@pytest.fixture
def installation(open_folder: Path, tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Installation]:
    with installed(open_folder / tmp_path.name, free_port) as made:
        yield made


@pytest.fixture(scope="module")
def first(open_folder: Path, free_port: Callable[[], int]) -> Iterator[tuple[Installation, Running]]:
    """A demo that has just begun; the last test that asks for it ends it."""
    with installed(open_folder / "first", free_port) as made:
        running = made.start()
        running.wait_for("/wall/stamping")
        yield made, running


def no_process_left(installation: Installation, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while installation.left() and time.monotonic() < deadline:
        time.sleep(0.1)
    return not installation.left()


@pytest.mark.journey
def test_the_wall_is_live_soon(first: tuple[Installation, Running]) -> None:
    installation, running = first

    running.wait_for("the wall is live, 8 machines", 20)

    with urllib.request.urlopen(f"http://127.0.0.1:{installation.port}/wall/stamping") as answer:
        assert answer.status == 200
    assert {
        log.stem: Asked(told_port(log)).codes() for log in installation.data.glob("logs/*.log") if told_port(log)
    } == {"collector": (200, 200), "edge-1": (200, 200), "edge-2": (200, 200), "alerts": (200, 200)}


@pytest.mark.journey
def test_the_data_are_nobody_elses(first: tuple[Installation, Running]) -> None:
    installation, running = first
    running.wait_for("the wall is live")

    files = [path for path in installation.data.rglob("*") if not path.is_symlink()]
    open_ones = [str(path) for path in [installation.data, *files] if path.stat().st_mode & 0o077]

    assert len(files) > 10
    assert open_ones == []


@pytest.mark.journey
def test_a_program_gets_a_key_by_what_the_demo_says_of_its_database(first: tuple[Installation, Running]) -> None:
    """As docs/erp.md has it; `client list` changes nothing, so that the other tests need no key."""
    installation, running = first
    running.wait_for("/wall/stamping")

    database = (installation.data / "database.url").read_text().strip()
    asked = subprocess.run(
        [sys.executable, "shopfloor.py", "client", "list"],
        env=os.environ | {"SHOPFLOOR_DATABASE": database},
        capture_output=True,
        text=True,
        check=True,
    )

    assert asked.stderr == ""


@pytest.mark.journey
def test_a_second_start_goes_on_with_the_old_data(first: tuple[Installation, Running]) -> None:
    installation, running = first
    assert running.end(signal.SIGINT) == 0
    assert installation.left() == []
    assert "Traceback" not in running.said()

    second = installation.start()
    second.wait_for("the wall is live, 8 machines")

    assert second.end(signal.SIGTERM) == 0
    assert installation.left() == []


@pytest.mark.journey
def test_nothing_is_left_when_the_demo_itself_is_killed(installation: Installation) -> None:
    running = installation.start()
    running.wait_for("/wall/stamping")

    running.end(signal.SIGKILL)

    assert no_process_left(installation), installation.left()


@pytest.mark.journey
def test_ctrl_c_while_it_starts_leaves_nothing(installation: Installation) -> None:
    running = installation.start()
    running.wait_for("simulated plant")

    assert running.end(signal.SIGINT) == 0
    assert installation.left() == []


@pytest.mark.journey
def test_a_service_that_dies_is_named_with_its_log(installation: Installation) -> None:
    running = installation.start()
    running.wait_for("/wall/stamping")
    alerts = next(pid for pid in installation.left() if "alerts" in (PROC / pid / "cmdline").read_text().split("\0"))

    os.kill(int(alerts), signal.SIGKILL)

    assert running.process.wait(30) == 2
    assert "alerts ended with code -9" in running.said()
    assert "logs/alerts.log" in running.said()
    assert installation.left() == []


def refused(installation: Installation, *arguments: str, port: int | None = None) -> str:
    """The one line with which the demo refuses to start."""
    running = installation.start(*arguments, port=port)
    assert running.process.wait(30) == 2
    lines = running.said().strip().splitlines()
    assert len(lines) == 1, lines
    assert installation.left() == []
    return lines[0]


@pytest.mark.parametrize("whose", ["wall", "device"])
def test_a_taken_port_is_one_line_with_the_port_and_the_cure(
    installation: Installation, free_port: Callable[[], int], whose: str
) -> None:

    document = yaml.safe_load(installation.plant.read_text())
    port = free_port() if whose == "wall" else int(document["devices"][0]["port"])
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", port))
        squatter.listen()

        line = refused(installation, port=port if whose == "wall" else None)

    assert f"port {port} is taken" in line
    assert ("--port" if whose == "wall" else "press-1-plc") in line


def test_a_broken_plant_file_is_told_by_place_and_cure(installation: Installation) -> None:
    installation.plant.write_text(installation.plant.read_text().replace("poll: 200ms", "pol: 200ms", 1))

    assert "unknown key" in refused(installation)


def test_a_database_that_does_not_answer_is_one_line(installation: Installation, free_port: Callable[[], int]) -> None:
    running = installation.start("--database", f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none")

    assert running.process.wait(30) == 2
    assert "Traceback" not in running.said()
    assert "secret" not in running.said()
    assert "SHOPFLOOR_DATABASE" in running.said().splitlines()[-1]


def test_an_external_broker_without_tls_is_refused_beyond_this_machine(installation: Installation) -> None:
    running = installation.start("--broker", "mqtt://broker.plant.example")

    assert running.process.wait(30) == 2
    assert "use mqtts://" in running.said().splitlines()[-1]
    assert installation.left() == []


def server_of(installation: Installation, *words: str) -> int:
    """The pid of the database's or the broker's own process."""
    found = [pid for pid in installation.left() if all(word in command_of(pid) for word in words)]
    return min(map(int, found))


def command_of(pid: str) -> str:
    try:
        return (PROC / pid / "cmdline").read_text(errors="replace")
    except OSError:
        return ""


def nodes_of(installation: Installation) -> dict[str, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{installation.port}/api/v1/nodes", timeout=5) as answer:
        return {node["id"]: node["state"] for node in json.load(answer)["items"]}


def is_ready(installation: Installation) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{installation.port}/health/ready", timeout=5):
            return True
    except OSError:
        return False


@pytest.mark.journey
def test_a_database_and_a_broker_that_die_are_named_in_one_line_and_started_again(installation: Installation) -> None:
    running = installation.start()
    running.wait_for("the wall is live, 8 machines")

    os.kill(server_of(installation, "postgres", "-D"), signal.SIGKILL)
    running.wait_for("数据库 database 意外终止，已重新启动 · ended with code -9, started again")
    os.kill(server_of(installation, "mosquitto.conf" if mosquitto() else "amqtt.yaml"), signal.SIGKILL)
    running.wait_for("消息代理 broker 意外终止，已重新启动 · ended with code -9, started again")
    eventually("mes is ready again", lambda: is_ready(installation))
    eventually("every agent is online again", lambda: set(nodes_of(installation).values()) == {"online"})

    assert running.process.poll() is None
    assert running.end(signal.SIGINT) == 0
    assert installation.left() == []


@pytest.mark.journey
def test_the_wall_is_not_called_live_while_no_plc_answers(installation: Installation) -> None:
    running = installation.start("--no-simulator")
    running.wait_for("live data: 0/8")
    time.sleep(5)

    assert "the wall is live" not in running.said()
    assert running.end(signal.SIGINT) == 0


@pytest.mark.journey
@pytest.mark.timeout(600)
def test_an_erp_beside_the_demo_has_its_orders_taken(installation: Installation, free_port: Callable[[], int]) -> None:
    folder = installation.data / "tryton"
    installation.data.mkdir(mode=0o700)
    prepared(folder, free_port)
    running = installation.start("--erp", "tryton")
    running.wait_for("Tryton: http://127.0.0.1:", 120)
    port = int(re.findall(r"Tryton: http://127.0.0.1:(\d+)", running.said())[0])
    planner = Planner(LocalTryton(folder, port, {}))
    number = asyncio.run(planner.order("bracket-a", 500))

    def taken() -> bool:
        address = f"http://127.0.0.1:{installation.port}/api/v1/orders?id=tryton-{number}"
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(json.load(answer)["items"])

    eventually("the order of Tryton", taken, 30)

    assert planner.calls.settings.password not in running.said()
    assert running.end(signal.SIGINT) == 0
    assert no_process_left(installation)
