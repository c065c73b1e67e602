"""A whole server of several thousand nodes as a table, and what was found when somebody loses patience."""

import asyncio
import csv
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.common.structures104 import new_struct, new_struct_field

from edge.opcua.tag_names import COLUMNS, Row, machine_id, slug, unique
from tests.edge.opcua.plc import URI, Plc, Reader, device, tag
from tests.support.eventually import until
from tests.support.program import finished

pytestmark = pytest.mark.asyncio(loop_scope="module")
FreePort = Callable[[], int]
MACHINES, VARIABLES = 40, 75


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plc(free_port: FreePort) -> AsyncIterator[Plc]:
    """3,000 variables below 40 machines in a folder, one of them with more of everything."""
    made = await Plc(free_port(), {"Axes": [1.5, 2.5], "Batch": "B-1", "Alive": True}).start()
    hall = await made.server.nodes.objects.add_folder(ua.NodeId("Hall", made.index), "Hall 3")
    for m in range(MACHINES):
        machine = await hall.add_object(ua.NodeId(f"M{m}", made.index), f"Machine{m}")
        for v in range(VARIABLES):
            await machine.add_variable(ua.NodeId(f"M{m}.V{v}", made.index), f"Value{v}", float(v))
    speed = made.server.get_node(ua.NodeId("M0.V0", made.index))
    unit = ua.EUInformation(DisplayName=ua.LocalizedText("rpm"))
    await speed.add_property(made.index, "EngineeringUnits", unit)
    fields = [new_struct_field("speed", ua.VariantType.Double), new_struct_field("count", ua.VariantType.Int32)]
    await new_struct(made.server, made.index, "Motor", fields)
    motor = (await made.server.load_data_type_definitions())["Motor"]
    await hall.add_variable(ua.NodeId("Motors", made.index), "Motors", [motor(speed=2.5, count=7)])
    # A second way to a node, and a way back: each node is listed once, and the walk ends.
    await made.server.nodes.objects.add_reference(speed, ua.ObjectIds.Organizes)
    await speed.add_reference(hall, ua.ObjectIds.Organizes)
    made.nodes["M0.V1"] = ua.NodeId("M0.V1", made.index)
    await made.put("M0.V1", 1.0, status=0x808B0000)
    yield made
    await made.stop()


def call(url: str) -> list[str]:
    return [sys.executable, "shopfloor.py", "browse", url]


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_every_variable_is_listed_once_with_type_unit_value_and_quality(plc: Plc) -> None:
    done = await asyncio.to_thread(finished, ["browse", plc.url], os.environ)

    assert done.returncode == 0, done.stderr
    rows = {(row["node"], row["path"]): row for row in table(done.stdout)}
    assert len(rows) == len(table(done.stdout)) == MACHINES * VARIABLES + 6
    assert len({(row["machine"], row["name"]) for row in rows.values()}) == len(rows)
    assert list(COLUMNS) == next(csv.reader(io.StringIO(done.stdout)))
    assert rows[f"nsu={URI};s=M7.V9", ""] == {
        "device": "plc",
        "machine": "machine7",
        "name": "value9",
        "node": f"nsu={URI};s=M7.V9",
        "path": "",
        "type": "float64",
        "unit": "",
        "value": "9.0",
        "quality": "GOOD",
    }
    assert rows[f"nsu={URI};s=M0.V0", ""]["unit"] == "rpm"
    assert rows[f"nsu={URI};s=M0.V1", ""]["quality"] == "BAD"
    assert [rows[f"nsu={URI};s=Axes", f"[{i}]"]["value"] for i in range(2)] == ["1.5", "2.5"]
    assert rows[f"nsu={URI};s=Motors", "[0].speed"]["value"] == "2.5"
    assert rows[f"nsu={URI};s=Motors", "[0].count"]["type"] == "int64"
    assert rows[f"nsu={URI};s=Batch", ""]["type"] == "string"
    assert rows[f"nsu={URI};s=Alive", ""]["type"] == "bool"
    assert f"{MACHINES * VARIABLES + 4} variables" in done.stderr


