"""The devices of one edge as they are read; a new plant file stops and starts those that differ, and no others."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from config.device import ModbusDevice
from config.opcua import OpcUaDevice
from config.plant import LINE_KEYS, Plant
from contract.gap import Cause
from edge.buffer.batch import Unread
from edge.buffer.journal import Numbered
from edge.channel import Channel, channels_of
from edge.clock import now_us
from edge.health import AnySource, forget_device
from edge.modbus.line import Line
from edge.modbus.source import ModbusSource, modbus_sources
from edge.opcua.security import Keys
from edge.opcua.source import OpcUaSource
from edge.report import Reports
from edge.rounds import Alarm, Rounds
from edge.schedule import phase
from edge.source import Source
from runtime.ending import end
from runtime.health import Health
from runtime.settings import BadSetting

Wanted = tuple[ModbusDevice | OpcUaDevice, tuple[Channel, ...]]
# At the end of the agent a server may take so long to say good-bye.
PATIENCE_S = 1.0
NO_EARLIER_LIFE = Numbered(0, 0, 0)


@dataclass(eq=False)
class Reader:
    """One device: a source for each pace at which its channels are read, and the rounds of each."""

    wanted: Wanted
    sources: Sequence[AnySource]
    rounds: list[tuple[Rounds, asyncio.Task[None]]] = field(default_factory=list)
    begun_us: int = field(default_factory=now_us)
    ended: Unread | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new plant file changed: ids of devices."""

    added: list[str]
    changed: list[str]
    removed: list[str]
    unchanged: int


