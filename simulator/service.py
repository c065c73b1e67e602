"""A plant on a laptop: lives through the past at high speed, then on in real time behind real servers."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

import structlog

from config.plant import Plant
from runtime.ending import leave
from runtime.logs import start_logging
from simulator.floor import Floor
from simulator.history import History, live_through
from simulator.machine import Event
from simulator.pace import Pace
from simulator.ports import Ports
from simulator.truth import TruthFile, line_of, read_before, start_lines, stop_line

NAP_S = 0.05  # how soon a signal is noticed; what is due is done when it is due
# A floor that could not keep up stands still for as long instead of hurrying: no state is ever skipped over.
LATEST_US = 100_000

log = structlog.get_logger()


def now_us() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def run(
    plant: Plant,
    seed: int,
    truth: Path,
    logger_folder: Path | None,
    history: timedelta,
    pace: Pace,
    stop_after: timedelta | None = None,
) -> int:
    """Simulate until SIGTERM or SIGINT; 0, or BadSetting when a device's address cannot be served.

    `stop_after` so much time live, all machines stand still and are still served: nothing is in flight any more.
    """
    start_logging("simulator")
    with _signals() as stopping:
        asyncio.run(
            simulate(
                plant,
                seed,
                truth,
                logger_folder=logger_folder,
                history=history,
                pace=pace,
                stop_after=stop_after,
                stopping=stopping,
            )
        )
    return 0


async def simulate(
    plant: Plant,
    seed: int,
    truth: Path,
    *,
    logger_folder: Path | None,
    history: timedelta,
    pace: Pace,
    stop_after: timedelta | None,
    stopping: Callable[[], bool],
) -> None:
    """As run, until `stopping` says so."""
    before = read_before(truth)
    folder = logger_folder if history > timedelta(0) else None
    start_us = began_us = now_us()
    if folder is not None:
        start_us = min(began_us, max(began_us - (_microseconds(history) or 0), before.end_us or 0))
    floor = Floor(plant, seed, pace, start_us, before.runs)
    ports = Ports(plant, floor.panels)
    ports.check()
    with TruthFile(truth) as file:
        lived_us = start_us
        if folder is not None:
            past = History(plant, floor, folder)
            reached = live_through(past, file, seed, before.runs, start_us, clock=now_us, stopping=stopping)
            if reached is None:
                return
            lived_us = reached
        try:
            await ports.start(now_us())
            if folder is None:
                file.write(start_lines(floor, seed, before.runs, now_us()))
            log.info("simulator_ready", machines=len(floor.panels), seed=seed, run=before.runs)
            await _live(floor, ports, file, lived_us, _microseconds(stop_after), stopping)
            file.write([stop_line(now_us())])
        finally:
            await ports.stop()
        log.info("simulator_stopped")


async def _live(
    floor: Floor, ports: Ports, file: TruthFile, lived_us: int, halt_after_us: int | None, stopping: Callable[[], bool]
) -> None:
    """The floor's time goes on from where it stood, as fast as the clock's."""
    behind_us = now_us() - lived_us
    last_us, halting = 0, False
    while not stopping():
        late_us = now_us() - behind_us - floor.due_us
        if late_us > LATEST_US:
            behind_us += late_us
        if halt_after_us is not None and now_us() - behind_us - lived_us >= halt_after_us:
            floor.halt(now_us() - behind_us)
            halt_after_us, halting = None, True
        while floor.due_us <= now_us() - behind_us:
            for event in floor.step():
                last_us = max(last_us, now_us())
                await _happen(floor, ports, file, event, last_us)
        if halting and all(machine.state == "stopped" for machine in floor.machines.values()):
            halting = False
            log.info("simulator_at_rest")
        wait_us = floor.due_us - (now_us() - behind_us)
        await asyncio.sleep(min(max(wait_us / 1e6, 0), NAP_S))


def _microseconds(duration: timedelta | None) -> int | None:
    return None if duration is None else duration // timedelta(microseconds=1)


async def _happen(floor: Floor, ports: Ports, file: TruthFile, event: Event, at_us: int) -> None:
    """On the wire, then in the truth."""
    panel = floor.panels[event.machine]
    await ports.show(panel, panel.touched(event), at_us)
    line = line_of(event, at_us)
    if line:
        file.write([line])


@contextmanager
def _signals() -> Iterator[Callable[[], bool]]:
    """Whether SIGTERM or SIGINT has come, a second Ctrl-C ends the process; the handlers of before are put back."""
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        if asked and number == signal.SIGINT:
            leave()
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
