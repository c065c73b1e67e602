"""The agent cannot write to a PLC: no write function is named in its code, and none is ever heard by a server."""

import ast
import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from asyncua import Client, Node
from asyncua.client.ua_client import UaClient
from pymodbus.client.mixin import ModbusClientMixin
from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusSerialServer, ModbusTcpServer

from config.modbus import BIT_TABLES, WIDTHS
from laptop.broker import LocalBroker
from tests.edge.agents import plant_file, running
from tests.edge.modbus import hostile
from tests.edge.modbus.hostile import Plc
from tests.edge.modbus.peers import SerialLine, pymodbus_serial, pymodbus_tcp, sim_device

CODE = sorted(Path("edge").glob("**/*.py"))
READ_FUNCTIONS = {1, 2, 3, 4}
READING = {"read_coils", "read_discrete_inputs", "read_holding_registers", "read_input_registers"}
# What a client of pymodbus can ask a device for, but for the four functions that read; `execute` sends anything.
MODBUS_WRITES = {
    name for name in dir(ModbusClientMixin) if not name.startswith(("_", "convert_", "DATATYPE"))
} - READING
CHANGING = re.compile(
    r"write|call_|add_|set_(value|attr|data_value|writable|read_only|event)|history_update|delete_nodes"
)
OPCUA_WRITES = {name for kind in (Client, Node, UaClient) for name in dir(kind) if CHANGING.match(name)}


def names_in(tree: ast.AST) -> Iterator[str]:
    """Every name that code can call something by, imports and texts given to getattr included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.name.rpartition(".")[2]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            yield node.args[1].value if isinstance(node.args[1], ast.Constant) else "getattr by a computed name"


def test_the_lists_of_write_functions_are_not_empty() -> None:
    assert {"write_register", "write_registers", "write_coil", "mask_write_register", "execute"} <= MODBUS_WRITES
    assert {"write_value", "write_attribute", "call_method", "set_value", "write", "add_nodes"} <= OPCUA_WRITES
    assert len(CODE) > 10


@pytest.mark.parametrize("path", CODE, ids=[path.name for path in CODE])
def test_no_write_function_is_named_in_the_agent(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    text = path.read_text(encoding="utf-8")
    speaks_modbus, speaks_opcua = "pymodbus" in text, "asyncua" in text
    forbidden = (MODBUS_WRITES if speaks_modbus else set()) | (OPCUA_WRITES if speaks_opcua else set())

    used = set(names_in(tree))

    assert used & forbidden == set()
    # A computed name could be any: allowed only where no client is in reach, as for the fields of a structure.
    assert "getattr by a computed name" not in used or not (speaks_modbus or {"Client", "Node"} & used)
    assert not [name for name in used if re.search(r"Write\w*(Request|Response|Parameters|Value)", name)]


def all_tags(gap: int) -> list[dict[str, object]]:
    """Every type in every table, in every order, with holes between them."""
    tags: list[dict[str, object]] = []
    for table in ("coil", "discrete", "holding", "input"):
        address = 0
        for kind, width in WIDTHS.items():
            if (table in BIT_TABLES) != (kind == "bool"):
                continue
            for byte, word in (("big", "big"), ("little", "little")):
                order = {"byte_order": byte, "word_order": word}
                tags.append({"register": address, "table": table, "type": kind} | order)
                address += width + gap
        if table not in BIT_TABLES:
            tags.append({"register": address, "table": table, "type": "bool", "bit": 3, "poll": "150ms"})
            tags.append({"register": address, "table": table, "type": "string", "length": 7})
    # One that no device has.
    return [*tags, {"register": 40_000, "poll": "100ms", "deadband_percent": 5}]


TABLES = {"holding": range(120), "input": range(120), "coil": [1, 0] * 60, "discrete": [0, 1] * 60}
LIMITS = ({}, {"max_registers": 4, "max_bits": 1, "max_gap": 0, "in_flight": 3, "pause": "1ms"}, {"retries": 3})
MOODS = {
    name: getattr(hostile, name)
    for name in ("silent", "half", "cut", "wrong_unit", "other_function", "too_few", "garbage", "drip")
} | {f"refuses-{code}": hostile.refuses(code) for code in (1, 2, 3, 4, 5, 6, 10, 11)}


async def test_no_server_ever_hears_anything_but_the_four_functions_that_read(
    tmp_path: Path, broker: LocalBroker, free_port: Callable[[], int], serial_line: SerialLine
) -> None:
    heard: set[int] = set()
    count = 0

    def hear(sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        nonlocal count
        if not sending:
            heard.add(pdu.function_code)
            count += 1
        return pdu

    plcs = [Plc(free_port(), mood) for mood in MOODS.values()]
    devices: dict[str, tuple[dict[str, object], list[dict[str, object]]]] = {}
    async with AsyncExitStack() as stack:
        servers: list[ModbusTcpServer | ModbusSerialServer] = []
        for number, limits in enumerate(LIMITS):
            for transport in ("tcp", "rtu-over-tcp"):
                port, rtu = free_port(), transport != "tcp"
                servers.append(await stack.enter_async_context(pymodbus_tcp(port, sim_device(9, TABLES), rtu=rtu)))
                place = {"host": "127.0.0.1", "port": port, "transport": transport, "unit": 9}
                devices[f"{transport}-{number}"] = (
                    place | {"poll": "200ms", "timeout": "1s"} | limits,
                    all_tags(number),
                )
        place = {"transport": "serial", "serial_port": serial_line.ends[0], "parity": "none", "unit": 9}
        servers.append(await stack.enter_async_context(pymodbus_serial(serial_line.ends[1], sim_device(9, TABLES))))
        devices["serial"] = (place | {"poll": "200ms", "timeout": "1s"}, all_tags(2))
        for server in servers:
            server.trace_pdu = hear
        for name, plc in zip(MOODS, plcs, strict=True):
            await stack.enter_async_context(plc)
            place = {"host": "127.0.0.1", "port": plc.port, "poll": "100ms", "timeout": "200ms"}
            devices[name.replace("_", "-")] = (place, all_tags(0))
        with running(tmp_path, plant_file(tmp_path / "plant.yaml", devices), broker) as agent:
            for _ in range(100):
                await asyncio.sleep(0.2)
                if count > 500 and all(len(plc.asked) > 5 for plc in plcs):
                    break
            code = await asyncio.to_thread(agent.end)

    assert code == 0, agent.text()[-2000:]
    assert heard == READ_FUNCTIONS
    assert count > 500
    for name, plc in zip(MOODS, plcs, strict=True):
        assert plc.asked, name
        assert {asked.function for asked in plc.asked} <= READ_FUNCTIONS, name
