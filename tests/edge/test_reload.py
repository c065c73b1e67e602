"""A new plant file: what is the same is read on without a break, what is not is told, mistakes change nothing."""

import asyncio
import re
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from config.load import load_plant
from contract.frame import Frame, decode
from contract.gap import Cause
from contract.sample import Quality
from edge.buffer.batch import Batch
from edge.opcua.certificates import Certificates
from edge.opcua.security import Keys
from edge.readers import Changes, Readers
from edge.report import Reports
from laptop.broker import LocalBroker
from runtime.health import Health
from tests.edge.agents import EDGE, Agent, Tags, plant_file, running
from tests.edge.modbus import hostile
from tests.edge.opcua.plc import URI, Plc, now_us
from tests.edge.opcua.wire import Wire
from tests.health import Asked
from tests.support.eventually import until

FreePort = Callable[[], int]
# Patient, so that a busy machine makes no gap of its own.
CALM = {"poll": "100ms", "timeout": "30s", "host": "127.0.0.1"}
WORD = [{"register": 0}]
TWO_WORDS = [{"register": 0}, {"register": 1}]


class CountingPlc:
    """pymodbus's server; register 0 counts how often it was read."""

    def __init__(self, port: int) -> None:
        self.port, self.polls, self.connections = port, 0, 0

    async def read_on(self) -> None:
        """Until it has been read some more."""
        before = self.polls
        await until("more polls", lambda: self.polls >= before + 10)

    async def _count(
        self, function: int, start: int, address: int, count: int, registers: list[int], new: object
    ) -> ExcCodes | None:
        self.polls += 1
        registers[0] = self.polls
        return None

    def _connected(self, connected: bool) -> None:
        self.connections += connected

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["CountingPlc"]:
        words = [SimData(0, values=[0] * 10, datatype=DataType.REGISTERS)]
        server = ModbusTcpServer(
            [SimDevice(1, simdata=words, action=self._count)],
            address=("127.0.0.1", self.port),
            trace_connect=self._connected,
        )
        await server.serve_forever(background=True)
        try:
            yield self
        finally:
            await server.shutdown()


def kept(journal: Path) -> list[Frame]:
    """Every frame of the journal: nobody acknowledges here."""
    with closing(sqlite3.connect(journal)) as file:
        return [decode(payload) for (payload,) in file.execute("SELECT payload FROM frame ORDER BY id")]


def good(frames: list[Frame], machine: str) -> list[float]:
    """The readings of a machine's first tag, each value once."""
    samples = [s for frame in frames for s in frame.samples() if (s.machine, s.tag) == (machine, "t0")]
    values = [s.value for s in samples if s.quality is Quality.GOOD]
    return [value for i, value in enumerate(values) if value is not None and (i == 0 or value != values[i - 1])]


