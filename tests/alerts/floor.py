"""A small plant with rules, and what happens on it, for the tests of alerts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

from collector.writer import Message, Writer
from config.load import parse_plant
from config.plant import Plant
from contract.frame import encode
from contract.sample import Quality, Sample, State, to_us
from contract.topics import backlog_topic, frame_topic
from tests.support.frames import frame_of
from tests.support.orders import begun_order

PLANT = """
site:
  id: suzhou
  name: {en: Suzhou, zh: 苏州}
  zone: UTC
  shifts:
    - {id: all, name: {en: All, zh: 全天}, days: [mon, tue, wed, thu, fri, sat, sun], starts: 00:00, ends: 00:00}
devices:
  - {id: plc, edge: edge-1, protocol: modbus, host: 127.0.0.1}
lines:
  - id: line-1
    name: {en: Line 1, zh: 一线}
    machines:
      - id: press-1
        name: {en: Press 1, zh: 压力机 1}
        device: plc
        ideal_cycle: 1s
        tags: &tags
          - {name: state, role: state, register: 0, states: {0: stopped, 1: running, 5: down}}
          - {name: temperature, register: 1, type: float32, unit: °C}
          - {name: current, register: 3, type: float32, unit: A}
      - {id: press-2, name: {en: Press 2, zh: 压力机 2}, device: plc, ideal_cycle: 1s, tags: *tags}
"""


def plant_with(rules: str, channels: str = "[]") -> Plant:
    """The plant with these rules and channels, both as YAML lists on one line."""
    return parse_plant(plant_text(rules, channels))


def plant_text(rules: str, channels: str = "[]") -> str:
    """As plant_with, as the text of a plant file."""
    return f"{PLANT}channels: {channels}\nrules: {rules}\n"


class Floor:
    """Writes what the collector, mes and people would write."""

    def __init__(self, url: str, epoch: int = 1) -> None:
        self.url = url
        self.writer = Writer(url, "suzhou")
        self.conn = psycopg.connect(url, autocommit=True)
        self.epoch = epoch
        self.seq = 0

    def close(self) -> None:
        """Close both connections."""
        self.writer.close()
        self.conn.close()

    def samples(
        self,
        machine: str,
        tag: str,
        values: Sequence[tuple[datetime, float | None]],
        backlog: bool = False,
        edge_at: datetime | None = None,
    ) -> None:
        """One frame; None is a BAD sample."""
        self.seq += 1
        made = [
            Sample(
                machine,
                tag,
                to_us(at),
                to_us(edge_at or at),
                value,
                Quality.BAD if value is None else Quality.GOOD,
            )
            for at, value in values
        ]
        topic = (backlog_topic if backlog else frame_topic)("suzhou", "edge-1")
        self.writer.write([Message(topic, encode(frame_of("edge-1", self.epoch, self.seq, made)))])

    def state(self, machine: str, at: datetime, state: State) -> None:
        """A row of the state tape, and the news of it."""
        self.conn.execute("INSERT INTO state_change VALUES (%s, %s, %s)", (machine, at, int(state)))
        self.conn.execute("NOTIFY shopfloor_facts")

    def order(self, order: str, machine: str | None, late_by: str | None) -> None:
        """A running order and its progress; late_by as an interval."""
        begun_order(self.conn, order, machine, None if machine else "line-1")
        self.conn.execute(
            "INSERT INTO order_progress (operation, good, late_by, late, as_of)"
            " SELECT id, 0, %s, true, now() FROM operation WHERE work_order = %s"
            " ON CONFLICT (operation) DO UPDATE SET late_by = excluded.late_by",
            (late_by, order),
        )

    def acknowledge(self, alarm: int, by: str = "wang", comment: str = "") -> None:
        """What mes writes when somebody presses the button."""
        self.conn.execute(
            "INSERT INTO alarm_request (alarm, action, by, comment) VALUES (%s, 'acknowledge', %s, %s)",
            (alarm, by, comment),
        )

    def rows(self, query: str) -> list[Any]:
        """The rows of a query."""
        return self.conn.execute(query.encode()).fetchall()

    def alarms(self) -> list[Any]:
        """(rule, subject, condition) of every alarm, the oldest first."""
        return self.rows("SELECT rule, subject, condition FROM alarm ORDER BY id")

    def events(self) -> list[str]:
        """The journal's words, the oldest first."""
        return [event for (event,) in self.rows("SELECT event FROM alarm_journal ORDER BY id")]
