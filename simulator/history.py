"""Hours that have passed → data loggers' files, one for each edge agent, and their truth.

A file is CSV with the header at_us,machine,tag,raw; rows are in time order; raw is the number as the device shows it.
Files get their names only when they are complete.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

import structlog

from config.device import Role, Tag
from config.plant import Plant
from simulator.floor import Floor
from simulator.machine import SECOND_US, Event
from simulator.panel import Panel, Raw
from simulator.truth import TruthFile, line_of, start_lines

HEADER = "at_us,machine,tag,raw\n"
VALUES_EVERY_US = 5 * SECOND_US
HEARTBEAT_US = 2 * SECOND_US
PROGRESS_EVERY_US = 3600 * SECOND_US

log = structlog.get_logger()


class Logger:
    """The data logger of the machines behind one edge agent."""

    def __init__(self, folder: Path, edge: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{edge}-{_next_number(folder, edge):04}.csv"
        self._part = self.path.with_name(self.path.name + ".part")
        self._file: TextIO = self._part.open("w", encoding="ascii", newline="")
        self._file.write(HEADER)
        self._last: dict[tuple[str, str], Raw] = {}

    def changed(self, at_us: int, panel: Panel, tags: Iterable[Tag]) -> None:
        """A row for each tag that shows another number than in its last row."""
        for tag in tags:
            raw, key = panel.raw(tag), (panel.machine.id, tag.name)
            if self._last.get(key) != raw:
                self._last[key] = raw
                self._file.write(f"{at_us},{key[0]},{key[1]},{raw}\n")

    def beat(self, at_us: int, panel: Panel, tags: Iterable[Tag]) -> None:
        """A row for each tag, changed or not."""
        machine = panel.machine.id
        self._file.writelines([f"{at_us},{machine},{tag.name},{panel.raw(tag)}\n" for tag in tags])

    def finish(self) -> None:
        """The file is complete."""
        self._file.close()
        self._part.replace(self.path)

    def discard(self) -> None:
        """Nothing has happened."""
        self._file.close()
        self._part.unlink(missing_ok=True)


class History:
    """The loggers of a plant while its floor lives through the past."""

    def __init__(self, plant: Plant, floor: Floor, folder: Path) -> None:
        self.floor = floor
        self._loggers = {edge: Logger(folder, edge) for edge in plant.edges}
        self._of = {m.id: self._loggers[plant.device(m.device).edge] for m in plant.machines}
        self._steady = {
            m.id: tuple(tag for tag in m.read_tags if tag.role is not Role.PROCESS_VALUE) for m in plant.machines
        }
        silence_us = min(round(m.no_data_after.total_seconds() * SECOND_US) for m in plant.machines)
        self._beat_us = max(SECOND_US // 10, min(HEARTBEAT_US, silence_us // 3))
        self._truth: list[str] = []

    def live(self, start_us: int, clock: Callable[[], int], stopping: Callable[[], bool]) -> int | None:
        """Live from start to now; the moment that was reached, or None when asked to stop."""
        every_us, self.floor.values_every_us = self.floor.values_every_us, VALUES_EVERY_US
        total_us, told_us = max(1, clock() - start_us), start_us
        for machine_id, panel in self.floor.panels.items():
            self._of[machine_id].beat(start_us, panel, panel.config.read_tags)
        tick_us = start_us + self._beat_us
        while tick_us < clock():
            if stopping():
                return None
            self._until(tick_us)
            tick_us += self._beat_us
            if tick_us - told_us >= PROGRESS_EVERY_US:
                told_us = tick_us
                lived_us = tick_us - start_us
                log.info("history", hours=round(lived_us / PROGRESS_EVERY_US, 1), done=round(lived_us / total_us, 2))
        end_us = max(clock(), start_us)
        self._until(end_us)
        self.floor.values_every_us = every_us
        return end_us

    def _until(self, until_us: int) -> None:
        """Let happen what is due, then a heartbeat of everything but process values."""
        floor = self.floor
        while floor.due_us <= until_us:
            for event in floor.step():
                self._record(event)
        for machine_id, panel in floor.panels.items():
            self._of[machine_id].beat(until_us, panel, self._steady[machine_id])

    def _record(self, event: Event) -> None:
        panel, logger = self.floor.panels[event.machine], self._of[event.machine]
        if event.kind == "values":
            logger.beat(event.at_us, panel, panel.touched(event))
        else:
            logger.changed(event.at_us, panel, panel.touched(event))
            self._truth.append(line_of(event, event.at_us))

    def finish(self, truth: TruthFile) -> list[Path]:
        """Truth first, then the files get their names: a crash between leaves a hole in the data, never a double."""
        truth.write(self._truth)
        for logger in self._loggers.values():
            logger.finish()
        return [logger.path for logger in self._loggers.values()]

    def discard(self) -> None:
        """As if it had not begun."""
        for logger in self._loggers.values():
            logger.discard()


def live_through(
    history: History,
    truth: TruthFile,
    seed: int,
    run: int,
    start_us: int,
    *,
    clock: Callable[[], int],
    stopping: Callable[[], bool],
) -> int | None:
    """Write the past into the folder and the truth; the moment that was reached, or None when asked to stop."""
    beginning = list(start_lines(history.floor, seed, run, start_us))
    try:
        end_us = history.live(start_us, clock, stopping)
    except BaseException:
        history.discard()
        raise
    if end_us is None:
        history.discard()
        return None
    truth.write(beginning)
    files = [path.name for path in history.finish(truth)]
    log.info("history_written", files=files, hours=round((end_us - start_us) / PROGRESS_EVERY_US, 2))
    return end_us


def _next_number(folder: Path, edge: str) -> int:
    """One more than any file that the logger of this edge has left, imported or not."""
    pattern = re.compile(rf"{re.escape(edge)}-(\d+)\.csv(\.done)?")
    numbers = [int(match[1]) for path in folder.iterdir() if (match := pattern.fullmatch(path.name))]
    return max(numbers, default=0) + 1
