import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from collector.writer import Message, Writer
from config.load import parse_plant
from config.plant import Plant
from contract.frame import encode
from contract.sample import HELD_OUT, Quality, Sample, to_us
from contract.topics import frame_topic
from tests.mes.erp.plants import client
from tests.mes.screens.lines import MACHINE, PLANT
from tests.support.frames import frame_of
from tests.times import at, later

SECOND = 1_000_000
HOUR = timedelta(hours=1)
BEGIN = at("2026-11-24 06:00")
TAGS = """
          - {name: temperature, register: 70, unit: °C, type: int16, scale: 0.1}
          - {name: batch, type: string, register: 80, length: 20}
          - {name: product, role: product, register: 75, products: {1: part, 2: slow-part}}
"""
ASKED = "/api/v1/equipment/press-1/values"


def plant() -> Plant:
    """press-1 has a temperature, shows a batch and its product."""
    return parse_plant(PLANT.format(machines=MACHINE.format(n=1) + TAGS.strip("\n") + MACHINE.format(n=2), zone="UTC"))


def store(database: str, *samples: Sample, seq: int = 1) -> None:
    writer = Writer(database, "works", now=later)
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame_of("edge-1", 1, seq, samples)))])
    writer.close()


def sample(tag: str, second: float, value: float | None, text: str | None = None) -> Sample:
    now = to_us(BEGIN) + round(second * SECOND)
    quality = Quality.BAD if value is None and text is None else Quality.GOOD
    return Sample("press-1", tag, now, now, value, quality, text)


def window(**more: Any) -> dict[str, Any]:
    return {"from": BEGIN.isoformat(), "to": (BEGIN + HOUR).isoformat()} | more


def second(told: str) -> float:
    return (to_us(at(told.removesuffix("Z"))) - to_us(BEGIN)) / SECOND


async def one(database: str, **asked: Any) -> dict[str, Any]:
    async with client(database, plant()) as http:
        answer = await http.get(ASKED, params=window(**asked))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["tags"][0]
    return found


async def test_a_few_samples_are_told_as_they_are_with_their_gaps(database: str) -> None:
    store(database, sample("temperature", 0, 20.0), sample("temperature", 5, 21.5), sample("temperature", 8, None))

    found = await one(database, tag="temperature")

    assert [(second(v["at"]), v["value"], v["quality"]) for v in found["values"]] == [
        (0, 20.0, "good"),
        (5, 21.5, "good"),
        (8, None, "bad"),
    ]
    assert (found["unit"], found["samples"], found["buckets"], found["runs"]) == ("°C", 3, [], [])
    assert [(second(g["from"]), second(g["to"]), g["cause"]) for g in found["gaps"]] == [
        (8, 14, "bad"),
        (14, 3600, "no_samples"),
    ]


async def test_many_samples_are_thinned_and_no_extreme_is_lost(database: str) -> None:
    hour = [sample("temperature", n, 20.0 + n % 7) for n in range(3600) if not 1000 <= n < 1100]
    hour[2000] = replace(hour[2000], value=99.0)
    store(database, *hour)

    found = await one(database, tag="temperature", points=400)

    assert (found["values"], found["samples"], len(found["buckets"])) == ([], 3500, 98)
    top = max((bucket["max"] for bucket in found["buckets"]), key=lambda point: point["value"])
    assert (top["value"], to_us(at(top["at"].removesuffix("Z")))) == (99.0, hour[2000].source_us)
    assert [(second(g["from"]), second(g["to"])) for g in found["gaps"]] == [(1005, 1100)]
    assert sum(bucket["missing_us"] for bucket in found["buckets"]) <= 95 * SECOND


async def test_states_texts_and_products_are_runs(database: str) -> None:
    rows = [sample("state", n, 1.0 if n < 20 else 5.0) for n in range(-3, 40)]
    rows += [sample("batch", n, None, "A-1" if n < 10 else "=B") for n in range(0, 20, 2)]
    rows += [sample("product", 0, 2.0), sample("product", 3, 7.0)]
    store(database, *rows)

    async with client(database, plant()) as http:
        body = (await http.get(ASKED, params=window(tag=["state", "batch", "product"]))).json()

    runs = {tag["tag"]: [(second(r["from"]), second(r["to"]), r["value"]) for r in tag["runs"]] for tag in body["tags"]}
    assert runs["state"] == [(0, 20, "running"), (20, 45, "down")]
    assert runs["batch"] == [(0, 10, "A-1"), (10, 24, "=B")]
    assert runs["product"] == [(0, 3, "slow-part"), (3, 9, 7.0)]


