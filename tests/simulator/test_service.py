"""Real clients read from the simulated PLCs what its truth says, at any moment and at rest."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from asyncua import Client, ua
from pymodbus.client import AsyncModbusTcpClient

from config.device import ModbusDevice, Role, Tag
from config.plant import Plant
from runtime.settings import BadSetting
from simulator.pace import Pace
from simulator.service import now_us, run, simulate
from tests.simulator.plants import demo_plant, demo_text, odd_plant
from tests.support.eventually import until
from tests.truth import Truth, read_truth

FreePort = Callable[[], int]
DATATYPE = AsyncModbusTcpClient.DATATYPE


@asynccontextmanager
async def running(plant: Plant, truth: Path, stop_after: timedelta | None = None) -> AsyncIterator[None]:
    """The simulator as a task of this test; it is served when its truth has begun."""
    stop: list[bool] = []
    task = asyncio.create_task(
        simulate(
            plant,
            1,
            truth,
            logger_folder=None,
            history=timedelta(0),
            pace=Pace.lively(),
            stop_after=stop_after,
            stopping=lambda: bool(stop),
        )
    )
    await until("its first events", lambda: task.done() or (truth.exists() and bool(read_truth(truth).events)))
    try:
        yield
    finally:
        stop.append(True)
        await task


def counts_at(truth: Truth, machine: str, at_us: int) -> int:
    """The total count that the truth shows at a moment."""
    count = 0
    for event in truth.events:
        if event.get("machine") == machine and int(str(event["at_us"])) <= at_us:
            if event["event"] == "counters":
                count = int(str(event["total"]))
            elif event["event"] == "reset":
                count = 0
            elif event["event"] == "part":
                count += 1
    return count


def all_stopped(truth: Truth) -> bool:
    return all(list(truth.of(machine, "state"))[-1]["state"] == "stopped" for machine in truth.machines)


def truth_end(path: Path) -> int:
    return read_truth(path).end_us


def totals(truth: Truth, machine: str) -> set[int]:
    """Every total count that the truth has ever shown."""
    return {counts_at(truth, machine, int(str(event["at_us"]))) for event in truth.events}


def state_at(truth: Truth, machine: str, at_us: int) -> str:
    """The state that the truth shows at a moment."""
    return next(i.word for i in truth.states(machine) if i.from_us <= at_us < i.to_us)


async def read_modbus(client: AsyncModbusTcpClient, device: ModbusDevice, tag: Tag) -> float:
    """One tag by a real client."""
    assert tag.register_ is not None
    if tag.type == "bool":
        read = client.read_coils if tag.table == "coil" else client.read_discrete_inputs
        return float((await read(tag.register_, count=1, device_id=device.unit)).bits[0])
    kind = getattr(DATATYPE, tag.type.upper())
    fetch = client.read_holding_registers if tag.table == "holding" else client.read_input_registers
    answer = await fetch(tag.register_, count=kind.value[1], device_id=device.unit)
    words = [(w & 0xFF) << 8 | w >> 8 if device.byte_order == "little" else w for w in answer.registers]
    number = client.convert_from_registers(words, kind, word_order=device.word_order)
    assert isinstance(number, int | float)
    return float(number)


async def test_a_modbus_client_sees_at_any_moment_what_the_truth_says(tmp_path: Path, free_port: FreePort) -> None:
    plant = demo_plant(free_port)
    machine = plant.machine("weld-1")
    device = plant.device(machine.device)
    assert isinstance(device, ModbusDevice)
    tags = [tag for role in (Role.TOTAL_COUNT, Role.STATE) if (tag := machine.tag_of(role))]
    seen: list[tuple[int, float, int, float, int]] = []

    async with running(plant, tmp_path / "truth"):
        client = AsyncModbusTcpClient(device.host, port=device.port)
        await client.connect()
        async with asyncio.timeout(60):
            while len({state for *_, state, _ in seen}) < 3 or seen[-1][1] < seen[0][1] + 10:
                a = now_us()
                total = await read_modbus(client, device, tags[0])
                b = now_us()
                state = await read_modbus(client, device, tags[1])
                seen.append((a, total, b, state, now_us()))
                await asyncio.sleep(0.05)
        client.close()

    truth = read_truth(tmp_path / "truth")
    for a, total, b, state, c in seen:
        assert counts_at(truth, machine.id, a) <= total <= counts_at(truth, machine.id, b)
        assert tags[1].states[int(state)] in {state_at(truth, machine.id, b), state_at(truth, machine.id, c)}


async def test_an_opcua_source_time_is_the_moment_of_the_change_in_the_truth(
    tmp_path: Path, free_port: FreePort
) -> None:
    plant = demo_plant(free_port)
    machine = plant.machine("pack-1")
    seen: dict[str, list[tuple[int, int]]] = {"state": [], "total": []}

    class Listener:
        def datachange_notification(self, node: object, value: int, data: ua.DataChangeNotification) -> None:
            at = data.monitored_item.Value.SourceTimestamp
            seen[str(node).rsplit(".", 1)[1]].append((round(at.timestamp() * 1e6), value))

    async with running(plant, tmp_path / "truth"), Client(plant.device(machine.device).url) as client:
        index = await client.get_namespace_index("urn:shopfloor:simulator")
        subscription = await client.create_subscription(50, Listener())
        nodes = [client.get_node(f"ns={index};s=pack-1.{name}") for name in seen]
        await subscription.subscribe_data_change(nodes, queuesize=100, sampling_interval=10)
        await until("all readings", lambda: len(seen["state"]) > 4 and len(seen["total"]) > 6, 60)
        await subscription.delete()

    truth = read_truth(tmp_path / "truth")
    words = {word: code for code, word in machine.tags[0].states.items()}
    states = {(event["at_us"], words[str(event["state"])]) for event in truth.of("pack-1", "state")}
    parts = {event["at_us"] for kind in ("part", "reset") for event in truth.of("pack-1", kind)}
    assert states >= set(seen["state"][1:])
    assert parts >= {at for at, _ in seen["total"][1:]}


async def test_at_rest_every_counter_of_every_plc_equals_the_truth(tmp_path: Path, free_port: FreePort) -> None:
    plant, path = demo_plant(free_port), tmp_path / "truth"
    shown: dict[tuple[str, Role], float] = {}

    async with running(plant, path, stop_after=timedelta(seconds=10)):
        await until("all machines at rest", lambda: all_stopped(read_truth(path)))
        for machine in plant.machines:
            for tag in machine.tags:
                shown[machine.id, tag.role] = await read_once(plant, machine.device, tag)

    truth = read_truth(path)
    for machine in plant.machines:
        assert shown[machine.id, Role.STATE] == 0
        assert truth.counts(machine.id).total > 5
        for role, name in ((Role.TOTAL_COUNT, "total"), (Role.SCRAP_COUNT, "scrap")):
            tag = machine.tag_of(role)
            assert tag is not None
            assert sum(truth.shown(machine.id)[name]) % (tag.wraps_at or 0) == shown[machine.id, role]


async def read_once(plant: Plant, device_id: str, tag: Tag) -> float:
    """One tag over a connection of its own."""
    device = plant.device(device_id)
    if isinstance(device, ModbusDevice):
        client = AsyncModbusTcpClient(device.host, port=device.port)
        await client.connect()
        number = await read_modbus(client, device, tag)
        client.close()
        return number
    async with Client(device.url) as session:
        uri, rest = (tag.node or "").removeprefix("nsu=").split(";", 1)
        index = int(uri.removeprefix("ns=")) if uri.startswith("ns=") else await session.get_namespace_index(uri)
        return float(await session.get_node(f"ns={index};{rest}").read_value())


async def test_every_table_type_order_and_unit_of_the_plant_file_can_be_read(
    tmp_path: Path, free_port: FreePort
) -> None:
    plant, path = odd_plant(free_port), tmp_path / "truth"

    async with running(plant, path):
        await until("parts", lambda: all(read_truth(path).counts(machine).total > 2 for machine in "abc"))
        seen = {
            f"{machine.id}.{tag.name}": await read_once(plant, machine.device, tag)
            for machine in plant.machines
            for tag in machine.tags
        }

    truth = read_truth(path)
    assert seen["a.state"] in (2, 5)
    assert seen["c.state"] in (0, 1, 9)
    assert {seen["a.door"], seen["b.lamp"], seen["c.open"]} <= {0, 1}
    assert 0 <= seen["a.good"] < 1000
    assert 15 < seen["b.torque"] < 25  # (50 - 10) / 2
    assert seen["b.total"] in totals(truth, "b")
    assert seen["c.total"] in totals(truth, "c")


async def test_what_the_plant_file_does_not_name_is_refused_by_the_plc(tmp_path: Path, free_port: FreePort) -> None:
    plant = odd_plant(free_port)
    device = plant.device("one")
    assert isinstance(device, ModbusDevice)

    async with running(plant, tmp_path / "truth"):
        client = AsyncModbusTcpClient(device.host, port=device.port)
        await client.connect()
        beyond = await client.read_holding_registers(500, count=2, device_id=1)
        written = await client.write_register(100, 5, device_id=1)
        client.close()

    assert beyond.isError()
    assert written.isError()


@pytest.mark.parametrize("which", ["press-2-plc", "packing-plc"])
def test_a_taken_port_is_one_clear_line_that_names_the_device(which: str, tmp_path: Path, free_port: FreePort) -> None:
    plant = demo_plant(free_port)
    device = plant.device(which)
    port = device.port if isinstance(device, ModbusDevice) else int(device.url.rsplit(":", 1)[1])

    with socket.create_server(("127.0.0.1", port)), pytest.raises(BadSetting, match=f"{which}.*{port}") as caught:
        run(plant, 1, tmp_path / "truth", tmp_path / "logger", timedelta(hours=8), Pace.normal())

    assert "\n" not in str(caught.value)
    assert not (tmp_path / "logger").exists()


def test_it_lives_through_the_past_goes_on_live_stops_when_asked_and_starts_again(
    tmp_path: Path, free_port: FreePort
) -> None:
    plant_file, truth_file, logger = tmp_path / "plant.yaml", tmp_path / "truth", tmp_path / "logger"
    plant_file.write_text(demo_text(free_port), encoding="utf-8")
    code = (
        "import sys; from datetime import timedelta; from pathlib import Path; from config.load import load_plant;"
        "from simulator.service import run; from simulator.pace import Pace; a, b, c = map(Path, sys.argv[1:]);"
        "sys.exit(run(load_plant(a), 1, b, c, timedelta(minutes=10), Pace.lively()))"
    )

    for start in (1, 2):
        log = (tmp_path / f"log-{start}").open("wb")
        arguments = [sys.executable, "-c", code, str(plant_file), str(truth_file), str(logger)]
        process = subprocess.Popen(arguments, stderr=log, env={**os.environ, "PYTHONPATH": "."})
        deadline = time.monotonic() + 40
        while b"simulator_ready" not in (tmp_path / f"log-{start}").read_bytes():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert start * 2 == len(list(logger.iterdir()))
        ready_us = now_us()
        while truth_end(truth_file) < ready_us:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)  # the machine is as busy as can be: the simulator gets no time at all
        process.send_signal(signal.SIGCONT)
        resumed_us = now_us()
        while truth_end(truth_file) < resumed_us + 3_000_000:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        log.close()

    truth = read_truth(truth_file)
    starts = [event for event in truth.events if event["event"] == "start"]
    stops = [event for event in truth.events if event["event"] == "stop"]
    times = [int(str(event["at_us"])) for event in truth.events]
    assert sorted(times) == times
    assert [event["run"] for event in starts] == [0, 1]
    assert stops[0]["at_us"] == starts[1]["at_us"]
    assert all(any(e["at_us"] == starts[1]["at_us"] for e in truth.of(m, "reset")) for m in truth.machines)
    ends = {int(str(event["at_us"])) for event in (*starts, *stops)}
    for machine in truth.machines:
        intervals = truth.states(machine)
        assert truth.start_us == intervals[0].from_us
        assert all(a.to_us == b.from_us for a, b in pairwise(intervals))
        assert all(i.to_us - i.from_us > 850_000 for i in intervals if not {i.from_us, i.to_us} & ends)
