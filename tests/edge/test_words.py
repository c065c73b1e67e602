"""Registers of an answer as one block, from a real server and from one that lies."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pymodbus.exceptions import ModbusIOException
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from config.device import ModbusDevice, Tag
from contract.sample import Quality
from edge.batch import Batch
from edge.channel import Channel
from edge.modbus import Connection, ModbusSource
from edge.words import HoldingWords, InputWords

TAGS = [
    {"name": "coil", "register": 3, "table": "coil", "type": "bool"},
    {"name": "discrete", "register": 3, "table": "discrete", "type": "bool"},
    {"name": "holding", "register": 3},
    {"name": "input", "register": 3, "table": "input"},
    {"name": "wide", "register": 4, "type": "int32"},
]


async def test_each_table_of_a_device_gives_its_own_numbers(free_port: Callable[[], int]) -> None:
    port = free_port()
    tables = [
        SimData(0, values=[False, False, False, True], datatype=DataType.BITS),
        SimData(0, values=[False] * 4, datatype=DataType.BITS),
        SimData(0, values=[0, 1, 2, 40_003, 0xFFFF, 0xFFFE], datatype=DataType.REGISTERS),
        SimData(0, values=[0, 1, 2, 30_003], datatype=DataType.REGISTERS),
    ]
    plc = SimDevice(1, simdata=tuple([table] for table in tables))
    server = ModbusTcpServer([plc], address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    device = ModbusDevice(id="plc", edge="edge-1", protocol="modbus", host="127.0.0.1", port=port)
    channels = [Channel("press-1", Tag.model_validate(tag), timedelta(hours=1)) for tag in TAGS]
    sent: list[Batch] = []
    source = ModbusSource(device, channels, Connection("127.0.0.1", port, 2.0), sent.append)

    await source.poll()

    source.close()
    await server.shutdown()
    read = {name: value for batch in sent for name, value in zip(batch.series, batch.value.tolist(), strict=True)}
    expected = {"coil": 1.0, "discrete": 0.0, "holding": 40_003.0, "input": 30_003.0, "wide": -2.0}
    assert read == {f"press-1/{name}": value for name, value in expected.items()}
    assert {quality for batch in sent for quality in batch.quality.tolist()} == {int(Quality.GOOD)}


@pytest.mark.parametrize("answer", [HoldingWords, InputWords])
def test_an_answer_gives_its_registers(answer: type[HoldingWords]) -> None:
    words = answer()

    words.decode(bytes([4, 0x12, 0x34, 0xFF, 0xFE]))

    assert words.block.tolist() == [0x1234, 0xFFFE]


@pytest.mark.parametrize("data", [bytes([4, 0, 1]), bytes([3, 0, 1, 2]), bytes([2])], ids=["short", "odd", "none"])
def test_an_answer_that_is_shorter_than_it_says_is_no_answer(data: bytes) -> None:
    with pytest.raises(ModbusIOException):
        HoldingWords().decode(data)
