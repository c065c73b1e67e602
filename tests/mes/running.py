"""mes as a process of its own, for tests of what a request can do to it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.eventually import eventually
from tests.support.program import Program

STARTS_WITHIN_S = 30
PLANT = Path("config/demo.yaml")


@dataclass(frozen=True)
class Running:
    """A mes that answers."""

    port: int
    process: Program
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def memory_mb(self) -> float:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def open_files(self) -> int:
        """Connections are among them, those to the database too."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def said(self, event: str) -> int:
        """How often it has logged an event."""
        return self.log.read_text(encoding="utf-8").count(f'"{event}"')


@contextmanager
def mes(database: str, port: int, log: Path, **settings: str) -> Iterator[Running]:
    """A mes over a database, from the moment at which it is ready."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SHOPFLOOR_")}
    own = {"DATABASE": database, "PORT": str(port), "PLANT": str(PLANT.resolve())} | settings
    log.write_bytes(b"")
    process = Program(["mes"], clean | {f"SHOPFLOOR_{name}": text for name, text in own.items()}, log)
    running = Running(port, process, log)
    try:
        eventually(
            "mes is ready, or has ended", lambda: answers(running) or process.poll() is not None, STARTS_WITHIN_S
        )
        assert process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
        yield running
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait(10)


def answers(running: Running) -> bool:
    try:
        return httpx.get(f"{running.url}/health/ready", timeout=2).status_code == 200
    except httpx.TransportError:
        return False
