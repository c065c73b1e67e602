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


@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize(
    ("keys", "raw", "shown"),
    [
        ({"type": "bcd16"}, 1234, "1234"),
        ({"type": "bcd32"}, 12345678, "12345678"),
        ({"type": "string", "length": 6}, "R-17", "522d31370000"),
        ({"type": "string", "length": 3}, "too long", "746f6f00"),
    ],
)
def test_decimals_and_texts_are_shown_digit_by_digit(
    keys: dict[str, object], raw: int | str, shown: str, order: str
) -> None:
    device = ModbusDevice(id="d", edge="e", protocol="modbus", host="h", byte_order=order, word_order=order)
    tag = Tag.model_validate({"name": "t", "register": 0, "byte_order": "big", "word_order": "big"} | keys)

    words = words_of(device, tag, raw)

    assert shown == "".join(f"{word:04x}" for word in words)


def test_little_byte_order_swaps_the_two_bytes_of_each_register() -> None:
    device = ModbusDevice(id="d", edge="e", protocol="modbus", host="h", byte_order="little")

    assert words_of(device, Tag(name="t", register=0, type="uint32"), 0x11223344) == [0x2211, 0x4433]