async def test_devices_that_did_not_change_lose_neither_a_sample_nor_their_connection(
    tmp_path: Path, broker: LocalBroker, free_port: FreePort
) -> None:
    """Register 0 counts its reads and the OPC UA server counts too: a value that is missing was lost."""
    asked = Asked(free_port())
    opcua = await Plc(free_port(), {"Count": 0.0}).start()
    capper = {"protocol": "opcua", "url": opcua.url, "poll": "100ms", "timeout": "30s", "queue": 10_000}
    count: Tags = [{"node": f"nsu={URI};s=Count", "type": "float64"}]
    subscriptions = opcua.server.iserver.subscription_service.subscriptions
    async with CountingPlc(free_port()).serving() as press, CountingPlc(free_port()).serving() as other:
        devices: dict[str, tuple[Mapping[str, Any], Tags]] = {
            "press": ({**CALM, "port": press.port}, WORD),
            "capper": (capper, count),
            "other": ({**CALM, "port": other.port}, WORD),
        }
        plant = plant_file(tmp_path / "plant.yaml", devices)
        with running(tmp_path, plant, broker, SHOPFLOOR_HEALTH=f"127.0.0.1:{asked.port}") as agent:
            await until("the subscription", lambda: subscriptions and other.polls > 3)
            await press.read_on()
            # What changes between the first reading and the subscription is not seen.
            counting = asyncio.create_task(count_up(opcua))
            await press.read_on()
            watched = list(subscriptions)
            devices["other"] = ({**CALM, "port": other.port}, TWO_WORDS)
            plant_file(plant, devices)
            await reload(agent, "plant_file_read")
            right = plant.read_text(encoding="utf-8")
            plant.write_text(right.replace("register: 1", "register: 70000"), encoding="utf-8")
            await reload(agent, "plant_file_refused")
            await press.read_on()
            refused = await asyncio.to_thread(asked.ready)
            plant.write_text(right, encoding="utf-8")
            await reload(agent, "plant_file_read")
            await press.read_on()
            accepted = await asyncio.to_thread(asked.ready)
            still_watched = list(subscriptions)
            code = await asyncio.to_thread(agent.end)
            log = agent.text()
        counting.cancel()
    await opcua.stop()
    frames = kept(tmp_path / "data" / "edge" / f"{EDGE}.journal")

    assert code == 0
    assert [frame.seq for frame in frames] == list(range(1, len(frames) + 1))
    assert len({frame.epoch for frame in frames}) == 1
    for machine in ("press", "capper"):
        values = good(frames, machine)
        assert values == [values[0] + n for n in range(len(values))], machine
        assert len(values) >= 30, machine
    assert (press.connections, other.connections) == (1, 2)
    assert still_watched == watched
    assert {gap.device for frame in frames for gap in frame.gaps} == {"other"}
    assert {s.tag for frame in frames for s in frame.samples() if s.machine == "other"} == {"t0", "t1"}
    assert '"added": [], "changed": ["other"], "removed": [], "unchanged": 2' in log
    assert "tags.1: register 70000: the last is 65535" in refused["parts"]["plant file"]["reason"]
    assert (refused["ready"], refused["parts"]["plant file"]["ok"]) == (True, False)
    assert accepted["parts"]["plant file"] == {"ok": True}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc: nobody can see what a process waits with")
async def test_a_reload_during_the_start_is_done_after_it(
    tmp_path: Path, broker: LocalBroker, free_port: FreePort
) -> None:
    plant = plant_file(tmp_path / "plant.yaml", {"press": ({**CALM, "port": free_port()}, WORD)})
    with running(tmp_path, plant, broker, forked=False) as agent:
        status = Path(f"/proc/{agent.process.pid}/status")

        def blocks() -> bool:
            found = re.search(r"^SigBlk:\s*(\w+)$", status.read_text(encoding="utf-8"), flags=re.MULTILINE)
            return found is not None and bool(int(found[1], 16) & 1 << (signal.SIGHUP - 1))

        await until("it to wait with a reload", blocks)
        agent.process.send_signal(signal.SIGHUP)
        await until("the reload", lambda: "plant_file_read" in agent.text())
        code = await asyncio.to_thread(agent.end)

    assert code == 0


async def test_a_machine_without_tags_costs_nothing_and_is_read_once_it_has_some(
    tmp_path: Path, broker: LocalBroker, free_port: FreePort
) -> None:
    async with CountingPlc(free_port()).serving() as press:
        keys = {**CALM, "port": press.port}
        plant = plant_file(tmp_path / "plant.yaml", {"press": (keys, [])})
        with running(tmp_path, plant, broker) as agent:
            await until("the agent", lambda: "node_online" in agent.text())
            untouched = press.connections
            plant_file(plant, {"press": (keys, WORD)})
            await reload(agent, "plant_file_read")
            await press.read_on()
            plant_file(plant, {"press": (keys, [])})
            await reload(agent, "plant_file_read")
            code = await asyncio.to_thread(agent.end)
            log = agent.text()

    assert (untouched, code) == (0, 0)
    assert '"added": ["press"]' in log
    assert '"removed": ["press"]' in log


