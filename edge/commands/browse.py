"""`shopfloor browse`: a whole server as a table on standard output, progress on standard error."""

import asyncio
import csv
import sys
import time
from pathlib import Path

from config.opcua import OpcUaDevice
from config.plant import Plant
from edge.opcua.browse import Progress, walk
from edge.opcua.certificates import Certificates
from edge.opcua.link import TROUBLE, Link, quiet_library
from edge.opcua.security import Keys
from edge.opcua.tag_names import COLUMNS, Row, columns_of, unique
from runtime import ending
from runtime.settings import BadSetting, Settings

TELL_S = 0.5


def device_of(place: str, plant: Plant | None) -> OpcUaDevice:
    """The device with this id in the plant file, with its security and user; or one without, at this address."""
    if place.startswith("opc.tcp://"):
        return OpcUaDevice.model_validate(
            {"id": "plc", "edge": "edge", "protocol": "opcua", "url": place, "timeout": "10s"}
        )
    found = {device.id: device for device in plant.devices} if plant else {}
    device = found.get(place)
    if not isinstance(device, OpcUaDevice):
        known = ", ".join(name for name, one in found.items() if isinstance(one, OpcUaDevice)) or "none"
        raise BadSetting(f"{place!r}: give opc.tcp://HOST:PORT, or an OPC UA device of the plant file: {known}")
    return device


def run(settings: Settings, device: OpcUaDevice) -> int:
    """Print the table; 130 when it was interrupted: what had been found until then is printed."""
    quiet_library()
    keys = Keys(Certificates(Path(settings.data) / "certificates"), settings.environment)
    if ending.run(_print(Link(device, keys), device.id)):
        return 0
    print("\ninterrupted: the table ends here 已中断", file=sys.stderr)
    return ending.INTERRUPTED


async def _print(link: Link, name: str) -> None:
    heard: asyncio.Queue[list[Row]] = asyncio.Queue()
    progress: list[Progress] = []
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    taken: set[tuple[str, str]] = set()
    told = time.monotonic()
    walking = asyncio.create_task(walk(link, heard, progress))
    try:
        while not (walking.done() and heard.empty()):
            wait = asyncio.create_task(heard.get())
            await asyncio.wait({wait, walking}, timeout=TELL_S, return_when=asyncio.FIRST_COMPLETED)
            if wait.done():
                table.writerows(columns_of(name, row) for row in unique(wait.result(), taken))
                sys.stdout.flush()
            else:
                wait.cancel()
            if progress and time.monotonic() - told >= TELL_S:
                told = time.monotonic()
                _tell(progress[0], "\r")
        walking.result()
        _tell(progress[0], "\n")
    except TROUBLE as err:
        raise BadSetting(f"{link.device.url}: {str(err) or type(err).__name__}") from err
    finally:
        await ending.end([walking])
        await link.close()


def _tell(progress: Progress, end: str) -> None:
    line = f"{progress.seen} nodes seen, {progress.variables} variables, {progress.waiting} to go  "
    print(line, end=end, file=sys.stderr, flush=True)
