"""The edge agent: polls on schedule, journals, publishes; stops without losing a sample."""

import asyncio
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog
import uvloop

from config.device import ModbusDevice
from config.health import Health
from config.health_server import serving
from config.logs import start_logging
from config.plant import Plant
from config.settings import BadSetting, Settings
from contract.gap import Cause
from contract.sample import to_us
from edge import metrics
from edge.certificates import Certificates
from edge.channel import Channel, channels_of
from edge.clock import now_us, wall_ahead_us
from edge.health import count_poll, watched
from edge.journal import Journal
from edge.keeper import Keeper, entries
from edge.logger_import import Portion, files_of
from edge.logger_import import portions as file_portions
from edge.modbus import ModbusSource, modbus_sources
from edge.modbus_line import Line
from edge.modbus_wire import quiet_library
from edge.opcua import OpcUaSource
from edge.opcua_security import Keys
from edge.publisher import Publisher
from edge.schedule import Beat, phase

log = structlog.get_logger()
GROUP_S = 0.05
CLOCK_STEP_US = 1_000_000
# An import waits while this much is on its way already, so that a file of any size needs no memory.
MOST_IMPORT_BYTES = 32_000_000
FRAMES_A_COMMIT = 16
LOOK_FOR_FILES_S = 2.0


def run(settings: Settings, plant: Plant, edge_id: str, logger_folder: Path | None) -> int:
    """Read the devices of one edge until SIGTERM or SIGINT; 0."""
    start_logging("edge")
    structlog.contextvars.bind_contextvars(edge=edge_id)
    if edge_id not in plant.edges:
        raise BadSetting(f"edge '{edge_id}' is not in {settings.plant}: known are {', '.join(plant.edges)}")
    settings.need_broker()
    health = Health("edge", settings.watchdog.total_seconds())
    loop = uvloop.new_event_loop
    with serving(settings.health, health), asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(Agent(settings, plant, edge_id, logger_folder, health).run())


