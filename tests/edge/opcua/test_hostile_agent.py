"""One agent, OPC UA servers that misbehave in every way, and devices that do not: these are read on schedule."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from asyncua import ua

from laptop.broker import LocalBroker
from tests.edge.agents import Agent, plant_file, running
from tests.edge.beats import told
from tests.edge.modbus import hostile
from tests.edge.opcua import wire as opcua_wire
from tests.edge.opcua.plc import URI, Plc
from tests.edge.opcua.wire import Mood, Wire

PERIOD_S = 0.1
WINDOW_S = 8.0
CODES = ua.StatusCodes
NAMES = [f"V{number}" for number in range(12)]
LOST: dict[str, Mood] = {
    "silent": opcua_wire.silent,
    "too-slow": opcua_wire.slow(1.5),
    "half": opcua_wire.half,
    "cut": opcua_wire.cut,
    "garbage": opcua_wire.garbage,
    "huge": opcua_wire.huge,
    "no-publish": opcua_wire.no_publish,
    "shuts-down": opcua_wire.refuses(int(CODES.BadShutdown), ua.ReadRequest, ua.PublishRequest),
}
# These cost no connection, or not always.
BORNE: dict[str, Mood] = {
    "babble": opcua_wire.babble,
    "slow": opcua_wire.slow(0.4),
    "at-most-five": opcua_wire.at_most(5),
    "clock": opcua_wire.clock(timedelta(days=9_000)),
    "no-time": opcua_wire.clock(timedelta(days=150_000)),
}
TAGS: list[dict[str, Any]] = [{"node": f"nsu={URI};s={name}", "type": "float64"} for name in NAMES]
MISSING: dict[str, Any] = {"node": f"nsu={URI};s=Missing", "type": "float64"}
REGISTERS: list[dict[str, Any]] = [{"register": register} for register in range(60)]
PACE = {"poll": f"{PERIOD_S}s", "timeout": "1s"}


def opcua(wire: Wire, **more: Any) -> dict[str, Any]:
    return {"protocol": "opcua", "url": wire.url, "heartbeat": "1s", **PACE, **more}


def events(agent: Agent, event: str) -> Counter[str]:
    """How often an event was told of each device."""
    lines = [json.loads(line) for line in agent.text().splitlines() if line.startswith("{")]
    return Counter(line["device"] for line in lines if line.get("event") == event)


async def wait(agent: Agent, what: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}: {agent.text()[-3000:]}"
        await asyncio.sleep(0.1)


async def test_good_devices_are_read_on_schedule_beside_hostile_opc_ua_servers_which_all_recover(
    tmp_path: Path, broker: LocalBroker, free_port: Callable[[], int], capsys: Any
) -> None:
    plc = await Plc(free_port(), dict.fromkeys(NAMES, 1.0)).start()
    moody = {name: Wire(free_port(), plc.port) for name in LOST | BORNE}
    good = {name: Wire(free_port(), plc.port) for name in ("told", "polled", "one-missing")}
    modbus = {f"modbus-{number}": hostile.Plc(free_port()) for number in range(2)}
    devices: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
        name: (opcua(wire), TAGS) for name, wire in moody.items()
    }
    devices |= {name: (opcua(wire, read="poll"), TAGS) for name, wire in good.items()}
    devices["told"] = (opcua(good["told"]), TAGS)
    devices["one-missing"] = (opcua(good["one-missing"], read="poll"), [MISSING, *TAGS])
    devices |= {
        name: ({"host": "127.0.0.1", "port": device.port, **PACE}, REGISTERS) for name, device in modbus.items()
    }
    async with AsyncExitStack() as stack:
        for device in modbus.values():
            await stack.enter_async_context(device)
        for wire in (moody | good).values():
            await wire.mend()
            stack.push_async_callback(wire.cut)
        agent = stack.enter_context(running(tmp_path, plant_file(tmp_path / "plant.yaml", devices), broker))
        polled = (good["polled"], good["one-missing"])
        await wait(agent, "every server", lambda: all(len(wire.reads) > 2 for wire in (moody | good).values()))
        await wait(agent, "both PLCs", lambda: all(device.asked for device in modbus.values()))

        for name, mood in (LOST | BORNE).items():
            moody[name].mood = mood
        await asyncio.sleep(1)
        begin = time.monotonic()
        await asyncio.sleep(WINDOW_S)
        end = time.monotonic()
        await wait(agent, "all to be lost", lambda: events(agent, "plc_lost").keys() >= LOST.keys())
        await wait(agent, "a word of the clock", lambda: events(agent, "server_clock_wrong")["clock"] > 0)
        for wire in moody.values():
            wire.mood = opcua_wire.honest
        await wait(agent, "all to be back", lambda: events(agent, "plc_back") == events(agent, "plc_lost"))
        code = await asyncio.to_thread(agent.end)

    await plc.stop()
    polls = [[at for at in wire.reads if begin <= at < end] for wire in polled]
    polls += [[asked.at for asked in device.asked if begin <= asked.at < end] for device in modbus.values()]
    due = (end - begin) / PERIOD_S
    with capsys.disabled():
        print(f"\ngood devices beside {len(moody)} hostile OPC UA servers: {told(polls, PERIOD_S, due)}")
    assert code == 0
    # One hostile server that held up the others for its time-out would take ten polls of theirs each second.
    assert min(map(len, polls)) > 0.8 * due
    assert not events(agent, "plc_lost").keys() & (good.keys() | modbus.keys())
    assert events(agent, "bad_value")["one-missing"] == 1
    assert "Traceback" not in agent.text()
