"""Gateways that break the rules of Modbus TCP: what can be read is read, and no wrong value is ever GOOD."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from pydantic import ValidationError

from contract.sample import Quality
from edge.buffer.batch import Batch
from edge.modbus.line import Line
from edge.modbus.source import ModbusSource
from tests.edge.modbus import hostile
from tests.edge.modbus.hostile import Mood, Plc
from tests.edge.modbus.peers import device, newest, polled, source_of, words

REGISTERS = (0, 1, 2, 200, 201)
ANY_ID = {"transaction_id": "any"}
IDS: dict[str, Mood] = {
    "always 0": hostile.numbered(lambda _: 0),
    "one more": hostile.numbered(lambda number: number + 1),
    "one less": hostile.numbered(lambda number: number - 1),
}


@pytest.fixture
def port(free_port: Callable[[], int]) -> int:
    return free_port()


def good(sent: list[Batch]) -> dict[str, float]:
    return {name: value for name, (value, quality) in newest(sent).items() if quality == Quality.GOOD}


def truth(*registers: int) -> dict[str, float]:
    return {f"t{i}": float(register) for i, register in enumerate(registers)}


async def _taken(source: ModbusSource, sent: list[Batch]) -> None:
    """Poll until all registers are read; a machine that is busy may be late for a few polls."""
    for _ in range(20):
        await source.poll()
        if good(sent) == truth(*REGISTERS):
            return


@pytest.mark.parametrize("mood", IDS.values(), ids=IDS)
async def test_an_answer_with_another_transaction_id_is_taken_only_where_the_plant_file_says_so(
    port: int, mood: Mood
) -> None:
    async with Plc(port, mood):
        strict, refused = source_of(device(port=port, retries=0), words(*REGISTERS))
        lenient, taken = source_of(device(port=port, **ANY_ID), words(*REGISTERS))
        await strict.poll()
        await _taken(lenient, taken)

    assert good(refused) == {}
    assert "'transaction_id: any'" in (strict.source.trouble or "")
    assert good(taken) == truth(*REGISTERS)
    strict.close()
    lenient.close()


@pytest.mark.parametrize("unit", [0, 7, 255])
async def test_an_answer_of_another_unit_is_taken_only_where_the_plant_file_says_so(port: int, unit: int) -> None:
    async with Plc(port, hostile.answers_as(unit)):
        strict, refused = source_of(device(port=port, retries=0), words(*REGISTERS))
        lenient, taken = source_of(device(port=port, answer_units=[unit]), words(*REGISTERS))
        await strict.poll()
        await _taken(lenient, taken)

    assert good(refused) == {}
    assert f"'answer_units: [{unit}]'" in (strict.source.trouble or "")
    assert good(taken) == truth(*REGISTERS)
    strict.close()
    lenient.close()


async def test_a_late_answer_without_a_transaction_id_is_never_taken_for_that_to_a_later_request(port: int) -> None:
    """Two requests a poll for as many registers each; now and then an answer comes when the next one is asked."""
    source, sent = source_of(device(port=port, timeout="100ms", **ANY_ID), words(*REGISTERS))
    honest, late = (hostile.numbered(lambda _: 0, mood) for mood in (hostile.honest, hostile.late(0.13, add=0)))
    async with Plc(port, hostile.in_turn(*[honest, honest, late, honest, honest, late, late] * 4, honest)) as plc:
        for _ in range(14):
            await source.poll()
            assert good(sent).items() <= truth(*REGISTERS).items()
        await polled(source, 3, rest=0.05)

    assert plc.connections > 3
    assert good(sent) == truth(*REGISTERS)
    source.close()


async def test_an_answer_that_comes_twice_without_a_transaction_id_is_never_taken_for_that_to_a_later_request(
    port: int,
) -> None:
    source, sent = source_of(device(port=port, timeout="300ms", **ANY_ID), words(*REGISTERS[:2], *REGISTERS[3:]))
    async with Plc(port, hostile.numbered(lambda _: 0, hostile.twice)):
        for _ in range(5):
            await source.poll()
            assert good(sent).items() <= truth(*REGISTERS[:2], *REGISTERS[3:]).items()
            await asyncio.sleep(0.05)

    source.close()


async def test_a_poll_that_was_broken_off_leaves_no_answer_for_the_next_one(port: int) -> None:
    line = Line(device(port=port, **ANY_ID))
    first, _ = source_of(device(port=port, **ANY_ID), words(0, 1), line)
    second, sent = source_of(device(port=port, **ANY_ID), words(200, 201), line)
    async with Plc(port, hostile.numbered(lambda _: 0, hostile.late(0.1, add=0))):
        polling = asyncio.create_task(first.poll())
        await asyncio.sleep(0.05)
        polling.cancel()
        await asyncio.wait({polling})
        await second.poll()

    assert good(sent) == truth(200, 201)
    line.close()


TOO_LARGE = {"silent": hostile.silent, "hangs up": hostile.cut}


@pytest.mark.parametrize("then", TOO_LARGE.values(), ids=TOO_LARGE)
async def test_a_device_that_does_not_answer_large_requests_is_asked_for_less_and_the_key_is_named(
    port: int, then: Mood
) -> None:
    source, sent = source_of(device(port=port, timeout="100ms"), words(*range(60)))
    with structlog.testing.capture_logs() as said:
        async with Plc(port, hostile.no_more_than(16, then)) as plc:
            await source.poll()
            plc.asked.clear()
            await polled(source, 3)

    assert good(sent) == truth(*range(60))
    assert {asked.count for asked in plc.asked} == {16, 12}
    [told] = [line for line in said if line["event"] == "request_too_large"]
    assert told["cure"] == "write 'max_registers: 16' for this device"
    assert "plc_lost" not in [line["event"] for line in said]
    source.close()


async def test_a_device_that_was_silent_by_chance_is_not_asked_for_less(port: int) -> None:
    source, sent = source_of(device(port=port, timeout="100ms", retries=0), words(*range(60)))
    with structlog.testing.capture_logs() as said:
        async with Plc(port, hostile.in_turn(hostile.silent, hostile.honest)) as plc:
            await polled(source, 2)

    assert good(sent) == truth(*range(60))
    assert plc.asked[-1].count == 60
    assert "request_too_large" not in [line["event"] for line in said]
    source.close()


@pytest.mark.parametrize("keys", [{"transaction_id": "any"}, {"answer_units": [0]}], ids=str)
def test_rtu_frames_have_no_header_to_be_lenient_about(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="belong to transport 'tcp'"):
        device(transport="rtu-over-tcp", **keys)


@pytest.mark.parametrize("kind", ["int64", "uint64"])
async def test_a_whole_number_that_cannot_be_kept_exactly_is_uncertain(port: int, kind: str) -> None:
    """Registers hold their own addresses: 40 and what follows it makes 40 times 2^48 and more, 0 a small number."""
    source, sent = source_of(device(port=port), words(0, 40, type=kind))
    async with Plc(port):
        await source.poll()

    assert [quality for _, quality in newest(sent).values()] == [Quality.GOOD, Quality.UNCERTAIN]
    source.close()