async def test_what_was_found_is_kept_when_somebody_loses_patience(plc: Plc) -> None:
    with subprocess.Popen(  # noqa: ASYNC220  - started in a moment, and waited for in a thread
        call(plc.url), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as walking:
        assert walking.stdout is not None
        first = [await asyncio.to_thread(walking.stdout.readline) for _ in range(3)]
        walking.send_signal(signal.SIGINT)
        rest, said = await asyncio.to_thread(walking.communicate)

    assert walking.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    rows = table("".join(first) + rest)
    assert 2 <= len(rows) < MACHINES * VARIABLES + 6
    assert all(row["quality"] for row in rows)


async def test_an_address_that_does_not_answer_is_told(free_port: FreePort) -> None:
    done = await asyncio.to_thread(finished, ["browse", f"opc.tcp://127.0.0.1:{free_port()}"], os.environ)

    assert done.returncode == 2
    assert "opc.tcp://127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MotorSpeed", "motor-speed"),
        ("Druck [bar]", "druck-bar"),
        ("温度", "温度"),
        ("1号压力机.出口温度 °C", "1号压力机-出口温度-c"),
        ("°", "tag"),
        ("A" * 99, "a" * 63),
    ],
)
async def test_a_name_becomes_an_id(name: str, expected: str) -> None:
    assert slug(name) == expected


async def test_machines_with_chinese_names_have_ids_of_their_own() -> None:
    taken: dict[str, str] = {}
    names = ("压力机", "灌装机", "压力机", "Press 1", "press_1")

    assert [machine_id(name, taken) for name in names] == ["machine", "machine-2", "machine", "press-1", "press_1"]


async def test_equal_names_are_told_apart() -> None:
    rows = [Row("press", "speed", f"s={i}", "", "float64", "", "", "GOOD") for i in range(3)]

    assert [row.name for row in unique(rows, set())] == ["speed", "speed-2", "speed-3"]


ODD: dict[str, object] = {
    "Empty": ua.Variant([], ua.VariantType.Int32, is_array=True),
    "Nothing": ua.Variant(None, ua.VariantType.Null),
    "Label": ua.LocalizedText('Läuft; "gut"', "de"),
    "Made": datetime(2026, 3, 29, 1, 30, 0, 123_000, UTC),
    "Id": UUID("72962b91-fa75-4ae6-8d28-b404dc7daf63"),
    "Bytes": b"\x01\x02\xff",
    "温度": 36.6,
    "压力": 1.5,
}


async def test_values_of_every_kind_are_listed_as_a_person_reads_them(free_port: FreePort) -> None:
    odd = await Plc(free_port(), {"Batch": "B-1"}).start()
    for name, value in ODD.items():
        await odd.add(name, value if name != "Nothing" else 1.5)
    await odd.put("Nothing", ua.Variant(None, ua.VariantType.Null), status=0x80310000)
    done = await asyncio.to_thread(finished, ["browse", odd.url], os.environ)
    await odd.stop()

    rows = {row["node"].rpartition("=")[2]: row for row in table(done.stdout)}
    found = {name: (row["type"], row["value"], row["quality"]) for name, row in rows.items()}
    assert found == {
        "Batch": ("string", "B-1", "GOOD"),
        "Empty": ("", "[]", "GOOD"),
        "Nothing": ("float64", "", "BAD"),
        "Label": ("string", 'Läuft; "gut"', "GOOD"),
        "Made": ("string", "2026-03-29T01:30:00.123000Z", "GOOD"),
        "Id": ("string", "72962b91-fa75-4ae6-8d28-b404dc7daf63", "GOOD"),
        "Bytes": ("", "01 02 ff", "GOOD"),
        "温度": ("float64", "36.6", "GOOD"),
        "压力": ("float64", "1.5", "GOOD"),
    }
    assert [rows[name]["name"] for name in ("温度", "压力")] == ["温度", "压力"]
    assert {"nodes seen"} == {line.strip().split(",")[0].lstrip("0123456789 ") for line in done.stderr.splitlines()}
    assert f"{len(ODD) + 1} variables" in done.stderr


async def test_a_variable_with_a_chinese_name_is_read_and_kept_under_it(free_port: FreePort) -> None:
    odd = await Plc(free_port(), {"温度": 36.6, "Made": datetime(2026, 3, 29, 1, 30, tzinfo=UTC)}).start()
    async with Reader(device(odd.url), [tag("温度"), tag("Made", type="string")]) as reader:
        await until("both", lambda: len({sample.tag for sample in reader.samples}) == 2)
    await odd.stop()

    assert reader.changes("温度") == [36.6]
    assert reader.changes("made") == ["2026-03-29T01:30:00Z"]
