"""What of a Modbus device can be read: all of it and nothing else, in few requests, as a table that can be imported."""

import asyncio
import csv
import io
import math
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.commands.scan import COLUMNS, Scan, device_of
from edge.modbus.scan import Probe, search
from runtime.ending import end
from runtime.settings import BadSetting
from tests.edge.agents import plant_file
from tests.edge.modbus import hostile
from tests.edge.modbus.hostile import Asked, Plc
from tests.edge.modbus.peers import libmodbus, pymodbus_tcp, sim_device
from tests.support.program import finished

FreePort = Callable[[], int]
LAST = 999


def found_by(there: set[int], last: int, most: int, takes: int, width: int = 1) -> tuple[set[int], list[Probe]]:
    """What a search finds on a device with these addresses that gives out at most `takes` at once."""
    questions = search(0, last, most, width)
    probes, found = [next(questions)], set[int]()
    while True:
        probe = probes[-1]
        asked = range(probe.first, probe.first + probe.count)
        good = probe.count <= takes and all(address in there for address in asked)
        found |= set(asked) if good else set()
        try:
            probes.append(questions.send(good))
        except StopIteration:
            return found, probes


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 150)), max_size=6),
    st.integers(1, 125),
    st.integers(1, 125),
)
def test_exactly_what_can_be_read_is_found(runs: list[tuple[int, int]], most: int, takes: int) -> None:
    there = {address for first, count in runs for address in range(first, first + count) if address <= 450}

    found, probes = found_by(there, 450, most, takes)

    assert found == there
    assert all(probe.first >= 0 and probe.first + probe.count <= 451 for probe in probes)
    assert all(1 <= probe.count <= most for probe in probes)


@pytest.mark.parametrize("takes", [125, 60, 7])
def test_a_full_device_takes_as_many_requests_as_its_size_needs_and_a_few_more(takes: int) -> None:
    _, probes = found_by(set(range(LAST + 1)), LAST, 125, takes)

    assert len(probes) <= math.ceil((LAST + 1) / takes) + 2 * 9


def test_only_what_cannot_be_read_is_asked_one_by_one() -> None:
    there = {*range(100, 180), *range(400, 403), *range(900, 1000)}

    _, probes = found_by(there, LAST, 125, 125)

    assert len(probes) <= (LAST + 1 - len(there)) + 3 * 9 + LAST // 125


def test_a_device_that_gives_out_only_whole_values_is_asked_for_these() -> None:
    found, probes = found_by(set(range(20, 60)), 99, 125, 125, width=2)

    assert found == set(range(20, 60))
    assert all(probe.first % 2 == probe.count % 2 == 0 for probe in probes)


