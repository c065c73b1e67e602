"""One Modbus device → readings: asks what is planned, finds what it cannot read, and tries that again later.

Only the four functions that read are ever called.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import structlog

from config.device import ModbusDevice, Tag
from config.made import pace_of
from config.modbus import BIT_TABLES, as_in_manuals
from contract.gap import Cause
from contract.sample import FIRST_ROUNDED
from edge.channel import BAD, GOOD, UNCERTAIN, Channel, Floats, Ints
from edge.clock import now_us
from edge.modbus.decode import Decoder
from edge.modbus.line import Line, Unit
from edge.modbus.quarantine import Quarantine, Span
from edge.modbus.read_plan import Limits, Request, halves, plan, request_of
from edge.modbus.size import TRY_EVERY_S, answered_at_most
from edge.modbus.trouble import BUSY, exception
from edge.modbus.wire import FUNCTIONS, NoAnswer
from edge.report import Reports, read_of
from edge.source import Source, Standing

log = structlog.get_logger()
PROBES_A_POLL = 4
TAGS_IN_A_LINE = 20


@dataclass(frozen=True, slots=True)
class Job:
    """A request, and how its answer becomes numbers at their places."""

    request: Request
    decoder: Decoder
    places: np.ndarray[tuple[int], np.dtype[np.intp]]
    # The same, as a slice where they follow each other: that is copied fastest.
    where: np.ndarray[tuple[int], np.dtype[np.intp]] | slice


@dataclass(frozen=True, slots=True)
class Reading:
    """One poll: numbers and qualities that fill up; `refused` and `healed` are what it finds out about addresses."""

    raw: Floats
    quality: Ints
    refused: dict[int, int]
    healed: list[int]


class ModbusSource:
    """The channels of one device that are read at one pace."""

    def __init__(
        self,
        device: ModbusDevice,
        channels: Sequence[Channel],
        line: Line,
        unit: Unit,
        reports: Reports,
        standing: Standing | None = None,
    ) -> None:
        self.source = Source(device, channels, reports, standing)
        self.device, self.channels, self.line, self.unit = device, read_of(channels), line, unit
        self.limits = Limits(device.max_registers, device.max_bits, device.max_gap)
        self.quarantine = Quarantine()
        # The last request that had no answer, when to find out whether it was too large, and what never is.
        self.unanswered: Request | None = None
        self.size_at = 0.0
        self.most_answered = dict.fromkeys(FUNCTIONS, 0)
        self.busy = False
        count = len(self.channels)
        self.wide = [i for i, channel in enumerate(self.channels) if channel.tag.type in ("int64", "uint64")]
        self.nothing = Reading(np.full(count, np.nan), np.full(count, BAD, np.int64), {}, [])
        self._make_plan()

    async def poll(self) -> None:
        """Read everything once for the next report; without an answer all of it counts as not read."""
        reading = Reading(self.nothing.raw.copy(), self.nothing.quality.copy(), {}, [])
        walls = len(self.quarantine.walls)
        try:
            await self._read_all(reading)
            if self.quarantine.held:
                await self._try_again(reading)
        except NoAnswer as err:
            if await self._try_smaller():
                await self.poll()
            else:
                self.source.lost(str(err), now_us())
            return
        edge_us = now_us()
        if self.source.trouble is not None:
            self.quarantine.try_all_soon(time.monotonic(), reading.refused)
        times = self._refuse(reading, edge_us) if reading.refused else None
        if reading.healed:
            self._heal(reading, edge_us)
        if times is not None or reading.healed or walls != len(self.quarantine.walls):
            self._make_plan()
        if self.wide:
            self._doubt_rounded(reading)
        self.source.report(reading.raw, reading.quality, edge_us, times)

    def _doubt_rounded(self, reading: Reading) -> None:
        """A whole number that may have been rounded is UNCERTAIN."""
        for i in self.wide:
            if reading.quality[i] == GOOD and abs(reading.raw[i]) >= FIRST_ROUNDED:
                reading.quality[i] = UNCERTAIN

    def close(self) -> None:
        """Close the line."""
        self.line.close()

    async def _read_all(self, reading: Reading) -> None:
        if len(self.line.wires) == 1 or len(self.jobs) == 1:
            for job in self.jobs:
                await self._read(job, reading)
            return
        ends = await asyncio.gather(*(self._read(job, reading) for job in self.jobs), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _read(self, job: Job, reading: Reading) -> bool:
        """Fill in what the job serves; False when the device refuses it, and then by halves until it is clear what."""
        try:
            answer = await self.line.ask(self.unit, job.request)
        except NoAnswer:
            self.unanswered = job.request
            raise
        if not isinstance(answer, int):
            self.most_answered[job.request.table] = max(self.most_answered[job.request.table], job.request.count)
            reading.raw[job.where] = job.decoder.numbers(answer)
            for i, text in job.decoder.texts(answer) if job.decoder.strings else ():
                reading.raw[job.places[i]] = self.source.texts.number(text)
            reading.quality[job.where] = GOOD
            self.busy = False
            return True
        if answer in BUSY:
            self._tell_busy(answer)
            return True
        request = job.request
        if len(request.places) == 1:
            reading.refused[request.places[0]] = answer
            return False
        parts = halves(request, self.channels)
        good = [await self._read(self._job(part), reading) for part in parts]
        if all(good):
            # Each part can be read, but not both at once: a hole between them, or too many for this device.
            self.quarantine.walls.add((request.table, parts[1].first))
        return False

    async def _try_smaller(self) -> bool:
        """True when the device is there and answers smaller requests than it was asked: those are planned now."""
        failed, now = self.unanswered, time.monotonic()
        if failed is None or now < self.size_at or failed.count <= self.most_answered[failed.table]:
            return False
        self.size_at = now + TRY_EVERY_S
        most = await answered_at_most(self.line, self.unit, self.channels, failed)
        if most is None:
            return False
        bits = failed.table in BIT_TABLES
        self.limits = replace(self.limits, bits=most) if bits else replace(self.limits, registers=most)
        self._make_plan()
        cure = f"write '{'max_bits' if bits else 'max_registers'}: {most}' for this device"
        log.warning("request_too_large", device=self.device.id, asked=failed.count, answered=most, cure=cure)
        return True

    async def _try_again(self, reading: Reading) -> None:
        """A few of the addresses that were refused earlier."""
        for place in self.quarantine.due(time.monotonic(), PROBES_A_POLL):
            job = self._job(request_of(self.channels, [place]))
            if await self._read(job, reading) and reading.quality[place] == GOOD:
                reading.healed.append(place)

    def _refuse(self, reading: Reading, edge_us: int) -> Ints | None:
        """Leave out what was refused; the times of the readings when something was refused for the first time."""
        now, since_us = time.monotonic(), self.source.last_read_us or edge_us
        fresh = [place for place in reading.refused if self.quarantine.refuse(place, since_us, now)]
        if not fresh:
            return None
        for code in sorted({reading.refused[place] for place in fresh}):
            places = [place for place in fresh if reading.refused[place] == code]
            log.warning("unreadable_address", reason=exception(code), **self._named(places), **self._cure(places))
        self._tell(Span(since_us, None, tuple(fresh)))
        self.source.reports.flush()
        times = np.full(len(self.channels), edge_us, np.int64)
        times[fresh] = np.maximum(self.source.newest_us[fresh], since_us) + 1
        return times

    def _heal(self, reading: Reading, edge_us: int) -> None:
        log.info("readable_again", **self._named(reading.healed))
        for span in self.quarantine.heal(reading.healed, edge_us):
            self._tell(span)
        self.quarantine.try_all_soon(time.monotonic(), reading.refused)

    def _tell(self, span: Span) -> None:
        series = [self.channels[place].series for place in span.places]
        self.source.tell(Cause.ADDRESS_UNREADABLE, span.from_us, span.to_us, series)

    def _tell_busy(self, code: int) -> None:
        if not self.busy:
            log.warning("plc_busy", device=self.device.id, reason=exception(code), effect="BAD until it answers")
        self.busy = True

    def _named(self, places: Sequence[int]) -> dict[str, object]:
        """The device, and the tags at these places with their addresses, for the log."""
        tags = [(self.channels[place].series, self.channels[place].tag) for place in places[:TAGS_IN_A_LINE]]
        named = [f"{series} ({tag.table} {tag.register_})" for series, tag in tags]
        return {"device": self.device.id, "count": len(places), "tags": named}

    def _cure(self, places: Sequence[int]) -> dict[str, str]:
        """Where addresses look like those of manuals: what to write instead of the first of them."""
        tags = [self.channels[place].tag for place in places]
        found = (as_in_manuals(tag.register_ or 0, tag.table) for tag in tags)
        hint = "" if self.device.plain_addresses else next(filter(None, found), "")
        return {"cure": hint} if hint else {}

    def _job(self, request: Request) -> Job:
        tags = [self.channels[i].tag for i in request.places]
        decoder = Decoder(tags, request.first, self.device.byte_order, self.device.word_order)
        places = np.array(request.places, np.intp)
        follow = (np.diff(places) == 1).all()
        return Job(request, decoder, places, slice(int(places[0]), int(places[-1]) + 1) if follow else places)

    def _make_plan(self) -> None:
        readable = [i for i in range(len(self.channels)) if i not in self.quarantine.held]
        requests = plan(self.channels, readable, self.limits, self.quarantine.walls, self.quarantine.held)
        self.jobs = [self._job(request) for request in requests]


def modbus_sources(
    device: ModbusDevice, channels: Sequence[Channel], line: Line, reports: Reports
) -> list[ModbusSource]:
    """A device's channels by their pace, the fastest first; all of them are the same unit on its line."""
    unit, standing = line.unit(device), Standing()
    tags: dict[str, list[Tag]] = {}
    for channel in channels:
        tags.setdefault(channel.machine, []).append(channel.tag)
    pace = {channel.series: pace_of(channel.tag, tags[channel.machine], device) for channel in channels}
    return [
        ModbusSource(
            device.model_copy(update={"poll": poll}),
            [channel for channel in channels if pace[channel.series] == poll],
            line,
            unit,
            reports,
            standing,
        )
        for poll in sorted(set(pace.values()))
    ]