class Agent:
    """One edge's sources, journal and publisher."""

    def __init__(
        self, settings: Settings, plant: Plant, edge_id: str, logger_folder: Path | None, health: Health
    ) -> None:
        self.settings, self.plant, self.edge_id, self.logger_folder = settings, plant, edge_id, logger_folder
        self.health = health
        self.disk = ThreadPoolExecutor(1, "journal")
        path = settings.data / "edge" / f"{edge_id}.journal"
        self.journal = Journal(path, datetime.now(UTC), settings.journal_bytes)
        self.keeper = Keeper(self.journal, self.disk, edge_id)
        self.sources = self._sources()
        self.overruns = 0

    async def run(self) -> int:
        """Poll, keep and publish until a signal; then keep what is held, and leave."""
        ending = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, ending.set)
        quiet_library()
        site = self.plant.site.id
        publisher = Publisher(self.settings.need_broker(), site, self.edge_id, self.journal, self.disk)
        self.health.parts = watched(self.keeper, publisher, self.sources)
        tasks: list[asyncio.Task[object]] = [
            asyncio.create_task(self._on_schedule(source, number), name=source.device.id)
            for number, source in enumerate(self.sources)
        ]
        tasks.append(asyncio.create_task(self._keep(publisher), name="keep"))
        tasks.append(asyncio.create_task(publisher.run(self.health.loop("publish")), name="publish"))
        if self.logger_folder is not None:
            tasks.append(asyncio.create_task(self._import(self.logger_folder, publisher), name="import"))
        self._tell_absence()
        log.info("edge_ready", epoch=self.journal.epoch, devices=len(self.sources), kept_bytes=self.journal.bytes)
        end: asyncio.Task[object] = asyncio.create_task(ending.wait())
        done, _ = await asyncio.wait([*tasks, end], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=2)
        await self.keeper.keep(tell=False)
        await publisher.close()
        for source in self.sources:
            if isinstance(source, OpcUaSource):
                with suppress(TimeoutError):
                    await asyncio.wait_for(source.stop(), 1)
            source.close()
        self.disk.shutdown()
        self.journal.close()
        for task in done - {end}:
            task.result()  # a task that ended by itself has a mistake of ours to tell
        log.info("edge_stopped", overruns=self.overruns)
        return 0

    def _tell_absence(self) -> None:
        """What nobody read since the earlier life of this agent is on record."""
        damaged, earlier, now = self.journal.damaged, self.journal.earlier, now_us()
        before = to_us(damaged) if damaged is not None else self.journal.alive_before_us
        cause = Cause.JOURNAL_DAMAGED if damaged is not None else Cause.AGENT_DOWN
        for number, source in enumerate(self.sources):
            if before:
                # Spans of one device, which has a source for each of its paces, are told apart by their begin.
                source.source.was_down(before + number, now, cause, earlier)

    def _sources(self) -> list[ModbusSource | OpcUaSource]:
        lines: dict[str, Line] = {}
        keys = Keys(Certificates(self.settings.data / "certificates"), self.settings.environment)
        sources: list[ModbusSource | OpcUaSource] = []
        for device in self.plant.devices:
            channels = channels_of(self.plant, device)
            if device.edge != self.edge_id or not channels:
                continue
            if isinstance(device, ModbusDevice):
                if device.line not in lines:
                    lines[device.line] = Line(device)
                sources += modbus_sources(device, channels, lines[device.line], self.keeper.take)
            else:
                sources.append(OpcUaSource(device, channels, self.keeper.take, keys))
        return sources

    async def _on_schedule(self, source: ModbusSource | OpcUaSource, number: int) -> None:
        """Poll at fixed instants; beats that are over before their turn are missed and counted."""
        period, device = source.device.poll.total_seconds(), source.device.id
        turn = self.health.loop(f"poll {device} every {period:g} s", period)
        beat = Beat(period, time.monotonic() + phase(number, len(self.sources), period))
        told = False
        await asyncio.sleep(beat.due - time.monotonic())
        while True:
            await source.poll()
            turn()
            before = beat.missed
            rest = beat.next(time.monotonic())
            missed = beat.missed
            self.overruns += missed - before
            count_poll(source, missed - before)
            if beat.behind != told and (told or source.source.trouble is None):
                told = beat.behind
                say = log.warning if told else log.info
                say("polls_missed" if told else "polls_on_time", device=device, poll_s=period, missed=missed)
            await asyncio.sleep(rest)

    async def _keep(self, publisher: Publisher) -> None:
        """Every 50 ms, one commit for all that was read since."""
        told_off_us = 0
        beat = self.health.loop("keep")
        while True:
            await asyncio.sleep(GROUP_S)
            beat()
            if await self.keeper.keep(tell=publisher.stored_lately):
                publisher.wake()
            off_us = wall_ahead_us()
            if abs(off_us - told_off_us) > CLOCK_STEP_US:
                told_off_us = off_us
                metrics.CLOCK_STEPS.inc()
                log.warning(
                    "clock_was_set",
                    ahead_s=off_us / 1e6,
                    effect="none: readings keep the time of the agent's start, carried on",
                    cure="restart this agent to take the new time",
                )

    async def _import(self, folder: Path, publisher: Publisher) -> None:
        """Data loggers' files, as they appear in the folder."""
        channels = {(c.machine, c.tag.name): c for s in self.sources for c in s.channels}
        while True:
            for path in files_of(folder, self.edge_id):
                await self._import_file(path, channels, publisher)
            await asyncio.sleep(LOOK_FOR_FILES_S)

    async def _import_file(self, path: Path, channels: dict[tuple[str, str], Channel], publisher: Publisher) -> None:
        loop = asyncio.get_running_loop()
        name = f"file:{path.name}"
        position = await loop.run_in_executor(self.disk, self.journal.mark, name)
        log.info("logger_file_begun", file=str(path), from_byte=position)
        found = file_portions(path, position, channels, now_us())
        while chunk := await asyncio.to_thread(_some, found):
            batches = [portion.batch for portion in chunk if portion.batch is not None]
            kept = entries("backlog", batches, self.edge_id)
            await loop.run_in_executor(self.disk, self.journal.append, kept, [(name, chunk[-1].position)])
            publisher.wake()
            while self.journal.bytes > MOST_IMPORT_BYTES:  # noqa: ASYNC110  - a file in no hurry
                await asyncio.sleep(0.05)
        await asyncio.to_thread(path.rename, path.with_suffix(".csv.done"))
        log.info("logger_file_done", file=str(path))


def _some(found: Iterator[Portion]) -> list[Portion]:
    """The next portions, none at the end."""
    chunk: list[Portion] = []
    for portion in found:
        chunk.append(portion)
        if len(chunk) == FRAMES_A_COMMIT:
            break
    return chunk
