"""The whole way from PLC to database as processes of its own, and what has come through."""

import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psycopg

from laptop.broker import LocalBroker
from laptop.ports import free_port
from laptop.postgres import EmbeddedPostgres
from runtime.database import connect, migrate
from tests.bench.c import built
from tests.bench.plant import EDGE, write_plant
from tests.bench.usage import Usage, usage

STORED = "SELECT coalesce(sum(samples), 0), max(edge_to) FROM frame"


@dataclass(frozen=True, slots=True)
class Moment:
    """What had been served by the PLCs, and stored, at an instant; and what each part had used until then."""

    at: float
    served: int
    stored: int
    used: dict[str, Usage]


@dataclass
class Chain:
    """Broker and database run; PLCs, edge and collector are started and stopped as the measurement wants."""

    folder: Path
    plc: Path
    url: str
    postgres: EmbeddedPostgres
    broker: LocalBroker
    conn: psycopg.Connection[tuple[object, ...]]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_plcs(self, count: int, poll_s: float, *times: Path) -> list[int]:
        """So many PLCs, their ports, and the plant file that names them; when each request comes may go to a file."""
        served = self.folder / "served"
        served.write_bytes(bytes(8))
        server = subprocess.Popen([self.plc, str(count), served, *times], stdout=subprocess.PIPE, text=True)
        self.running["plc"] = server  # type: ignore[assignment]  # text or bytes makes no difference to its end
        assert server.stdout is not None
        ports = [int(server.stdout.readline()) for _ in range(count)]
        write_plant(self.folder / "plant.yaml", ports, poll_s)
        return ports

    def start(self, name: str, *arguments: str, **more: str) -> None:
        """A service of ours, its log in a file; `more` are further settings."""
        environment = more | {
            "SHOPFLOOR_DATABASE": self.url,
            "SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{self.broker.port}",
            "SHOPFLOOR_PLANT": str(self.folder / "plant.yaml"),
            "SHOPFLOOR_DATA": str(self.folder),
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "shopfloor.py", name, *arguments], env=os.environ | environment, stdout=log, stderr=log
            )

    def start_all(self, machines: int, poll_s: float) -> None:
        """PLCs, collector and edge; on return samples arrive."""
        self.start_plcs(machines, poll_s)
        self.start("collector")
        self.start("edge", EDGE)
        before = self.moment().stored
        self.until(lambda: self.moment().stored > before, "the first sample")

    def stop(self, *names: str) -> None:
        """End these, all without a name, in this order."""
        for name in names or ("edge", "collector", "plc"):
            if (process := self.running.pop(name, None)) is not None:
                process.terminate()
                process.wait(30)

    def moment(self) -> Moment:
        """Now."""
        served = struct.unpack("<Q", (self.folder / "served").read_bytes())[0]
        row = self.conn.execute(STORED).fetchone()
        assert row is not None
        pids = {name: process.pid for name, process in self.running.items()}
        for name, part in (("broker", self.broker.process), ("postgres", self.postgres.process)):
            assert part is not None
            pids[name] = part.pid
        return Moment(time.monotonic(), served, int(str(row[0])), {name: usage(pid) for name, pid in pids.items()})

    def until(self, condition: object, what: str, seconds: float = 60) -> None:
        """Wait, or fail with the name of what did not come."""
        deadline = time.monotonic() + seconds
        while not condition():  # type: ignore[operator]
            for name, process in self.running.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended: {(self.folder / f'{name}.log').read_text()[-1500:]}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {seconds} s for {what}")
            time.sleep(0.1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@contextmanager
def chain() -> Iterator[Chain | None]:
    """A fresh database and broker; None where there is no libmodbus for PLCs that cost little."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shopfloor-bench-")))
        folder.chmod(0o755)
        plc = built("plc", folder)
        if plc is None:
            yield None
            return
        postgres = EmbeddedPostgres(folder / "postgres")
        url = postgres.start()
        stack.callback(postgres.stop)
        migrate(url)
        broker = LocalBroker(folder / "broker", free_port())
        broker.start()
        stack.callback(broker.stop)
        conn = stack.enter_context(connect(url, "bench"))
        yield stack.enter_context(Chain(folder, plc, url, postgres, broker, conn))
