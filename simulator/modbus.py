"""Raw numbers → registers and coils behind one real Modbus TCP server, with several units if need be."""

import struct
from collections.abc import Sequence
from functools import partial

from pymodbus.constants import ExcCodes
from pymodbus.framer import FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from config.device import ModbusDevice, Tag
from config.modbus import BIT_TABLES
from runtime.settings import BadSetting
from simulator.panel import Panel, Raw

FORMAT = {"int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q"} | {
    "float32": "f",
    "float64": "d",
}
TABLE_OF = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
NO_REGISTERS = SimData(0, datatype=DataType.INVALID)
NO_BITS = SimData(0, values=[False] * 16, datatype=DataType.BITS, readonly=True)


class Table:
    """One of the four tables of a unit, from its lowest address to its highest; places between the tags are 0."""

    def __init__(self, tags: Sequence[tuple[ModbusDevice, Tag]]) -> None:
        ends = [address_of(tag) + tag.width for _, tag in tags]
        self.bits = tags[0][1].table in BIT_TABLES
        self.start = min(address_of(tag) for _, tag in tags)
        if self.bits:
            self.start -= self.start % 16
        self.words = [0] * (max(ends) - self.start)
        self.changed = True

    def put(self, address: int, words: Sequence[int]) -> None:
        """These words from this address on."""
        place = address - self.start
        self.words[place : place + len(words)] = words
        self.changed = True

    def put_bit(self, address: int, bit: int, raw: Raw) -> None:
        """This bit of a register from now on; the others stay."""
        place = address - self.start
        self.words[place] = self.words[place] & ~(1 << bit) | bool(raw) << bit
        self.changed = True

    def packed(self) -> list[int]:
        """What pymodbus holds: words, or sixteen bits to a word, the lowest address lowest."""
        if not self.bits:
            return self.words
        blocks = [self.words[i : i + 16] for i in range(0, len(self.words), 16)]
        return [sum(bit << place for place, bit in enumerate(block)) for block in blocks]

    def sim_data(self) -> list[SimData]:
        """The same as pymodbus wants it at birth."""
        if self.bits:
            bits = [bool(word) for word in self.words]
            return [SimData(self.start, values=bits, datatype=DataType.BITS, readonly=True)]
        return [SimData(self.start, values=list(self.words), datatype=DataType.REGISTERS, readonly=True)]


class ModbusPort:
    """All units behind one host and port."""

    def __init__(self, devices: Sequence[ModbusDevice], panels: Sequence[Panel]) -> None:
        self.devices = devices
        self._panels = panels
        self.host, self.port = devices[0].host, devices[0].port
        self._device = {panel.machine.id: device for panel in panels for device in devices if device.id == panel.device}
        self._tables: dict[int, dict[str, Table]] = {}
        self._server: ModbusTcpServer | None = None
        for unit in sorted({device.unit for device in devices}):
            tags = [
                (d, tag) for p in panels if (d := self._device[p.machine.id]).unit == unit for tag in p.config.read_tags
            ]
            _refuse_overlap(tags)
            names = {tag.table for _, tag in tags}
            self._tables[unit] = {name: Table([(d, t) for d, t in tags if t.table == name]) for name in sorted(names)}

    async def start(self) -> None:
        """Serve what the panels show, from the first answer on, or RuntimeError when the port cannot be had."""
        for panel in self._panels:
            for tag in panel.config.read_tags:
                await self.put(panel.machine.id, tag, panel.raw(tag), 0)
        units = []
        for unit, tables in self._tables.items():
            blocks = (
                tables["coil"].sim_data() if "coil" in tables else [NO_BITS],
                tables["discrete"].sim_data() if "discrete" in tables else [NO_BITS],
                tables["holding"].sim_data() if "holding" in tables else [NO_REGISTERS],
                tables["input"].sim_data() if "input" in tables else [NO_REGISTERS],
            )
            units.append(SimDevice(unit, simdata=blocks, action=partial(_refresh, tables)))
        framer = FramerType.SOCKET if self.devices[0].transport == "tcp" else FramerType.RTU
        self._server = ModbusTcpServer(units, framer=framer, address=(self.host, self.port))
        await self._server.serve_forever(background=True)

    async def stop(self) -> None:
        """Close the port."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it untyped

    async def put(self, machine_id: str, tag: Tag, raw: Raw, at_us: int) -> None:  # noqa: ARG002  - Modbus has no time
        """Show this number from now on."""
        device = self._device[machine_id]
        table = self._tables[device.unit][tag.table]
        if tag.bit is None:
            table.put(address_of(tag), words_of(device, tag, raw))
        else:
            table.put_bit(address_of(tag), bit_of(device, tag), raw)


async def _refresh(
    tables: dict[str, Table],
    function: int,
    _start: int,
    _address: int,
    _count: int,
    registers: list[int],
    _values: list[int] | list[bool] | None,
) -> ExcCodes | None:
    """Before each answer: what has changed since the last one goes into pymodbus's own list."""
    table = tables.get(TABLE_OF.get(function, ""))
    if table is not None and table.changed:
        packed = table.packed()
        registers[: len(packed)] = packed
        table.changed = False
    return None


def address_of(tag: Tag) -> int:
    """The address of a Modbus tag; the plant file has made sure that it has one."""
    return tag.register_ or 0


def bit_of(device: ModbusDevice, tag: Tag) -> int:
    """Where a bit of a register stands on the wire, whose bytes may be swapped."""
    return (tag.bit or 0) ^ (8 if (tag.byte_order or device.byte_order) == "little" else 0)


def words_of(device: ModbusDevice, tag: Tag, raw: Raw) -> list[int]:
    """The registers of a number, first address first; a bit is one word of 0 or 1."""
    if tag.type == "bool":
        return [int(bool(raw))]
    if tag.type == "string":
        packed = str(raw).encode(tag.encoding)[: tag.length].ljust(2 * tag.width, b"\x00")
    elif tag.type.startswith("bcd"):
        packed = bytes.fromhex(f"{int(raw):0{4 * tag.width}d}")
    else:
        packed = struct.pack(">" + FORMAT[tag.type], float(raw) if tag.type.startswith("float") else int(raw))
    words = list(struct.unpack(f">{len(packed) // 2}H", packed))
    if (tag.byte_order or device.byte_order) == "little":
        words = [(word & 0xFF) << 8 | word >> 8 for word in words]
    swapped = (tag.word_order or device.word_order) == "little" and tag.type != "string"
    return words[::-1] if swapped else words


def _refuse_overlap(tags: Sequence[tuple[ModbusDevice, Tag]]) -> None:
    """Two tags on one address cannot both show their number."""
    taken: dict[tuple[str, int, int], int] = {}
    for number, (device, tag) in enumerate(tags):
        bits = range(16) if tag.bit is None else [bit_of(device, tag)]
        for place in range(tag.width * 16):
            address, bit = address_of(tag) + place // 16, place % 16
            other = taken.setdefault((tag.table, address, bit), number) if bit in bits else number
            if other != number:
                raise BadSetting(
                    f"device {device.id}: tags '{tags[other][1].name}' and '{tag.name}' share {tag.table} {address}: "
                    "give each a register of its own in the plant file"
                )
