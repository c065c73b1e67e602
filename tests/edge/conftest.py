"""What the agent's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.modbus.peers import SerialLine, build_libmodbus
from tests.edge.opcua.peer import build_open62541


@pytest.fixture(scope="session")
def libmodbus_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Modbus server made of libmodbus, compiled here."""
    built = build_libmodbus(tmp_path_factory.mktemp("libmodbus"))
    if isinstance(built, str):
        pytest.skip(built)
    return built


@pytest.fixture(scope="session")
def open62541_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OPC UA server made of open62541, compiled here."""
    built = build_open62541(tmp_path_factory.mktemp("open62541"))
    if isinstance(built, str):
        pytest.skip(built)
    return built


@pytest.fixture
def serial_line() -> Iterator[SerialLine]:
    """A serial line whose two ends are named in `ends`."""
    line = SerialLine()
    yield line
    line.unplug()
