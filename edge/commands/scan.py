"""`shopfloor scan`: what a Modbus device lets itself be asked, as a table for the plant file. Reads only."""

import asyncio
import csv
import sys
import time
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from pydantic import ValidationError

from config.complaints import lines
from config.device import ModbusDevice
from config.modbus import BIT_TABLES
from config.plant import Plant
from edge.modbus.decode import Block
from edge.modbus.line import Line
from edge.modbus.read_plan import Request
from edge.modbus.scan import Probe, search
from edge.modbus.trouble import BUSY, exception
from edge.modbus.wire import NoAnswer, quiet_library
from runtime import ending
from runtime.settings import BadSetting

COLUMNS = ("device", "machine", "name", "table", "register", "type", "value", "quality")
SCHEME = "modbus://"
NO_SUCH_FUNCTION = 1
PATIENCE = 5
BUSY_S = 1.0
# So many questions, from the largest to a single address, may be met with silence before the device counts as away.
MOST_SILENCES = 8
TELL_S = 0.5


def device_of(place: str, plant: Plant | None) -> tuple[ModbusDevice, str]:
    """The device, and the machine that it belongs to where there is only one; or BadSetting.

    `place` is a device of the plant file, or modbus://HOST:PORT?unit=1, where any key of a Modbus device may stand.
    """
    if place.startswith(SCHEME):
        return _device_at(place), "machine"
    found = {device.id: device for device in plant.devices} if plant else {}
    device = found.get(place)
    if plant is None or not isinstance(device, ModbusDevice):
        known = ", ".join(name for name, one in found.items() if isinstance(one, ModbusDevice)) or "none"
        raise BadSetting(f"{place!r}: give modbus://HOST:PORT, or a Modbus device of the plant file: {known}")
    machines = [machine.id for machine in plant.machines if machine.device == place]
    return device, machines[0] if len(machines) == 1 else ""


def _device_at(url: str) -> ModbusDevice:
    try:
        parts = urlsplit(url)
        given: dict[str, object] = {"host": parts.hostname or "", "port": parts.port or 502}
        given |= dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        if "answer_units" in given:
            given["answer_units"] = str(given["answer_units"]).split(",")
        return ModbusDevice.model_validate({"id": "plc", "edge": "edge", "protocol": "modbus", **given})
    except ValidationError as err:
        raise BadSetting(f"{url}: {lines(err, given, 'device')[0]}") from err
    except ValueError as err:
        raise BadSetting(f"{url}: {err}: write modbus://192.0.2.10:502?unit=1") from err


def run(device: ModbusDevice, machine: str, table: str, span: tuple[int, int], width: int) -> int:
    """Print the table; 130 when it was interrupted, BadSetting when the device cannot be asked."""
    quiet_library()
    if ending.run(_scan(Scan(device, machine, table, span, width))):
        return 0
    print("\ninterrupted: the table ends here 已中断", file=sys.stderr)
    return ending.INTERRUPTED


class Scan:
    """One table of one device: asks what is to be asked, and keeps what came."""

    def __init__(self, device: ModbusDevice, machine: str, table: str, span: tuple[int, int], width: int) -> None:
        self.device, self.machine, self.table, self.span = device, machine, table, span
        self.width = 1 if table in BIT_TABLES else width
        self.most = device.max_bits if table in BIT_TABLES else device.max_registers
        self.line = Line(device)
        self.unit = self.line.unit(device)
        self.at, self.requests = span[0], 0
        self.values: dict[int, int] = {}
        # What the device has answered, if only by a refusal: so a silent device can be told from a silent address.
        self.answered: Probe | None = None
        self.silences = 0

    async def run(self) -> None:
        """Ask until all is known; NoAnswer when the device does not answer any more."""
        questions = search(*self.span, self.most, self.width)
        probe = next(questions)
        task = asyncio.current_task()
        while True:
            answer = await self._ask(probe)
            # An answer that comes at the same moment swallows a cancellation; the next one would share its fate.
            if task is not None and task.cancelling():
                raise asyncio.CancelledError
            self.at = probe.first
            if answer is not None:
                self.values |= self._numbers(probe, answer)
            try:
                probe = questions.send(answer is not None)
            except StopIteration:
                return

    async def _ask(self, probe: Probe) -> Block | None:
        """The answer, or None when there is none for these addresses although the device is there."""
        try:
            answer = await self._answer(probe)
        except NoAnswer:
            self.silences += 1
            if self.answered is None and (self.silences > MOST_SILENCES or not self._connected):
                raise
            # Some devices are silent where they should refuse.
            if self.answered is not None:
                await self._answer(self.answered)
            return None
        self.answered = probe
        return answer

    @property
    def _connected(self) -> bool:
        client = self.line.wires[0].client
        return client is not None and client.connected

    async def _answer(self, probe: Probe) -> Block | None:
        code = 0
        for _ in range(PATIENCE):
            self.requests += 1
            answer = await self.line.ask(self.unit, Request(self.table, probe.first, probe.count, ()))
            if not isinstance(answer, int):
                return answer
            code = answer
            if answer == NO_SUCH_FUNCTION:
                raise NoAnswer(exception(answer))
            if answer not in BUSY:
                return None
            await asyncio.sleep(BUSY_S)
        raise NoAnswer(exception(code))

    def _numbers(self, probe: Probe, answer: Block) -> Mapping[int, int]:
        words = "<u2" if self.device.byte_order == "little" else ">u2"
        numbers = answer if self.table in BIT_TABLES else np.frombuffer(answer.tobytes(), words)
        return dict(enumerate(numbers.tolist(), probe.first))

    def rows(self) -> list[tuple[object, ...]]:
        """What was found, in the order of the addresses."""
        kind = "bool" if self.table in BIT_TABLES else f"uint{16 * self.width}"
        found = range(self.span[0], self.span[1] + 1, self.width)
        whole = [n for n in found if all(n + i in self.values for i in range(self.width))]
        start = (self.device.id, self.machine)
        return [(*start, f"{self.table}-{n}", self.table, n, kind, self._value(n), "GOOD") for n in whole]

    def _value(self, register: int) -> int:
        """The number in one or more registers, without a sign."""
        words = [self.values[register + i] for i in range(self.width)]
        ordered = words if self.device.word_order == "big" else reversed(words)
        return int("".join(f"{word:04x}" for word in ordered), 16)

    def told(self) -> str:
        """How far it is."""
        return f"{self.table} {self.at} of {self.span[1]}, {len(self.values)} can be read, {self.requests} requests"


async def _scan(scan: Scan) -> None:
    """What was found is printed, whatever ends the search."""
    asking = asyncio.create_task(scan.run())
    began = time.monotonic()
    try:
        while not (await asyncio.wait({asking}, timeout=TELL_S))[0]:
            print(f"{scan.told()}  ", end="\r", file=sys.stderr, flush=True)
        asking.result()
    except NoAnswer as err:
        raise BadSetting(f"{scan.device.line}, unit {scan.device.unit}, {scan.table}: {err}") from err
    finally:
        await ending.end([asking])
        scan.line.close()
        print(f"{scan.told()} in {time.monotonic() - began:.1f} s  ", file=sys.stderr, flush=True)
        table = csv.writer(sys.stdout, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(scan.rows())
        sys.stdout.flush()