def scan(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return finished(["scan", *arguments], os.environ | settings)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_every_register_of_a_real_server_is_found_with_its_value(free_port: FreePort) -> None:
    port = free_port()
    async with pymodbus_tcp(port, sim_device(7, {"holding": range(300), "coil": [1, 0] * 20})):
        words = await asyncio.to_thread(scan, f"modbus://127.0.0.1:{port}?unit=7", "--to", "400")
        bits = await asyncio.to_thread(scan, f"modbus://127.0.0.1:{port}?unit=7", "--table", "coil", "--from", "3")

    assert words.returncode == 0, words.stderr
    assert next(csv.reader(io.StringIO(words.stdout))) == list(COLUMNS)
    rows = table(words.stdout)
    assert [(int(row["register"]), int(row["value"])) for row in rows] == [(n, n) for n in range(300)]
    assert rows[7] == {
        "device": "plc",
        "machine": "machine",
        "name": "holding-7",
        "table": "holding",
        "register": "7",
        "type": "uint16",
        "value": "7",
        "quality": "GOOD",
    }
    assert "300 can be read" in words.stderr
    assert [(row["register"], row["type"], row["value"]) for row in table(bits.stdout)][:2] == [
        ("3", "bool", "0"),
        ("4", "bool", "1"),
    ]


async def test_a_server_in_c_is_scanned_as_well(free_port: FreePort, libmodbus_program: Path) -> None:
    port = free_port()
    with libmodbus(libmodbus_program, port, {"input": [11, 22, 33]}):
        done = await asyncio.to_thread(scan, f"modbus://127.0.0.1:{port}", "--table", "input", "--to", "20")

    assert [(row["register"], row["value"]) for row in table(done.stdout)][:4] == [
        ("0", "11"),
        ("1", "22"),
        ("2", "33"),
        ("3", "0"),
    ]


async def test_the_limits_of_the_device_are_kept_and_nothing_is_written(free_port: FreePort) -> None:
    async with Plc(free_port(), hostile.cannot_read(*range(40, 60))) as plc:
        url = f"modbus://127.0.0.1:{plc.port}?max_registers=10&pause=1ms&unit=3"
        done = await asyncio.to_thread(scan, url, "--to", "99")

    assert [int(row["register"]) for row in table(done.stdout)] == [*range(40), *range(60, 100)]
    assert max(asked.count for asked in plc.asked) == 10
    assert {(asked.unit, asked.function) for asked in plc.asked} == {(3, 3)}


async def test_what_it_writes_can_be_imported(free_port: FreePort, tmp_path: Path) -> None:
    async with Plc(free_port(), hostile.cannot_read(1, *range(4, 100))) as plc:
        keys = {"host": "127.0.0.1", "port": plc.port}
        plant = plant_file(tmp_path / "plant.yaml", {"press": (keys, [{"register": 2}])})
        done = await asyncio.to_thread(scan, "press", "--to", "9", SHOPFLOOR_PLANT=str(plant))
    tags = tmp_path / "tags.csv"
    tags.write_text(done.stdout, encoding="utf-8")
    command = ["tags", "import", str(tags), "--plant", str(plant), "--apply"]

    imported = await asyncio.to_thread(finished, command, os.environ)

    assert imported.returncode == 0, imported.stderr
    assert "= press/holding-2  is there already as 't0'" in imported.stdout
    assert "name: holding-3" in plant.read_text(encoding="utf-8")


async def test_ctrl_c_prints_what_was_found_until_then(free_port: FreePort) -> None:
    async with Plc(free_port(), slow_where_nothing_is) as plc:
        command = [sys.executable, "shopfloor.py", "scan", f"modbus://127.0.0.1:{plc.port}", "--to", "65535"]
        with subprocess.Popen(  # noqa: ASYNC220  - started in a moment, and waited for in a thread
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as scanning:
            while not any(asked.first > 60 for asked in plc.asked):  # noqa: ASYNC110  - nothing tells
                await asyncio.sleep(0.02)
            scanning.send_signal(signal.SIGINT)
            out, said = await asyncio.to_thread(scanning.communicate)

    assert scanning.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    assert [int(row["register"]) for row in table(out)] == list(range(50))


async def slow_where_nothing_is(asked: Asked, to: asyncio.StreamWriter) -> None:
    """50 registers, and refusals that take their time."""
    if asked.first + asked.count > 50:
        await asyncio.sleep(0.05)
        await hostile.refuses(2)(asked, to)
    else:
        await hostile.honest(asked, to)


async def test_an_address_that_is_met_with_silence_is_told_from_a_silent_device(free_port: FreePort) -> None:
    async def silent_at_five(asked: Asked, to: asyncio.StreamWriter) -> None:
        if not asked.first <= 5 < asked.first + asked.count:
            await hostile.honest(asked, to)

    async with Plc(free_port(), silent_at_five) as plc:
        device, _ = device_of(f"modbus://127.0.0.1:{plc.port}?timeout=100ms&retries=0", None)
        scanned = Scan(device, "machine", "holding", (0, 7), 1)
        await scanned.run()
        scanned.line.close()

    assert sorted(scanned.values) == [0, 1, 2, 3, 4, 6, 7]


async def test_values_of_two_registers_are_rows_of_their_own(free_port: FreePort) -> None:
    async def whole_values(asked: Asked, to: asyncio.StreamWriter) -> None:
        answer = hostile.honest if asked.first % 2 == asked.count % 2 == 0 else hostile.refuses(2)
        await answer(asked, to)

    async with Plc(free_port(), whole_values) as plc:
        url = f"modbus://127.0.0.1:{plc.port}?word_order=little"
        done = await asyncio.to_thread(scan, url, "--to", "5", "--width", "2")

    expected = [(str(n), "uint32", str(struct.unpack(">I", struct.pack(">HH", n + 1, n))[0])) for n in (0, 2, 4)]
    assert [(row["register"], row["type"], row["value"]) for row in table(done.stdout)] == expected


async def test_a_table_that_the_device_does_not_know_and_a_device_that_is_away_are_told(free_port: FreePort) -> None:
    async with Plc(free_port(), hostile.refuses(1)) as plc:
        no_table = await asyncio.to_thread(scan, f"modbus://127.0.0.1:{plc.port}", "--table", "input")
    away = await asyncio.to_thread(scan, f"modbus://127.0.0.1:{free_port()}?timeout=200ms")

    assert (no_table.returncode, away.returncode) == (2, 2)
    assert "input: exception 1, it does not know this function: is the table right?" in no_table.stderr
    assert "no connection to 127.0.0.1" in away.stderr
    assert "Traceback" not in no_table.stderr + away.stderr


@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        ("modbus://127.0.0.1:abc", "write modbus://"),
        ("modbus://127.0.0.1?unti=1", "unti"),
        ("modbus://127.0.0.1?unit=300", "unit"),
        ("modbus://127.0.0.1?unit", "write modbus://"),
        ("modbus://", "needs 'host'"),
        ("plc", "give modbus://HOST:PORT, or a Modbus device of the plant file"),
    ],
)
def test_a_place_that_cannot_be_asked_is_told(place: str, complaint: str) -> None:
    with pytest.raises(BadSetting, match=complaint):
        device_of(place, None)


async def test_a_search_ends_when_it_is_told_to_at_whatever_moment(free_port: FreePort) -> None:
    """Just when an answer comes, a cancellation is swallowed on the way."""
    async with Plc(free_port()) as plc:
        for number in range(40):
            device, _ = device_of(f"modbus://127.0.0.1:{plc.port}?max_registers=1", None)
            scanning = Scan(device, "machine", "holding", (0, 65_535), 1)
            asking = asyncio.create_task(scanning.run())
            await asyncio.sleep(0.01)
            for _ in range(number % 10):
                await asyncio.sleep(0)
            left = await end([asking])
            scanning.line.close()

            assert left == set()
