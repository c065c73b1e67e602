"""The edge agent: polls on schedule, journals, publishes; stops without losing a sample."""

import asyncio
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import structlog
import uvloop

from config.load import BadPlantFile, load_plant
from config.plant import Plant
from contract.gap import Cause
from contract.sample import to_us
from edge import metrics
from edge.buffer.journal import Journal
from edge.buffer.publisher import Publisher
from edge.buffer.writer import Writer, entries
from edge.clock import now_us, wall_ahead_us
from edge.discovery import Discovery
from edge.health import REFUSED_CURE, watched
from edge.logger_import import Portion, files_of
from edge.logger_import import portions as file_portions
from edge.modbus import wire as modbus_wire
from edge.opcua import link as opcua_link
from edge.opcua.certificates import Certificates
from edge.opcua.security import Keys
from edge.readers import Readers, need_edge
from edge.report import Reports
from runtime import ending
from runtime.health import Health
from runtime.health_server import serving
from runtime.logs import start_logging
from runtime.settings import Settings

log = structlog.get_logger()
CLOCK_STEP_US = 1_000_000
# An import waits while this much is on its way already, so that a file of any size needs no memory.
MOST_IMPORT_BYTES = 32_000_000
FRAMES_A_COMMIT = 16
LOOK_FOR_FILES_S = 2.0


def run(settings: Settings, plant: Plant, edge_id: str, logger_folder: Path | None) -> int:
    """Read the devices of one edge until SIGTERM or SIGINT; 0."""
    start_logging("edge")
    structlog.contextvars.bind_contextvars(edge=edge_id)
    need_edge(plant, edge_id, settings.plant)
    settings.need_broker()
    health = Health("edge", settings.watchdog.total_seconds())
    loop = uvloop.new_event_loop
    with serving(settings.health, health), asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(Agent(settings, plant, edge_id, logger_folder, health).run())


class Agent:
    """One edge's readers, journal and publisher."""

    def __init__(
        self, settings: Settings, plant: Plant, edge_id: str, logger_folder: Path | None, health: Health
    ) -> None:
        self.settings, self.plant, self.edge_id, self.logger_folder = settings, plant, edge_id, logger_folder
        self.health = health
        self.disk = ThreadPoolExecutor(1, "journal")
        path = settings.data / "edge" / f"{edge_id}.journal"
        self.journal = Journal(path, datetime.now(UTC), settings.journal_bytes)
        self.writer = Writer(self.journal, self.disk, edge_id)
        keys = Keys(Certificates(settings.data / "certificates"), settings.environment)
        self.reports = Reports(self.writer.take)
        self.readers = Readers(edge_id, self.reports, keys, health)
        self.readers.prepare(plant)
        self.told_to_reload = asyncio.Event()
        # Why the newest plant file is not in use.
        self.refused = ""

    async def run(self) -> int:
        """Poll, journal and publish until a signal; then journal what is held, and leave."""
        asked = asyncio.Event()
        ending.on_request_in_loop(asked.set)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.told_to_reload.set)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        modbus_wire.quiet_library()
        opcua_link.quiet_library()
        site = self.plant.site.id
        publisher = Publisher(self.settings.need_broker(), site, self.edge_id, self.journal, self.disk)
        self.health.parts = watched(self.writer, publisher, lambda: self.readers.sources, lambda: self.refused)
        self._tell_absence()
        tasks: list[asyncio.Task[object]] = [
            asyncio.create_task(self.readers.run(), name="readers"),
            asyncio.create_task(self._write(publisher), name="write"),
            asyncio.create_task(publisher.run(self.health.loop("publish")), name="publish"),
            asyncio.create_task(self._reload(), name="reload"),
            asyncio.create_task(self._discover(site), name="discovery"),
        ]
        if self.logger_folder is not None:
            tasks.append(asyncio.create_task(self._import(self.logger_folder, publisher), name="import"))
        log.info(
            "edge_ready",
            epoch=self.journal.epoch,
            devices=len(self.readers.readers),
            kept_bytes=self.journal.bytes,
        )
        end: asyncio.Task[object] = asyncio.create_task(asked.wait())
        done, _ = await asyncio.wait([*tasks, end], return_when=asyncio.FIRST_COMPLETED)
        await ending.end(tasks[1:])
        await self.readers.end(tasks[0])
        self.reports.flush()
        await self.writer.write(tell=False)
        await publisher.close()
        await self.readers.close()
        self.disk.shutdown()
        self.journal.close()
        for task in done - {end}:
            task.result()  # a task that ended by itself has a mistake of ours to tell
        await ending.end_all()
        log.info("edge_stopped", overruns=self.readers.missed)
        return 0

    def _tell_absence(self) -> None:
        """What nobody read since the earlier life of this agent is on record."""
        damaged, earlier, now = self.journal.damaged, self.journal.earlier, now_us()
        before = to_us(damaged) if damaged is not None else self.journal.alive_before_us
        cause = Cause.JOURNAL_DAMAGED if damaged is not None else Cause.AGENT_DOWN
        for number, source in enumerate(self.readers.sources):
            if before:
                # Spans of one device, which has a source for each of its paces, are told apart by their begin.
                source.source.was_down(before + number, now, cause, earlier)

    async def _reload(self) -> None:
        """Each time somebody asks for it: the plant file again; one with mistakes changes nothing."""
        while True:
            await self.told_to_reload.wait()
            self.told_to_reload.clear()
            path = self.settings.plant
            try:
                plant = await asyncio.to_thread(load_plant, path)
                self._fits(plant)
            except BadPlantFile as err:
                reasons = str(err).splitlines()
                more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
                self.refused = reasons[0] + more
                log.error("plant_file_refused", reasons=reasons, cure=REFUSED_CURE)
                continue
            changes = await self.readers.change(plant)
            self.refused = ""
            log.info("plant_file_read", file=str(path), **asdict(changes))

    async def _discover(self, site: str) -> None:
        """Look at devices when mes asks for it, and take the plant file that it has applied."""
        keys = Keys(Certificates(self.settings.data / "certificates"), self.settings.environment)
        broker, path = self.settings.need_broker(), self.settings.plant
        await Discovery(broker, site, self.edge_id, keys, path, self.told_to_reload.set).run()

    def _fits(self, plant: Plant) -> None:
        """BadPlantFile when this is not the same agent any more."""
        if plant.site.id != self.plant.site.id:
            raise BadPlantFile(
                f"{self.settings.plant}: site.id: {plant.site.id!r} - this agent publishes as a part of "
                f"'{self.plant.site.id}': write that, or restart the agent"
            )
        if self.edge_id not in plant.edges:
            raise BadPlantFile(
                f"{self.settings.plant}: devices: none names edge '{self.edge_id}', but {', '.join(plant.edges)}: "
                "give it one, or stop the agent"
            )

    async def _write(self, publisher: Publisher) -> None:
        """Each `frame_every`, one report and one commit for all that was read since."""
        told_off_us = 0
        beat, every_s = self.health.loop("write"), self.settings.frame_every.total_seconds()
        while True:
            await asyncio.sleep(every_s)
            beat()
            self.reports.flush()
            if await self.writer.write(tell=publisher.stored_lately):
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
        while True:
            for path in files_of(folder, self.edge_id):
                await self._import_file(path, publisher)
            await asyncio.sleep(LOOK_FOR_FILES_S)

    async def _import_file(self, path: Path, publisher: Publisher) -> None:
        loop = asyncio.get_running_loop()
        name = f"file:{path.name}"
        channels = {(c.machine, c.tag.name): c for s in self.readers.sources for c in s.source.channels}
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
