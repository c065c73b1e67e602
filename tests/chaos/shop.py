"""One row's plant: two PLCs with a ledger, a real broker, an edge agent and a collector as processes, a database."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

import yaml

from laptop.broker import LocalBroker
from laptop.processes import end_with_parent
from tests.chaos.auditor import Verdict, audit
from tests.chaos.ground import Ground
from tests.chaos.plc import Plc
from tests.support.eventually import eventually
from tests.support.program import Program

SITE, EDGE = "chaos", "edge-1"
PROGRAM = ("shopfloor.py",)
# Long enough for a broken connection to be noticed (15 s), a frame to be sent again (10 s), a server to recover.
PATIENCE_S = 90
TAGS = (
    {"name": "tick", "register": 0, "type": "uint32"},
    {"name": "total", "role": "total_count", "register": 2, "type": "uint32"},
    {"name": "state", "role": "state", "register": 4, "states": {1: "running", 2: "idle"}},
    {"name": "load", "register": 5, "type": "float32"},
)


class Shop:
    """Starts nothing by itself; `url` of broker and database may lead through a proxy."""

    def __init__(self, folder: Path, ground: Ground, chance: random.Random, database: str, wraps_at: int = 2**32):
        self.folder, self.chance, self.database = folder, chance, database
        self.plcs = [
            Plc(f"press-{n}", ground.port(), random.Random(chance.random()), wraps_at=wraps_at) for n in (1, 2)
        ]
        self.broker = LocalBroker(folder / "broker", ground.port(), "mosquitto")
        self.broker_urls = dict.fromkeys(("collector", "edge"), f"mqtt://127.0.0.1:{self.broker.port}")
        self.collector_database = database
        self.processes: dict[str, subprocess.Popen[bytes] | Program] = {}
        self.data = folder / "data"
        self.plant = folder / "plant.yaml"
        self.plant.write_text(yaml.safe_dump(plant(self.plcs, wraps_at)), encoding="utf-8")

    def add_nodes(self, nodes: Sequence[str], machines: int) -> None:
        """Other agents in the plant file, which nobody starts: messages in their names are theirs to send."""
        document = yaml.safe_load(self.plant.read_text(encoding="utf-8"))
        device, machine = document["devices"][0], document["lines"][0]["machines"][0]
        for node in nodes:
            document["devices"].append(device | {"id": f"{node}-plc", "edge": node})
            document["lines"][0]["machines"] += [
                machine | {"id": f"{node}-m{number}", "device": f"{node}-plc"} for number in range(1, machines + 1)
            ]
        self.plant.write_text(yaml.safe_dump(document), encoding="utf-8")

    @property
    def journal(self) -> Path:
        """The edge agent's journal."""
        return self.data / "edge" / f"{EDGE}.journal"

    def start_all(self, wait: bool = True) -> None:
        """Everything, and wait until the first samples are in the database."""
        for plc in self.plcs:
            plc.start()
        if self.broker.process is None:
            self.broker.start()
        self.start("collector")
        self.start("edge")
        if wait:
            self.until("the first samples", lambda: self.verdict().stored > 0)

    def start(
        self,
        name: str,
        program: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        preload: bool = False,
    ) -> None:
        """Start a service: by another program when given, as a new interpreter when a library is to be preloaded."""
        settings = {
            "SHOPFLOOR_PLANT": str(self.plant),
            "SHOPFLOOR_DATA": str(self.data),
            "SHOPFLOOR_DATABASE": self.collector_database,
        }
        if name in self.broker_urls:
            settings["SHOPFLOOR_BROKER"] = self.broker_urls[name]
        arguments = ("edge", EDGE) if name == "edge" else (name,)
        variables = os.environ | settings | dict(environment or {})
        if not program and not preload:
            self.processes[name] = Program(arguments, variables, self.log(name))
            return
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *(program or PROGRAM), *arguments],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=variables,
                preexec_fn=end_with_parent,  # noqa: PLW1509  - only a system call
            )

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self.processes.pop(name)
        process.kill()
        process.wait(10)

    def stop(self, name: str) -> int:
        """SIGTERM; the exit code."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(20)

    def ended(self, name: str, seconds: float = 60) -> int:
        """Wait for a process to end by itself; its exit code."""
        return self.processes.pop(name).wait(seconds)

    def log(self, name: str) -> Path:
        """Where a process writes its log."""
        return self.folder / f"{name}.log"

    def says(self, name: str) -> str:
        """What it has logged so far."""
        path = self.log(name)
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def moment(self, most: float, least: float = 0.0) -> None:
        """Let the plant run for a time that the seed chooses."""
        time.sleep(self.chance.uniform(least, most))

    def verdict(self) -> Verdict:
        """The ledger against the database, now."""
        return audit(self.database, self.plcs)

    def settle(self, seconds: float = PATIENCE_S) -> Verdict:
        """The machines stand still; the verdict as soon as all is clean, or when patience has ended."""
        for plc in self.plcs:
            plc.hold()
        with suppress(AssertionError):
            self.until("everything is there", self._settled, seconds)
        return self.verdict()

    def until(self, what: str, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for a condition; AssertionError with the logs' ends on time-out or when a process has ended."""

        def holds() -> bool:
            if condition():
                return True
            dead = [name for name, process in self.processes.items() if process.poll() is not None]
            assert not dead, f"{what}: ended by themselves: {dead}"
            return False

        try:
            eventually(what, holds, seconds, every_s=0.1)
        except AssertionError as err:
            tails = "\n".join(f"--- {name}\n{self.says(name)[-1500:]}" for name in ("edge", "collector"))
            raise AssertionError(f"{err}\n{tails}") from None

    def close(self) -> None:
        """End what still runs."""
        for name in list(self.processes):
            self.kill(name)
        for plc in self.plcs:
            plc.stop()
        self.broker.stop()

    def waiting(self) -> int:
        """How many frames the edge still keeps; an agent that was killed too early has no table for them yet."""
        with closing(sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True, timeout=5)) as db:
            if not db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'frame'").fetchone()[0]:
                return 1
            return int(db.execute("SELECT count(*) FROM frame").fetchone()[0])

    def _settled(self) -> bool:
        return self.journal.exists() and self.waiting() == 0 and self.verdict().clean


