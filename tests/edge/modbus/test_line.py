"""Between request and answer: transports, disturbed answers, and units that share a line."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from contract.gap import Cause
from contract.sample import Quality
from edge.buffer.batch import Batch
from edge.modbus.line import Line
from edge.modbus.source import ModbusSource
from tests.edge.modbus import hostile
from tests.edge.modbus.hostile import Plc
from tests.edge.modbus.peers import (
    SerialLine,
    device,
    libmodbus,
    newest,
    polled,
    pymodbus_serial,
    pymodbus_tcp,
    sim_device,
    source_of,
    words,
)

GOOD, BAD = int(Quality.GOOD), int(Quality.BAD)
HUNDRED = {"holding": range(100), "coil": [1, 0, 1, 1]}


@pytest.fixture
def port(free_port: Callable[[], int]) -> int:
    return free_port()


def values(sent: list[Batch]) -> dict[str, float]:
    """What is GOOD, by series."""
    return {name: value for name, (value, quality) in newest(sent).items() if quality == GOOD}


def shown(*registers: int) -> dict[str, float]:
    """What a device shows whose registers hold their own addresses."""
    return {f"t{i}": float(register) for i, register in enumerate(registers)}


async def test_rtu_frames_over_tcp_from_a_real_server(port: int) -> None:
    source, sent = source_of(device(port=port, transport="rtu-over-tcp", unit=17), words(0, 1, 99))
    async with pymodbus_tcp(port, sim_device(17, HUNDRED), rtu=True):
        await polled(source, 3)

    assert values(sent) == shown(0, 1, 99)
    source.close()


async def test_a_serial_line_with_a_real_server_of_pymodbus(serial_line: SerialLine) -> None:
    source, sent = source_of(device(transport="serial", serial_port=serial_line.ends[0]), words(0, 1, 99))
    async with pymodbus_serial(serial_line.ends[1], sim_device(1, HUNDRED)):
        await polled(source, 3)

    assert values(sent) == shown(0, 1, 99)
    source.close()


async def test_a_serial_line_with_a_real_server_of_libmodbus(serial_line: SerialLine, libmodbus_program: Path) -> None:
    source, sent = source_of(device(transport="serial", serial_port=serial_line.ends[0]), words(0, 1, 99))
    with libmodbus(libmodbus_program, serial_line.ends[1], HUNDRED):
        await polled(source, 3)

    assert values(sent) == shown(0, 1, 99)
    source.close()


async def test_a_disturbed_answer_on_a_serial_line_is_asked_for_again(serial_line: SerialLine) -> None:
    source, sent = source_of(device(transport="serial", serial_port=serial_line.ends[0]), words(*range(50)))
    disturbed = [3]

    def noise(data: bytes) -> bytes:
        disturbed[0] -= 1
        return data if disturbed[0] != 0 else bytes([data[0]]) + bytes(byte ^ 0x40 for byte in data[1:])

    async with pymodbus_serial(serial_line.ends[1], sim_device(1, HUNDRED)):
        serial_line.noise = noise
        for _ in range(4):
            await source.poll()
            assert values(sent) == shown(*range(50))

    assert disturbed[0] < 0
    source.close()


async def test_units_on_one_serial_line_take_turns_and_a_missing_one_is_away(serial_line: SerialLine) -> None:
    plcs = [device(transport="serial", serial_port=serial_line.ends[0], unit=unit) for unit in (1, 2, 3)]
    line = Line(plcs[0])
    sources = [source_of(plc, words(unit, 50), line) for unit, plc in enumerate(plcs)]
    async with pymodbus_serial(serial_line.ends[1], sim_device(1, HUNDRED), sim_device(3, HUNDRED)):
        await asyncio.gather(*(polled(source, 3) for source, _ in sources))

    assert [values(sent) for _, sent in sources] == [shown(0, 50), {}, shown(2, 50)]
    line.close()


async def test_an_adapter_that_is_pulled_is_a_device_that_is_away(serial_line: SerialLine) -> None:
    source, sent = source_of(device(transport="serial", serial_port=serial_line.ends[0]), words(0))
    async with pymodbus_serial(serial_line.ends[1], sim_device(1, HUNDRED)):
        await source.poll()
    serial_line.unplug()
    await polled(source, 2)

    assert values(sent) == {}
    assert [gap.cause for batch in sent for gap in batch.gaps] == [Cause.DEVICE_AWAY]
    source.close()


async def test_a_late_answer_is_never_taken_for_that_to_a_later_request(port: int) -> None:
    """The late answers hold other numbers; each of them arrives while the next request waits for its own."""
    source, sent = source_of(device(port=port, timeout="200ms", retries=0), words(*range(5)))
    async with Plc(port) as plc:
        await source.poll()
        connection = plc.connections
        for _ in range(4):
            plc.mood = hostile.late(0.25)
            await source.poll()
            assert "no answer" in (source.source.trouble or "")
            plc.mood = hostile.slow(0.1)
            await source.poll()
            assert values(sent) == shown(*range(5))

    assert connection == plc.connections == 1
    source.close()


async def test_a_late_rtu_answer_is_waited_for_before_the_unit_is_asked_again(port: int) -> None:
    """RTU frames have no number: nothing but time tells a late answer from that to the next request."""
    source, sent = source_of(device(port=port, transport="rtu-over-tcp", timeout="200ms"), words(*range(5)))
    numbers = [100]

    async def answer(_f: int, _s: int, _a: int, _c: int, registers: list[int], _v: object) -> None:
        numbers[0] += 1
        mine = numbers[0]
        registers[:5] = [mine] * 5
        if mine % 3 == 0:
            await asyncio.sleep(0.3)

    plc = sim_device(1, HUNDRED)
    plc.action = answer
    async with pymodbus_tcp(port, plc, rtu=True):
        for _ in range(9):
            await source.poll()
            assert set(values(sent).values()) <= {float(numbers[0])}

    assert values(sent)
    source.close()


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        (hostile.silent, "no answer within 0.2 s"),
        (hostile.half, "half an answer came, 9 of 19 bytes"),
        (hostile.cut, "the connection was closed by"),
        (hostile.wrong_unit, "an answer of unit 2 instead of unit 1 came"),
        (hostile.other_function, "an answer to function 4 instead of 3 came"),
        (hostile.refuses(11), "exception 11, the gateway has no answer of this unit"),
        (hostile.late(0.15, add=9), ""),
        (hostile.garbage, ""),
        (hostile.flood, ""),
    ],
)
async def test_a_disturbed_answer_is_no_answer_and_the_device_heals_by_itself(
    port: int, mood: hostile.Mood, reason: str
) -> None:
    source, sent = source_of(device(port=port, timeout="200ms"), words(*range(5)))
    async with Plc(port) as plc:
        await source.poll()
        if mood is not hostile.honest and reason:
            plc.mood = mood
            await source.poll()
            assert reason in (source.source.trouble or "")
            assert values(sent) == {}
        else:
            plc.mood = mood
            await polled(source, 3)
        plc.mood = hostile.honest
        await healed(source)

    assert values(sent) == shown(*range(5))
    source.close()


async def healed(source: ModbusSource) -> None:
    """Poll until the device has answered, some seconds at most."""
    await source.poll()
    for _ in range(30):
        if source.source.trouble is None:
            return
        await asyncio.sleep(0.1)
        await source.poll()


async def test_an_answer_that_drips_in_byte_by_byte_is_an_answer(port: int) -> None:
    source, sent = source_of(device(port=port, timeout="2s"), words(*range(5)))
    async with Plc(port, hostile.drip):
        await source.poll()

    assert values(sent) == shown(*range(5))
    source.close()


async def test_a_closed_connection_is_noticed_at_once_and_not_after_the_timeout(port: int) -> None:
    source, _ = source_of(device(port=port, timeout="20s", retries=0), words(0))
    async with Plc(port, hostile.cut):
        began = time.monotonic()
        await source.poll()

    assert time.monotonic() - began < 10
    source.close()


async def test_nobody_listens_and_then_somebody_does(port: int) -> None:
    source, sent = source_of(device(port=port), words(0, 1))
    await source.poll()
    assert source.source.trouble == f"no connection to 127.0.0.1:{port}"

    async with Plc(port):
        await healed(source)

    assert values(sent) == shown(0, 1)
    source.close()


def gateway(port: int, *units: int, **keys: object) -> tuple[Line, list[tuple[ModbusSource, list[Batch]]]]:
    """Units behind one gateway."""
    plcs = [device(id=f"plc-{unit}", port=port, unit=unit, **keys) for unit in units]
    line = Line(plcs[0])
    return line, [source_of(plc, words(unit), line) for unit, plc in zip(units, plcs, strict=True)]


async def test_a_dead_unit_neither_closes_the_connection_of_its_neighbours_nor_takes_their_time(port: int) -> None:
    line, [(dead, dead_sent), (alive, sent)] = gateway(port, 1, 2, timeout="100ms")
    moods = {1: hostile.silent, 2: hostile.honest}
    async with Plc(port, hostile.by_unit(moods)) as plc:
        polls, end = 0, time.monotonic() + 4
        endless = asyncio.create_task(polled(dead, 10_000, rest=0.01))
        while time.monotonic() < end:
            await alive.poll()
            assert values(sent) == {"t0": 2.0}
            polls += 1
            await asyncio.sleep(0.02)
        endless.cancel()
        asked = [a for a in plc.asked if a.unit == 1]

        assert plc.connections == 1
        assert values(dead_sent) == {}
        # Two attempts, and then a request each 900 ms or more.
        assert 2 <= len(asked) <= 2 + 4 / 0.9 + 1
        moods[1] = hostile.honest
        await healed(dead)
    assert polls > 0
    assert values(dead_sent) == {"t0": 1.0}
    line.close()


async def test_when_no_unit_answers_the_connection_is_made_anew(port: int) -> None:
    line, sources = gateway(port, 1, 2, 3, timeout="100ms", retries=0)
    async with Plc(port, hostile.silent) as plc:
        for source, _ in sources:
            await source.poll()
        assert plc.connections == 1
        await sources[0][0].poll()
        assert plc.connections == 2

        plc.mood = hostile.honest
        for source, _ in sources:
            await healed(source)

    assert [values(sent) for _, sent in sources] == [{"t0": 1.0}, {"t0": 2.0}, {"t0": 3.0}]
    line.close()


async def test_several_dead_units_together_take_a_tenth_of_the_line(port: int) -> None:
    line, [*dead, (alive, _)] = gateway(port, 1, 2, 3, 4, 5, timeout="50ms", retries=0)
    moods = dict.fromkeys(range(1, 5), hostile.silent) | {5: hostile.honest}
    async with Plc(port, hostile.by_unit(moods)) as plc:
        await alive.poll()
        for source, _ in dead:
            await source.poll()
        plc.asked.clear()
        tasks = [asyncio.create_task(polled(source, 10_000, rest=0.005)) for source, _ in dead]
        tasks.append(asyncio.create_task(polled(alive, 10_000, rest=0.005)))
        await asyncio.sleep(6)
        for task in tasks:
            task.cancel()

    silent = [a for a in plc.asked if a.unit != 5]
    assert 4 <= len(silent) <= 6 * 0.1 / 0.05 * 1.5
    assert {a.unit for a in silent} == {1, 2, 3, 4}
    line.close()


async def test_a_serial_port_that_cannot_do_what_is_asked_of_it_is_named(serial_line: SerialLine) -> None:
    source, _ = source_of(device(transport="serial", serial_port=serial_line.ends[0], parity="even"), words(0))

    await source.poll()

    # Some systems let a pseudo terminal have a parity, and then nobody answers.
    assert source.source.trouble in (
        f"{serial_line.ends[0]} refuses 19200 baud with parity even",
        "no answer within 0.3 s",
    )
    source.close()
