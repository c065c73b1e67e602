"""After an outage: asks the server's history for what was missed, sends it as backlog, shortens the gap on record."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import structlog
from asyncua import ua

from config.opcua import OpcUaDevice
from contract.gap import Cause
from contract.sample import TEXT
from edge.buffer.batch import Batch, Unread
from edge.channel import BAD, Channel, Floats, Ints, Meaning
from edge.clock import now_us
from edge.opcua.history import (
    Outage,
    Point,
    holds,
    keeps_history,
    kept_us,
    missed,
    quality_in_history,
    running_since_us,
)
from edge.opcua.link import TROUBLE, Link
from edge.opcua.made_history import made_in
from edge.opcua.values import member, number, quality_with, text
from edge.source import Source

log = structlog.get_logger()
# Between two pages, so that live readings and the journal keep their turn.
PAUSE_S = 0.05
# Of a connection that comes and goes, so many outages are remembered.
MOST_OUTAGES = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A node, and the channels that are made of it: their numbers and the steps to their part of its value."""

    text: str
    subscribed: bool
    parts: tuple[tuple[int, tuple[int | str, ...]], ...]


class Backfill:
    """The outages of one device that its server's history has not yet been asked about."""

    def __init__(
        self, device: OpcUaDevice, channels: Sequence[Channel], places: Sequence[Place], source: Source
    ) -> None:
        self.device, self.channels, self.places, self.source = device, channels, places, source
        self.outages: list[Outage] = []
        self.begun: Outage | None = None
        self.made = [made for made in source.states.made if made.inputs]
        self.inputs = {i for made in self.made for i in made.inputs}

    def lost(self, after_us: Ints, raw: Floats, quality: Ints) -> None:
        """An outage has just begun, and the source has told so: what was read last."""
        gap = Unread(Cause.DEVICE_AWAY, self.device.id, self.source.away_from_us, None, self.source.series.tolist())
        self.begin(gap, after_us, raw, quality)

    def begin(self, gap: Unread, after_us: Ints, raw: Floats, quality: Ints) -> None:
        """The history from `after_us` on will be asked for once all has been read again."""
        is_text = np.array([channel.tag.type == "string" for channel in self.channels])
        known = np.where(is_text, np.nan, raw)
        newest = self.source.newest_us.copy()
        self.begun = Outage(gap, after_us.copy(), np.zeros_like(after_us), known, quality.copy(), newest)

    def back(self, until_us: Ints, edge_us: int, raw: Floats, quality: Ints) -> None:
        """Everything has been read again, for the first time since an outage, or since the agent's earlier life."""
        ended: list[Outage] = []
        if self.source.down is not None:
            gap, self.source.down = self.source.down, None
            count = len(self.channels)
            after, nothing = np.full(count, gap.from_us, np.int64), np.full(count, np.nan)
            bad = np.full(count, BAD, np.int64)
            bad_us = np.full(len(self.source.channels), gap.from_us + 1, np.int64)
            ended.append(Outage(gap, after, until_us.copy(), nothing, bad, bad_us))
        if self.begun is not None:
            self.begun.gap = replace(self.begun.gap, to_us=edge_us)
            self.begun.until_us = until_us.copy()
            ended.append(self.begun)
            self.begun = None
        for outage in ended:
            outage.back_raw, outage.back_quality = raw.copy(), quality.copy()
            outage.back_us = self.source.newest_us.copy()
        self.outages += ended
        del self.outages[:-MOST_OUTAGES]

    async def run(self, link: Link, nodes: Mapping[int, ua.NodeId]) -> None:
        """Ask about every outage; what a new loss interrupts goes on where it was after the next connection."""
        try:
            while self.outages:
                await self._fill(link, nodes, self.outages[0])
                self.outages.pop(0)
        except TROUBLE as err:
            log.info("history_interrupted", device=self.device.id, reason=str(err)[:120] or type(err).__name__)

    async def _fill(self, link: Link, nodes: Mapping[int, ua.NodeId], outage: Outage) -> None:
        wanted = [n for n in nodes if n not in outage.done]
        kept = await keeps_history(link, [nodes[n] for n in wanted])
        since = await running_since_us(link)
        running = since is not None and since < outage.gap.from_us
        spans = {n: self._span(n, outage) for n, keeps in zip(wanted, kept, strict=True) if keeps}
        asked = {n: nodes[n] for n, (first, last) in spans.items() if first < last}
        states: dict[int, list[Point]] = {}
        # A value whose source time is still the same has not changed.
        self._end([n for n in spans if n not in asked], outage, states, running)
        async for ended, values in missed(link, asked, spans):
            points = [point for n, value in values for point in self._points(n, value, outage)]
            for point in points:
                if point.at_us <= outage.bad_us[point.channel]:
                    outage.raw[point.channel], outage.quality[point.channel] = point.raw, point.quality
                if point.channel in self.inputs:
                    outage.inputs.append(point)
                if self.channels[point.channel].vital:
                    states.setdefault(point.channel, []).append(point)
                else:
                    # Sent with this page, and not again when the connection is lost before the next one.
                    outage.after_us[point.channel] = point.at_us
            self._send([point for point in points if not self.channels[point.channel].vital], outage)
            self._end(ended, outage, states, running)
            await asyncio.sleep(PAUSE_S)
        self._conclude(outage, len(asked))

    def _span(self, n: int, outage: Outage) -> tuple[int, int]:
        places = [i for i, _ in self.places[n].parts]
        return int(outage.after_us[places].min()), int(outage.until_us[places].max())

    def _points(self, n: int, value: ua.DataValue, outage: Outage) -> Iterable[Point]:
        """What a value of history is for each channel that does not have it yet."""
        at = kept_us(value, self.device)
        whole = value.Value.Value if value.Value is not None else None
        for i, steps in self.places[n].parts:
            if outage.after_us[i] < at < outage.until_us[i]:
                part = member(whole, steps) if steps else whole
                yield Point(i, at, self._raw(i, part), int(quality_with(quality_in_history(value), part)))

    def _raw(self, i: int, value: object) -> float:
        if self.channels[i].tag.type != "string":
            return number(value)
        said = text(value)
        return np.nan if said is None else self.source.texts.number(said)

    def _end(self, places: Iterable[int], outage: Outage, states: dict[int, list[Point]], running: bool) -> None:
        """The history of these is known to its end: what held when the outage began held until it changed."""
        points: list[Point] = []
        ended = list(places)
        for i in (i for n in ended for i, _ in self.places[n].parts):
            found = states.pop(i, [])
            if running and outage.quality[i] != BAD and not np.isnan(outage.raw[i]):
                first = Point(i, int(outage.bad_us[i]) + 1, float(outage.raw[i]), int(outage.quality[i]))
                found = sorted([first, *(p for p in found if p.at_us != first.at_us)], key=lambda point: point.at_us)
                outage.found.add(i)
            points += self._held(i, found, outage) if running else found
        if points and outage.carrier is None and outage.found:
            # One sample is left to carry the gap when all is known.
            outage.carrier = points.pop(next(n for n, point in enumerate(points) if point.channel in outage.found))
        self._send(points, outage)
        outage.done.update(ended)

    def _held(self, i: int, points: Sequence[Point], outage: Outage) -> list[Point]:
        at = np.array([point.at_us for point in points], np.int64)
        raw = np.array([point.raw for point in points], np.float64)
        quality = np.array([point.quality for point in points], np.int64)
        end = int(outage.until_us[i])
        if at.size and end <= at[-1]:
            end = outage.gap.to_us or end
        times, raws, qualities = holds(self.channels[i], at, raw, quality, end)
        columns = zip(times.tolist(), raws.tolist(), qualities.tolist(), strict=True)
        return [Point(i, *row) for row in columns]

    def _send(self, points: Sequence[Point], outage: Outage, gaps: tuple[Unread, ...] = ()) -> None:
        if not points:
            return
        outage.samples += len(points)
        channels = [self.channels[point.channel] for point in points]
        raw = np.array([point.raw for point in points], np.float64)
        bad = np.array([point.quality for point in points], np.int64)
        value, quality, _ = Meaning(channels).values(raw, bad)
        at = np.array([point.at_us for point in points], np.int64)
        for vital in (True, False):
            part = np.flatnonzero([channel.vital is vital for channel in channels])
            if part.size:
                names, edge_us = [channels[i].series for i in part], np.full(part.size, now_us(), np.int64)
                texts = self.source.texts.of(value[part][quality[part] >= TEXT].tolist())
                self.source.reports.send(
                    Batch(names, edge_us, at[part], value[part], quality[part], vital, gaps, texts, late=True)
                )
                gaps = ()

    def _send_made(self, outage: Outage) -> set[str]:
        """States that are made of tags which are whole now are whole too; their names."""
        whole = set()
        for made in (made for made in self.made if outage.found.issuperset(made.inputs)):
            at, value, quality = made_in(outage, made, self.source.channels)
            if at.size:
                outage.samples += at.size
                names = [made.channel.series] * at.size
                edge_us = np.full(at.size, now_us(), np.int64)
                self.source.reports.send(Batch(names, edge_us, at, value, quality, vital=True, late=True))
                whole.add(made.channel.series)
        return whole

    def _conclude(self, outage: Outage, asked: int) -> None:
        """Take the series that are now whole from the gap on record; nothing is told where nothing was found."""
        whole = {self.channels[i].series for i in outage.found} | self._send_made(outage)
        left = [name for name in outage.gap.series if name not in whole]
        if outage.carrier is not None:
            to_us = outage.gap.to_us if left else outage.gap.from_us
            self._send([outage.carrier], outage, (replace(outage.gap, series=left, to_us=to_us),))
        log.info(
            "history_read",
            device=self.device.id,
            cause=outage.gap.cause.value,
            nodes=asked,
            samples=outage.samples,
            series_whole=len(whole),
            series_left=len(left),
        )