def plant(plcs: Sequence[Plc], wraps_at: int) -> dict[str, object]:
    """Polled each 50 ms; no heartbeat comes while a row lasts, so that each sample is a reading of its own.

    Nothing is asked twice: an answer that an agent on a busy machine takes too late is a gap, not another reading.
    """
    tags = [{**tag, "wraps_at": wraps_at} if tag["name"] == "total" else tag for tag in TAGS]
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    return {
        "site": {
            "id": SITE,
            "name": {"en": "Chaos", "zh": "混沌"},
            "zone": "UTC",
            "shifts": [
                {"id": "all", "name": {"en": "All", "zh": "全"}, "days": days, "starts": "00:00", "ends": "00:00"}
            ],
        },
        "devices": [
            {"id": f"{plc.machine}-plc", "edge": EDGE, "protocol": "modbus", "host": "127.0.0.1", "port": plc.port}
            | {"poll": "50ms", "heartbeat": "1h", "retries": 0}
            for plc in plcs
        ],
        "lines": [
            {
                "id": "line-1",
                "name": {"en": "Line", "zh": "线"},
                "machines": [
                    {"id": plc.machine, "name": {"en": "Press", "zh": "压"}, "device": f"{plc.machine}-plc"}
                    # It makes parts whenever it is asked, however soon.
                    | {"ideal_cycle": "1ms", "max_rate_factor": 1000, "no_data_after": "3h", "tags": tags}
                    for plc in plcs
                ],
            }
        ],
    }
