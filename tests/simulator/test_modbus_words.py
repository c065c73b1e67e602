"""A number in registers reads back in every type and both orders."""

import pytest
from pymodbus.client import ModbusTcpClient

from config.device import ModbusDevice, Tag
from simulator.modbus import words_of

TYPES = {
    "int16": -1234,
    "uint16": 65535,
    "int32": -123456789,
    "uint32": 4294967295,
    "int64": -(2**40) - 3,
    "uint64": 2**63 + 5,
    "float32": -0.5,
    "float64": 1e-9,
}


@pytest.mark.parametrize("word_order", ["big", "little"])
@pytest.mark.parametrize("name", TYPES)
def test_pymodbus_reads_back_what_was_shown(name: str, word_order: str) -> None:
    device = ModbusDevice(id="d", edge="e", protocol="modbus", host="h", word_order=word_order)
    tag = Tag(name="t", register=0, type=name)

    words = words_of(device, tag, TYPES[name])

    kind = getattr(ModbusTcpClient.DATATYPE, name.upper())
    assert TYPES[name] == ModbusTcpClient.convert_from_registers(words, kind, word_order=word_order)


def test_little_byte_order_swaps_the_two_bytes_of_each_register() -> None:
    device = ModbusDevice(id="d", edge="e", protocol="modbus", host="h", byte_order="little")

    assert words_of(device, Tag(name="t", register=0, type="uint32"), 0x11223344) == [0x2211, 0x4433]
