"""`shopfloor edge EDGE --print`: what an agent would send, on standard output; journals and publishes nothing."""

import asyncio
import os
import sys

from config.device import Role, Tag
from config.plant import Plant
from contract.sample import TEXT, Quality, State, from_us
from edge.buffer.batch import Batch
from edge.modbus import wire as modbus_wire
from edge.opcua import link as opcua_link
from edge.opcua.certificates import Certificates
from edge.opcua.security import Keys
from edge.readers import Readers, need_edge
from edge.report import Reports
from runtime import ending
from runtime.health import Health
from runtime.logs import start_logging
from runtime.settings import Settings

VALUE_WIDTH = 14


def run(settings: Settings, plant: Plant, edge_id: str) -> int:
    """Print the readings of one edge until Ctrl-C, SIGTERM or the end of whoever listens; 0."""
    start_logging("edge")
    need_edge(plant, edge_id, settings.plant)
    modbus_wire.quiet_library()
    opcua_link.quiet_library()
    keys = Keys(Certificates(settings.data / "certificates"), settings.environment)
    asyncio.run(_print(Shown(plant), plant, edge_id, keys))
    return 0


async def _print(shown: "Shown", plant: Plant, edge_id: str, keys: Keys) -> None:
    asked = asyncio.Event()
    ending.on_request_in_loop(asked.set)

    def say(batch: Batch) -> None:
        try:
            print("\n".join(shown.lines(batch)), flush=True)
        except BrokenPipeError:
            # Python flushes once more at its end, and would complain again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            asked.set()

    readers = Readers(edge_id, Reports(say, 0), keys, Health("edge", 0))
    readers.prepare(plant)
    reading = asyncio.create_task(readers.run())
    end = asyncio.create_task(asked.wait())
    await asyncio.wait({reading, end}, return_when=asyncio.FIRST_COMPLETED)
    await readers.end(reading)
    await readers.close()
    if reading.done() and not reading.cancelled():
        reading.result()  # a mistake of ours
    await ending.end_all()


class Shown:
    """How each tag of a plant is shown."""

    def __init__(self, plant: Plant) -> None:
        self.tags = {f"{machine.id}/{tag.name}": tag for machine in plant.machines for tag in machine.tags}
        self.width = max(len(name) for name in self.tags)

    def lines(self, batch: Batch) -> list[str]:
        """A line for each reading: the device's time, machine/tag, value, unit, quality."""
        rows = zip(batch.series, batch.source_us.tolist(), batch.value.tolist(), batch.quality.tolist(), strict=True)
        return [
            self._line(name, at, self._value(name, value, quality, batch), quality) for name, at, value, quality in rows
        ]

    def _line(self, name: str, at_us: int, value: str, quality: int) -> str:
        at = from_us(at_us).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        unit = self.tags[name].unit
        return f"{at}Z  {name:<{self.width}}  {value:>{VALUE_WIDTH}} {unit:<6} {Quality(quality % TEXT).name}"

    def _value(self, name: str, value: float, quality: int, batch: Batch) -> str:
        if value != value:  # noqa: PLR0124  - nan is not itself
            return "-"
        if quality >= TEXT:
            return batch.texts[int(value)]
        return _number(self.tags[name], value)


def _number(tag: Tag, value: float) -> str:
    """A state as its word, a product with its name, a count as a whole number."""
    if tag.role is Role.STATE:
        return State(int(value)).name.lower()
    if tag.role is Role.PRODUCT:
        return f"{value:g} {tag.products.get(int(value), '?')}"
    return str(int(value)) if value.is_integer() else f"{value:.7g}"
