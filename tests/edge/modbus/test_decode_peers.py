"""Every decode case, read over a real network from two real servers: pymodbus, and libmodbus in C."""

import asyncio
import math
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from contract.sample import TEXT, Quality
from tests.edge.modbus.cases import NAMES, ROWS, Memory, case_of, same
from tests.edge.modbus.peers import device, libmodbus, newest, pymodbus_tcp, sim_device, source_of

Answers = dict[str, tuple[Any, int]]
CASES = [case_of(row) for row in ROWS]
MEMORY = Memory(CASES)


async def read(port: int, serve: bool) -> Answers:
    source, sent = source_of(device(port=port, timeout="5s"), MEMORY.tags)
    async with pymodbus_tcp(port, sim_device(1, MEMORY.tables)) if serve else nullcontext():
        await source.poll()
    source.close()
    return newest(sent)


@pytest.fixture(scope="module")
def from_pymodbus(free_port: Callable[[], int]) -> Answers:
    return asyncio.run(read(free_port(), serve=True))


@pytest.fixture(scope="module")
def from_libmodbus(libmodbus_program: Path, free_port: Callable[[], int]) -> Answers:
    port = free_port()
    with libmodbus(libmodbus_program, port, MEMORY.tables):
        return asyncio.run(read(port, serve=False))


def shows(answers: Answers, row: dict[str, Any]) -> bool:
    case = case_of(row)
    value, quality = answers[f"t{ROWS.index(row)}"]
    if isinstance(case.expected, str):
        told = Quality.UNCERTAIN if "\ufffd" in case.expected else Quality.GOOD
        return case.expected == value and quality == told + TEXT
    if not math.isfinite(case.expected):
        return math.isnan(value) and quality == Quality.BAD
    # From 2^53 on two whole numbers are one float: it cannot be told which one was shown.
    whole = case.type in ("int64", "uint64") and abs(case.expected) >= 2**53
    return same(case, value) and quality == (Quality.UNCERTAIN if whole else Quality.GOOD)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_pymodbus_sends_what_the_device_shows(from_pymodbus: Answers, row: dict[str, Any]) -> None:
    assert shows(from_pymodbus, row)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_libmodbus_sends_what_the_device_shows(from_libmodbus: Answers, row: dict[str, Any]) -> None:
    assert shows(from_libmodbus, row)