async def reload(agent: Agent, event: str) -> None:
    """Send SIGHUP and wait until the log tells what came of it."""
    before = agent.text().count(event)
    agent.process.send_signal(signal.SIGHUP)
    await until(event, lambda: agent.text().count(event) > before)


async def count_up(plc: Plc) -> None:
    """One more, faster than it is published."""
    number = 0
    while True:
        number += 1
        await plc.put("Count", float(number))
        await asyncio.sleep(0.02)


@dataclass
class Floor:
    """The readers of one edge in this process, and what they send."""

    readers: Readers
    sent: list[Batch]
    path: Path

    async def now(self, devices: Mapping[str, tuple[Mapping[str, Any], Tags]]) -> Changes:
        """From now on these devices."""
        return await self.readers.change(load_plant(plant_file(self.path, devices)))

    def of(self, series: str, quality: Quality = Quality.GOOD) -> list[int]:
        """The source times of a series' readings of one quality."""
        return [
            int(at)
            for batch in self.sent
            for name, at, found in zip(batch.series, batch.source_us, batch.quality, strict=True)
            if (name, found) == (series, quality)
        ]

    def values(self, series: str) -> list[float]:
        """What was read of a series, in the order in which it was sent."""
        rows = [row for b in self.sent for row in zip(b.series, b.value.tolist(), b.quality, strict=True)]
        return [value for name, value, found in rows if (name, found) == (series, Quality.GOOD)]

    def gaps(self, cause: Cause) -> list[tuple[str, list[str]]]:
        return [(gap.device, list(gap.series)) for b in self.sent for gap in b.gaps if gap.cause is cause]


@asynccontextmanager
async def floor(path: Path, devices: Mapping[str, tuple[Mapping[str, Any], Tags]]) -> AsyncIterator[Floor]:
    """What an agent would run."""
    sent: list[Batch] = []
    health = Health("edge", 90)
    readers = Readers(EDGE, Reports(sent.append, 0), Keys(Certificates(path / "certificates"), {}), health)
    file = path / "plant.yaml"
    readers.prepare(load_plant(plant_file(file, devices)))
    reading = asyncio.create_task(readers.run())
    try:
        yield Floor(readers, sent, file)
    finally:
        reading.cancel()
        await asyncio.wait({reading})
        await readers.close()
    assert reading.cancelled()


async def test_a_changed_device_is_told_as_a_gap_from_its_last_reading_on(tmp_path: Path, free_port: FreePort) -> None:
    async with hostile.Plc(free_port()) as plc:
        keys = CALM | {"port": plc.port}
        async with floor(tmp_path, {"press": (keys, WORD)}) as here:
            await until("a reading", lambda: here.of("press/t0"))
            changes = await here.now({"press": (keys, TWO_WORDS)})
            last = here.of("press/t0")[-1]
            await until("the new tag", lambda: here.of("press/t1"))

    [gap] = [gap for batch in here.sent for gap in batch.gaps]
    assert changes == Changes([], ["press"], [], 0)
    assert (gap.cause, gap.device, list(gap.series)) == (Cause.AGENT_DOWN, "press", ["press/t0"])
    assert gap.from_us >= last
    assert gap.to_us is not None
    assert [gap.from_us + 1] == here.of("press/t0", Quality.BAD)
    assert here.of("press/t1")[0] > gap.from_us


async def test_units_on_one_connection_keep_it_when_a_neighbour_changes_and_leaves(
    tmp_path: Path, free_port: FreePort
) -> None:
    async with hostile.Plc(free_port()) as plc:
        one, two = (CALM | {"port": plc.port, "unit": unit} for unit in (1, 2))
        async with floor(tmp_path, {"one": (one, WORD), "two": (two, WORD)}) as here:
            await until("both", lambda: here.of("one/t0") and here.of("two/t0"))
            await here.now({"one": (one, WORD), "two": (two, TWO_WORDS)})
            await until("the new tag", lambda: here.of("two/t1"))
            changes = await here.now({"one": (one, WORD)})
            asked = len(plc.asked)
            await until("more polls", lambda: len(plc.asked) > asked + 3)

    assert changes == Changes([], [], ["two"], 1)
    assert {request.unit for request in plc.asked[asked:]} == {1}
    assert plc.connections == 1
    assert here.of("one/t0", Quality.BAD) == []
    assert here.gaps(Cause.AGENT_DOWN) == [("two", ["two/t0"]), ("two", ["two/t0", "two/t1"])]


