"""The whole system as processes of its own, the way a plant runs it, against one simulated plant."""

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import yaml

from config.load import load_plant
from config.plant import Plant
from tests.support.eventually import eventually
from tests.support.program import Program


def lively_plant(folder: Path, free_port: Callable[[], int], edges: int = 2, poll: str = "200ms") -> Path:
    """The demo's plant with free ports, a fast poll and short cycles, every hour of the week planned."""
    document = yaml.load(Path("config/demo.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    ports: dict[str, int] = {}
    for number, device in enumerate(document["devices"]):
        device["poll"] = poll
        device["heartbeat"] = "1s"
        if edges == len(document["devices"]):
            device["edge"] = f"edge-{number + 1}"
        if "port" in device:
            device["port"] = free_port()
        else:
            ports.setdefault(device["url"], free_port())
            device["url"] = f"opc.tcp://127.0.0.1:{ports[device['url']]}"
    document["site"]["shifts"] = [
        {"id": "always", "name": {"en": "Always", "zh": "全天"}, "starts": "00:00", "ends": "00:00"}
        | {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
    ]
    for product in document["products"]:
        product.pop("ideal_cycle", None)
    for line in document["lines"]:
        for machine in line["machines"]:
            machine["ideal_cycle"] = "400ms"
            machine["no_data_after"] = "3s"
    path = folder / "plant.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


@dataclass
class System:
    """Processes by name; each writes its log to a file in `folder`."""

    folder: Path
    plant_file: Path
    environment: Mapping[str, str]
    web: str
    processes: dict[str, Program] = field(default_factory=dict)
    arguments: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def plant(self) -> Plant:
        """The plant that runs."""
        return load_plant(self.plant_file)

    @property
    def api(self) -> str:
        """Where the ERP asks."""
        return f"{self.web}/api/v1"

    def start_all(self, seconds: int, history: str = "60s", seed: int = 7) -> None:
        """Every process; the machines live for so many seconds after their history and then stand still."""
        truth, logger = self.folder / "truth.jsonl", self.folder / "logger"
        simulated = ["--seed", str(seed), "--truth", str(truth), "--logger", str(logger), "--history", history]
        self.start("simulator", "simulator", *simulated, "--pace", "lively", "--stop-after", f"{seconds}s")
        self.start("collector", "collector")
        for edge in self.plant.edges:
            self.start(edge, "edge", edge, "--logger", str(logger))
        self.start("mes", "mes")
        self.wait_until("mes is ready", lambda: _answers(f"{self.web}/health/ready"))

    def start(self, name: str, *arguments: str) -> None:
        """Start `shopfloor <arguments>` under a name; without arguments, the same as last time."""
        self.arguments[name] = arguments or self.arguments.get(name) or (name,)
        places = {"SHOPFLOOR_DATA": str(self.folder / "data"), "SHOPFLOOR_PLANT": str(self.plant_file)}
        environment = os.environ | places | dict(self.environment)
        self.processes[name] = Program(self.arguments[name], environment, self.folder / f"{name}.log")

    def kill(self, name: str) -> None:
        """kill -9."""
        self.processes[name].kill()
        self.processes.pop(name).wait(10)

    def stop(self, name: str) -> int:
        """SIGTERM; the exit code."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(15)

    def stop_all(self) -> dict[str, int]:
        """SIGTERM to everything that still runs, in reverse order and to all at once; the exit codes."""
        names = list(reversed(self.processes))
        for name in names:
            self.processes[name].send_signal(signal.SIGTERM)
        return {name: self.processes.pop(name).wait(30) for name in names}

    def log(self, name: str) -> str:
        """What a process has logged so far."""
        path = self.folder / f"{name}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def wait_until(self, what: str, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for a condition; on time-out, or when a process has died, say so with the ends of the logs."""

        def holds() -> bool:
            if condition():
                return True
            dead = [name for name, process in self.processes.items() if process.poll() is not None]
            assert not dead, f"{what}: ended by themselves: {dead}"
            return False

        try:
            eventually(what, holds, seconds, every_s=0.1)
        except AssertionError as err:
            tails = "\n".join(f"--- {name}\n{self.log(name)[-1500:]}" for name in self.arguments)
            raise AssertionError(f"{err}\n{tails}") from None


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
