"""Row: the demo's own database and broker are killed under it; it starts them again and loses nothing."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from laptop.processes import end_with_parent
from tests.chaos.auditor import Verdict
from tests.chaos.shop import Shop
from tests.chaos.stage import Row, Stage
from tests.support.size import sized

ROUNDS = sized(2)


def demo_kills(stage: Stage) -> Verdict:
    """kill -9 of PostgreSQL's first process and of the broker, in turn; the demo is asked for nothing."""
    with stage.shop() as shop:
        for plc in shop.plcs:
            plc.start()
        with demo(shop, stage.ground.port()) as output:
            shop.until("the database", lambda: (shop.data / "postgres/port").exists() and "tables" in said(output))
            shop.database = database_of(shop.data)
            shop.until("the first samples", lambda: "wall" in said(output) and shop.verdict().stored > 0, 120)
            for number in range(1, ROUNDS + 1):
                for find in (postmaster_of, broker_of):
                    shop.moment(4, least=1)
                    os.kill(find(shop.data), signal.SIGKILL)
                again = 2 * number
                shop.until("both again", lambda again=again: said(output).count("started again") >= again)
            return shop.settle()


@contextmanager
def demo(shop: Shop, port: int) -> Iterator[Path]:
    """The demo as a process; gives the file of what it says."""
    output = shop.folder / "demo.log"
    command = [sys.executable, "shopfloor.py", "demo", "--no-simulator", "--data", str(shop.data)]
    command += ["--plant", str(shop.plant), "--port", str(port)]
    clean = {name: text for name, text in os.environ.items() if not name.startswith("SHOPFLOOR_")}
    with output.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            env=clean,
            preexec_fn=end_with_parent,  # noqa: PLW1509  - only a system call
        )
    shop.processes["demo"] = process
    try:
        yield output
    finally:
        del shop.processes["demo"]
        process.send_signal(signal.SIGINT)
        process.wait(60)
        shutil.rmtree((shop.data / "postgres").resolve(), ignore_errors=True)


def said(output: Path) -> str:
    """What the demo has printed so far."""
    return output.read_text(encoding="utf-8")


def database_of(data: Path) -> str:
    """The URL of the demo's embedded database."""
    password, port = ((data / "postgres" / name).read_text().strip() for name in ("password", "port"))
    return f"postgresql://shopfloor:{password}@127.0.0.1:{port}/shopfloor"


def postmaster_of(data: Path) -> int:
    """The first process of the embedded database."""
    return int((data / "postgres/data/postmaster.pid").read_text().split("\n", 1)[0])


def broker_of(data: Path) -> int:
    """The process of the demo's broker."""
    wanted = str(data / "broker/mosquitto.conf")
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdecimal() and wanted in (entry / "cmdline").read_text():
                return int(entry.name)
    raise AssertionError("the demo has no broker")


ROWS: dict[str, Row] = {"demo-kills": demo_kills}
