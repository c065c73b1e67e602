"""Real Modbus devices for the agent to read: one made of pymodbus, one of libmodbus in C, and serial lines."""

import asyncio
import os
import shutil
import subprocess
import threading
import tty
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from config.device import ModbusDevice, Tag
from contract.sample import TEXT
from edge.buffer.batch import Batch
from edge.channel import Channel
from edge.modbus.line import Line
from edge.modbus.source import ModbusSource, modbus_sources
from edge.report import Reports

Tables = Mapping[str, Sequence[int]]
NOTHING = SimData(0, datatype=DataType.INVALID)
NO_BITS = SimData(0, values=[False] * 16, datatype=DataType.BITS)


def device(**keys: object) -> ModbusDevice:
    """A device on loopback, impatient."""
    given = {"id": "plc", "edge": "edge-1", "protocol": "modbus", "timeout": "300ms"} | keys
    if given.get("transport") == "serial":
        # A pseudo terminal has no parity.
        given.setdefault("parity", "none")
    else:
        given.setdefault("host", "127.0.0.1")
    return ModbusDevice.model_validate(given)


def channels_of(tags: Sequence[Tag], machine: str = "press-1") -> list[Channel]:
    """The tags as channels, named t0, t1 and so on."""
    return [
        Channel(machine, tag.model_copy(update={"name": f"t{i}"}), timedelta(hours=1)) for i, tag in enumerate(tags)
    ]


def words(*registers: int, **keys: object) -> list[Tag]:
    """A uint16 tag on each of these registers."""
    return [Tag.model_validate({"name": "t", "register": register} | keys) for register in registers]


def source_of(of: ModbusDevice, tags: Sequence[Tag], line: Line | None = None) -> tuple[ModbusSource, list[Batch]]:
    """The agent's reader of a device, and what it sends."""
    sent: list[Batch] = []
    [source] = modbus_sources(of, channels_of(tags), line or Line(of), Reports(sent.append, 0))
    return source, sent


def newest(sent: Sequence[Batch]) -> dict[str, tuple[Any, int]]:
    """Value and quality of each series as it was sent last; a text as itself."""
    return {
        name.removeprefix("press-1/"): (
            batch.texts[int(value)] if quality >= TEXT else float(value),
            int(quality),
        )
        for batch in sent
        for name, value, quality in zip(batch.series, batch.value, batch.quality, strict=True)
    }


def sim_device(unit: int, tables: Tables) -> SimDevice:
    """A unit of pymodbus's simulator that holds these tables from address 0 on, and nothing behind them."""

    def bits(name: str) -> list[SimData]:
        values = [bool(bit) for bit in tables.get(name, ())]
        return [SimData(0, values=values, datatype=DataType.BITS)] if values else [NO_BITS]

    def registers(name: str) -> list[SimData]:
        values = list(tables.get(name, ()))
        return [SimData(0, values=values, datatype=DataType.REGISTERS)] if values else [NOTHING]

    return SimDevice(unit, simdata=(bits("coil"), bits("discrete"), registers("holding"), registers("input")))


@asynccontextmanager
async def pymodbus_tcp(port: int, *units: SimDevice, rtu: bool = False) -> AsyncIterator[ModbusTcpServer]:
    """pymodbus's server on a port."""
    framer = FramerType.RTU if rtu else FramerType.SOCKET
    server = ModbusTcpServer(list(units), framer=framer, address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        yield server
    finally:
        await server.shutdown()


@asynccontextmanager
async def pymodbus_serial(path: str, *units: SimDevice) -> AsyncIterator[ModbusSerialServer]:
    """pymodbus's server on a serial line; it does not answer for units that it does not have."""
    server = ModbusSerialServer(list(units), port=path, baudrate=19200, parity="N", ignore_missing_devices=True)
    await server.serve_forever(background=True)
    try:
        yield server
    finally:
        await server.shutdown()


def build_libmodbus(folder: Path) -> Path | str:
    """The server in C, or the reason why there is none."""
    if shutil.which("cc") is None or shutil.which("pkg-config") is None:
        return "no C compiler or pkg-config (Debian: gcc, pkg-config)"
    command = ["pkg-config", "--cflags", "--libs", "libmodbus"]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    if found.returncode != 0:
        return "libmodbus is not installed (Debian: libmodbus-dev)"
    program = folder / "modbus_peer"
    source = Path(__file__).with_name("peer.c")
    subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-o", program, source, *found.stdout.split()], check=True)
    return program


@contextmanager
def libmodbus(program: Path, place: int | str, tables: Tables) -> Iterator[None]:
    """libmodbus's server on a port or a serial line."""
    lines = "".join(
        f"{name} {address} {value}\n" for name, values in tables.items() for address, value in enumerate(values)
    )
    with subprocess.Popen([program, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(lines)
        server.stdin.close()
        try:
            assert server.stdout.readline() == "ready\n"
            yield
        finally:
            server.kill()


class SerialLine:
    """Two ends of a serial line, made of two pseudo terminals; `noise` changes bytes on their way to the first end."""

    def __init__(self) -> None:
        self._masters: list[int] = []
        self._slaves: list[int] = []
        for _ in range(2):
            master, slave = os.openpty()
            tty.setraw(slave)
            self._masters.append(master)
            self._slaves.append(slave)
        self.ends = [os.ttyname(slave) for slave in self._slaves]
        self.noise = lambda data: data
        self._threads = [threading.Thread(target=self._carry, args=(i,), daemon=True) for i in range(2)]
        for thread in self._threads:
            thread.start()

    def _carry(self, end: int) -> None:
        with suppress(OSError, IndexError):
            while data := os.read(self._masters[end], 4096):
                os.write(self._masters[1 - end], self.noise(data) if end == 1 else data)

    def unplug(self) -> None:
        """Both ends are gone, as when somebody pulls the adapter."""
        for number in self._slaves + self._masters:
            with suppress(OSError):
                os.close(number)
        self._slaves, self._masters = [], []


async def polled(source: ModbusSource, times: int, rest: float = 0.0) -> None:
    """Poll so many times."""
    for _ in range(times):
        await source.poll()
        await asyncio.sleep(rest)