async def test_more_runs_than_points_say_up_to_where_they_are_told(database: str) -> None:
    store(database, *(sample("product", n, 1.0 + n % 2) for n in range(150)))

    first = await one(database, tag="product", points=100)
    async with client(database, plant()) as http:
        rest = (await http.get(ASKED, params=window(tag="product") | {"from": first["told_to"]})).json()["tags"][0]

    assert (len(first["runs"]), second(first["told_to"]), first["samples"]) == (100, 100, 100)
    assert (len(rest["runs"]), rest["samples"]) == (50, 50)


async def test_as_of_an_instant_what_came_later_is_not_there(database: str) -> None:
    store(database, sample("temperature", 0, 20.0))
    async with client(database, plant()) as http:
        before = (await http.get(ASKED, params=window(tag="temperature"))).json()
        store(database, sample("temperature", 2, 30.0), seq=2)
        again = (await http.get(ASKED, params=window(tag="temperature", as_of=before["as_of"]))).json()
        now = (await http.get(ASKED, params=window(tag="temperature"))).json()

    assert again == before
    assert now["tags"][0]["samples"] == 2


async def test_a_sample_whose_time_cannot_be_true_is_left_out(database: str) -> None:
    store(database, sample("temperature", 0, 20.0), sample("temperature", 1, 77.0))
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("UPDATE sample SET quality = quality + %s WHERE value = 77", (HELD_OUT,))

    found = await one(database, tag="temperature")

    assert [v["value"] for v in found["values"]] == [20.0]


async def test_as_csv_each_sample_run_and_gap_is_a_line_and_no_cell_a_formula(database: str) -> None:
    store(database, sample("temperature", 0, 20.5), sample("batch", 0, None, "=1+1"))

    async with client(database, plant()) as http:
        answer = await http.get(ASKED, params=window(tag=["temperature", "batch"], format="csv"))

    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert lines == [
        ["tag", "what", "from", "to", "value", "quality", "unit"],
        ["temperature", "sample", "2026-11-24T06:00:00Z", "", "20.5", "good", "°C"],
        ["temperature", "gap", "2026-11-24T06:00:06Z", "2026-11-24T07:00:00Z", "", "no_samples", "°C"],
        ["batch", "run", "2026-11-24T06:00:00Z", "2026-11-24T06:00:06Z", "'=1+1", "good", ""],
        ["batch", "gap", "2026-11-24T06:00:06Z", "2026-11-24T07:00:00Z", "", "no_samples", ""],
    ]


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"tag": "speed"}, "query.tag"),
        ({}, "query.tag"),
        ({"tag": "temperature", "points": 99}, "query.points"),
        ({"tag": ["temperature"] * 21}, "query.tag"),
        ({"tag": "temperature", "as_of": "2026-11-24T05:00:00Z"}, "query.from"),
        ({"tag": "temperature", "points": [100, 200]}, "query.points"),
    ],
)
async def test_what_cannot_be_asked_names_its_place(database: str, asked: dict[str, Any], place: str) -> None:
    async with client(database, plant()) as http:
        answer = await http.get(ASKED, params=window(**asked))

    assert (answer.status_code, {error["place"] for error in answer.json()["errors"]}) == (422, {place})


async def test_each_tag_says_where_its_values_come_from(database: str) -> None:
    async with client(database, plant()) as http:
        items = (await http.get("/api/v1/equipment/press-1/tags")).json()["items"]
        line = await http.get("/api/v1/equipment/line-1/tags")

    found = {item["name"]: item for item in items}
    assert found["temperature"] == {
        "name": "temperature",
        "role": "process_value",
        "unit": "°C",
        "type": "int16",
        "device": "plc",
        "edge": "edge-1",
        "protocol": "modbus",
        "address": "holding 70",
        "made_of": [],
    }
    assert line.status_code == 422