class Readers:
    """Every device of an edge with at least one tag, read while `run` does."""

    def __init__(self, edge_id: str, reports: Reports, keys: Keys, health: Health) -> None:
        self.edge_id, self.reports, self.keys, self.health = edge_id, reports, keys, health
        self.readers: dict[str, Reader] = {}
        self.lines: dict[tuple[object, ...], Line] = {}
        self.tasks: asyncio.TaskGroup | None = None
        self.alarm = Alarm()
        self.missed_before = 0

    @property
    def sources(self) -> list[AnySource]:
        """All sources, device by device."""
        return [source for reader in list(self.readers.values()) for source in reader.sources]

    @property
    def missed(self) -> int:
        """How many beats were missed since the start."""
        return self.missed_before + sum(r.missed for reader in self.readers.values() for r, _ in reader.rounds)

    def prepare(self, plant: Plant) -> None:
        """Make the sources of a plant; nothing is read yet."""
        for device, channels in self._wanted(plant).values():
            self._make(device, channels)

    async def run(self) -> None:
        """Read everything until cancelled; a mistake of ours in one of the sources ends them all."""
        async with asyncio.TaskGroup() as self.tasks:
            self._start(list(self.readers.values()))
            try:
                await asyncio.Event().wait()
            finally:
                # A poll that ends in the moment in which it is cancelled may not notice: then no other may follow.
                for rounds in (rounds for reader in self.readers.values() for rounds, _ in reader.rounds):
                    rounds.ending = True

    async def change(self, plant: Plant) -> Changes:
        """Read what this plant says from now on.

        A device that is the same with the same tags keeps connection, schedule and subscription. Of all others the span
        between the last reading of the old and the first of the new is told as a gap, which ends their open ones.
        """
        wanted = self._wanted(plant)
        leaving = {name: r for name, r in self.readers.items() if wanted.get(name) != r.wanted}
        coming = {name: w for name, w in wanted.items() if name not in self.readers or name in leaving}
        await asyncio.gather(*(self._stop(reader) for reader in leaving.values()))
        newest: dict[str, int] = {}
        for name, reader in leaving.items():
            self._farewell(reader, newest)
            del self.readers[name]
            if name not in wanted:
                forget_device(name)
        fresh = [self._make(device, channels) for device, channels in coming.values()]
        for reader in fresh:
            _take_over(reader, leaving.get(reader.wanted[0].id), newest)
        self._start(fresh)
        return Changes(
            added=[name for name in coming if name not in leaving],
            changed=[name for name in coming if name in leaving],
            removed=[name for name in leaving if name not in coming],
            unchanged=len(wanted) - len(coming),
        )

    async def end(self, running: asyncio.Task[object]) -> None:
        """End `run`; what it waits for is asked too, as often as need be."""
        for rounds in (rounds for reader in self.readers.values() for rounds, _ in reader.rounds):
            rounds.ending = True
        await end([running, *(task for reader in self.readers.values() for _, task in reader.rounds)])

    async def close(self) -> None:
        """End every connection; `run` has ended."""
        stops = [asyncio.create_task(s.stop()) for s in self.sources if isinstance(s, OpcUaSource)]
        if stops:
            await asyncio.wait(stops, timeout=PATIENCE_S)
            await end(stops, PATIENCE_S)
        for source in self.sources:
            source.close()

    def _wanted(self, plant: Plant) -> dict[str, Wanted]:
        every = {device.id: (device, channels_of(plant, device)) for device in plant.devices}
        return {name: (device, some) for name, (device, some) in every.items() if device.edge == self.edge_id and some}

    def _make(self, device: ModbusDevice | OpcUaDevice, channels: tuple[Channel, ...]) -> Reader:
        sources: Sequence[AnySource]
        if isinstance(device, ModbusDevice):
            line = self.lines.setdefault(_line_key(device), Line(device))
            sources = modbus_sources(device, channels, line, self.reports)
        else:
            sources = [OpcUaSource(device, channels, self.reports, self.keys)]
        reader = self.readers[device.id] = Reader((device, channels), sources)
        return reader

    def _start(self, readers: Sequence[Reader]) -> None:
        assert self.tasks is not None  # noqa: S101  - `run` has begun
        every = [(reader, source) for reader in readers for source in reader.sources]
        for number, (reader, source) in enumerate(every):
            rounds = Rounds(source, self.health, self.alarm)
            wait_s = phase(number, len(every), rounds.period)
            reader.rounds.append((rounds, self.tasks.create_task(rounds.run(wait_s), name=source.device.id)))

    async def _stop(self, reader: Reader) -> None:
        """End the rounds and the connection; a line that other units share stays."""
        await asyncio.gather(*(rounds.end(task) for rounds, task in reader.rounds))
        self.missed_before += sum(rounds.missed for rounds, _ in reader.rounds)
        for source in reader.sources:
            if isinstance(source, OpcUaSource):
                await source.stop()
        device, _ = reader.wanted
        if isinstance(device, ModbusDevice) and isinstance(reader.sources[0], ModbusSource):
            line = self.lines[_line_key(device)]
            line.leave(reader.sources[0].unit)
            if not line.units:
                line.close()
                del self.lines[_line_key(device)]

    def _farewell(self, reader: Reader, newest: dict[str, int]) -> None:
        """Tell that from its last reading on nothing was read of a device; notes the newest time of each series."""
        for number, old in enumerate(source.source for source in reader.sources):
            last_us = old.last_read_us or old.away_from_us or reader.begun_us
            # A source of its own, which sends everything: what was BAD already is told again with the gap.
            ending = Source(old.device, old.channels, self.reports)
            np.copyto(ending.newest_us, old.newest_us)
            # Spans of one device, which has a source for each of its paces, are told apart by their begin.
            ending.was_down(last_us + number, now_us(), Cause.AGENT_DOWN, NO_EARLIER_LIFE)
            newest |= zip(ending.series.tolist(), ending.newest_us.tolist(), strict=True)
            reader.ended = ending.down


def _take_over(reader: Reader, earlier: Reader | None, newest: Mapping[str, int]) -> None:
    """No series runs backwards, and an OPC UA server is asked what happened since the earlier reader's last reading."""
    for source in reader.sources:
        source.source.newest_us[:] = [newest.get(name, 0) for name in source.source.series]
    if earlier is None or earlier.ended is None:
        return
    new, old = reader.sources[0], earlier.sources[0]
    if isinstance(new, OpcUaSource) and isinstance(old, OpcUaSource) and new.device.url == old.device.url:
        new.follow(old, earlier.ended)


def need_edge(plant: Plant, edge_id: str, path: Path) -> None:
    """BadSetting when the plant file has no device of this edge."""
    if edge_id not in plant.edges:
        raise BadSetting(f"edge '{edge_id}' is not in {path}: known are {', '.join(plant.edges)}")


def _line_key(device: ModbusDevice) -> tuple[object, ...]:
    """Units that have this in common share a connection or a serial line."""
    return (device.line, *(getattr(device, key) for key in LINE_KEYS))