async def test_another_speed_of_the_line_opens_it_anew_for_all_its_units(tmp_path: Path, free_port: FreePort) -> None:
    async with hostile.Plc(free_port()) as plc:
        keys = CALM | {"port": plc.port}
        async with floor(tmp_path, {"press": (keys, WORD)}) as here:
            await until("a reading", lambda: here.of("press/t0"))
            await here.now({"press": (keys | {"in_flight": 2}, WORD)})
            asked = len(plc.asked)
            await until("more polls", lambda: len(plc.asked) > asked + 3)
            lines = len(here.readers.lines)

    assert plc.connections == 2
    assert lines == 1


async def test_an_open_gap_is_ended_by_the_file_that_corrects_the_address(tmp_path: Path, free_port: FreePort) -> None:
    """The collector ends all open gaps of a device for which agent_down comes."""
    async with hostile.Plc(free_port(), hostile.cannot_read(7)) as plc:
        keys = CALM | {"port": plc.port}
        async with floor(tmp_path, {"press": (keys, [{"register": 7}])}) as here:
            await until("the refusal", lambda: here.gaps(Cause.ADDRESS_UNREADABLE))
            await here.now({"press": (keys, [{"register": 8}])})
            await until("a reading", lambda: here.of("press/t0"))

    told = [(gap.cause, gap.to_us is None) for batch in here.sent for gap in batch.gaps]
    assert told == [(Cause.ADDRESS_UNREADABLE, True), (Cause.AGENT_DOWN, False)]


async def test_a_device_that_has_gone_is_no_loop_that_stands_still(tmp_path: Path, free_port: FreePort) -> None:
    async with hostile.Plc(free_port()) as plc:
        keys = CALM | {"port": plc.port}
        async with floor(tmp_path, {"one": (keys, WORD), "two": (keys | {"unit": 2}, WORD)}) as here:
            await until("both", lambda: here.of("one/t0") and here.of("two/t0"))
            await here.now({"one": (keys, WORD)})
            loops = list(here.readers.health.loops)

    assert loops == ["poll one every 0.1 s"]


async def test_what_an_opc_ua_device_missed_while_it_was_started_anew_comes_from_its_history(
    tmp_path: Path, free_port: FreePort
) -> None:
    port = free_port()
    opcua = await Plc(port, {"Count": 0.0, "Other": 1.0}).start()
    await opcua.remember("Count")
    wire = Wire(free_port(), port)
    await wire.mend()
    keys = {"protocol": "opcua", "url": wire.url, "poll": "100ms", "timeout": "30s"}
    count, other = ({"node": f"nsu={URI};s={name}", "type": "float64"} for name in ("Count", "Other"))
    async with floor(tmp_path, {"capper": (keys, [count])}) as here:
        await until("a value", lambda: here.of("capper/t0"))
        await wire.cut()
        began_us = now_us()
        for number in range(1, 6):
            await opcua.put("Count", float(number), began_us + number)
        changes = await here.now({"capper": (keys, [count, other])})
        await wire.mend()
        await until("the new tag", lambda: here.of("capper/t1"))
        await until("the history", lambda: len(set(here.values("capper/t0"))) == 6)
    await wire.cut()
    await opcua.stop()

    assert changes.changed == ["capper"]
    assert [began_us + number for number in range(1, 6)] == sorted(at for at in here.of("capper/t0") if at > began_us)[
        :5
    ]
    assert ("capper", ["capper/t0"]) in here.gaps(Cause.AGENT_DOWN)
