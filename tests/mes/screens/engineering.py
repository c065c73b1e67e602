"""A served plant with two hours of samples, states, an alarm and a gap, for browser tests of engineers' pages."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from collector.writer import Message, Writer
from config.load import parse_plant
from config.plant import Plant
from contract.frame import encode
from contract.sample import Quality, Sample, State, from_us
from contract.topics import frame_topic
from tests.mes.erp.plants import keeping
from tests.mes.screens.lines import HOUR, MACHINE, MINUTE, PLANT, SECOND
from tests.mes.screens.screens import Served, served
from tests.mes.screens.test_browser_wall import now_us
from tests.support.frames import frame_of
from tests.times import later

TAGS = "          - {name: temperature, register: 70, unit: °C, type: int16, scale: 0.1}\n"
RULES = """
rules:
  - id: hot
    kind: threshold
    tag: temperature
    above: 64
    priority: medium
    cause: {en: Usually a clogged filter of the cooling fan., zh: 多为冷却风扇滤网堵塞。}
    corrective_action:
      - {en: Look at the fan and clean its filter., zh: 检查风扇，清洁滤网。}
      - {en: Above 85 °C stop the machine., zh: 超过 85 °C 时停机。}
"""
GAP = (70 * MINUTE, 60 * MINUTE)


def plant_text() -> str:
    """press-1 and press-2 with a temperature each that is watched."""
    machines = "".join(MACHINE.format(n=n) + TAGS for n in (1, 2))
    return PLANT.format(machines=machines, zone="UTC") + RULES


def engineered() -> Plant:
    """The same, read."""
    return parse_plant(plant_text())


def two_hours(database: str) -> int:
    """Samples of press-1 up to a minute ago, which is returned; ten minutes of them are missing."""
    now = now_us() // SECOND * SECOND - MINUTE
    rows = []
    for at in range(now - 2 * HOUR, now, 5 * SECOND):
        if now - GAP[0] <= at < now - GAP[1]:
            continue
        n = (at - now + 2 * HOUR) // (5 * SECOND)
        down = 30 * MINUTE < at - now + 2 * HOUR < 40 * MINUTE
        rows += [
            Sample("press-1", "state", at, at, int(State.DOWN if down else State.RUNNING), Quality.GOOD),
            Sample("press-1", "total", at, at, 1000 + n, Quality.GOOD),
            Sample("press-1", "rejects", at, at, 10 + n // 50, Quality.GOOD),
            Sample("press-1", "temperature", at, at, 60 + n / 200 + n % 3 / 10, Quality.GOOD),
        ]
    writer = Writer(database, "works", now=later)
    for part in range(0, len(rows), 1000):
        frame = frame_of("edge-1", 1, part // 1000 + 1, rows[part : part + 1000])
        writer.write([Message(frame_topic("works", "edge-1"), encode(frame))])
    writer.close()
    return now


def hot(database: str, now: int) -> int:
    """An alarm of press-1 that stands since twenty minutes, and one of yesterday that is over; the id of the first."""
    values = "(rule, subject, machine, priority, active, acked, text_en, text_zh, raised_at, cleared_at)"
    texts = ("Press 1: temperature 65.2 °C, above 64 °C", "压力机 1：temperature 65.2 °C，高于 64 °C")
    with psycopg.connect(database, autocommit=True) as conn:
        for stands, since, until in (
            (False, now - 26 * HOUR, now - 25 * HOUR),
            (True, now - 20 * MINUTE, None),
        ):
            row = conn.execute(
                f"INSERT INTO alarm {values} VALUES ('hot', 'press-1', 'press-1', 'medium', %s, %s, %s, %s, %s, %s) "
                "RETURNING id",
                (stands, not stands, *texts, from_us(since), until and from_us(until)),
            ).fetchone()
            assert row is not None
            conn.execute(
                "INSERT INTO alarm_journal (alarm, event, at) VALUES (%s, 'raised', %s)", (row[0], from_us(since))
            )
    return int(row[0])


FOUND = "0b7c1f6e-2b7e-4b57-9a0e-1f2d3c4b5a69"


def found_registers(database: str) -> None:
    """What an agent has found of a PLC, to choose from."""
    columns = ["device", "machine", "name", "table", "register", "type", "value", "quality"]
    rows = [["plc", "", f"holding-{n}", "holding", str(n), "uint16", str(1000 + n), "GOOD"] for n in range(12)]
    device = {"host": "192.0.2.10", "port": 502, "unit": 1}
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO discovery (id, node, action, device, asked, sent_at, heard_at, progress, columns, found,"
            " done, client) VALUES (%s, 'edge-1', 'scan', %s, '{}', now(), now(), 'holding 199 of 199', %s, %s,"
            " true, 'api')",
            (FOUND, json.dumps(device), columns, json.dumps(rows)),
        )


@contextmanager
def engineering(database: str, port: int, file: Path) -> Iterator[tuple[Served, int]]:
    """The plant, served, with its facts kept; and the alarm that stands."""
    plant = engineered()
    file.write_text(plant_text(), encoding="utf-8")
    now = two_hours(database)
    alarm = hot(database, now)
    found_registers(database)
    with keeping(database, plant), served(database, plant, port, file=file) as site:
        yield site, alarm
