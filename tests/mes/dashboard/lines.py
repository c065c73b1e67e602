"""Machines' facts made by hand, and a small plant, for the tests of walls."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from config.load import parse_plant
from config.plant import Plant
from contract.sample import State
from mes.facts import MachineFacts, Steps

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

PLANT = """
site:
  id: works
  name: {{en: Works, zh: 工厂}}
  zone: {zone}
  shifts:
    - {{id: day, name: {{en: Day, zh: 白班}}, days: [mon, tue, wed, thu, fri, sat, sun], starts: 00:00, ends: 00:00}}
devices: [{{id: plc, edge: edge-1, protocol: modbus, host: 127.0.0.1}}]
products:
  - {{id: slow-part, name: {{en: Slow part, zh: 慢件}}, ideal_cycle: {{press-1: 4s}}}}
  - {{id: part, name: {{en: Part, zh: 零件}}}}
lines:
  - id: line-1
    name: {{en: Line 1, zh: 一号线}}
    machines:
{machines}
  - id: line-2
    name: {{en: Line 2, zh: 二号线}}
    machines:
      - id: saw
        name: {{en: Saw, zh: 锯}}
        device: plc
        ideal_cycle: 1s
        tags: [{{name: total, role: total_count, register: 90}}]
"""
MACHINE = """
      - id: press-{n}
        name: {{en: Press {n}, zh: 压力机 {n}}}
        device: plc
        ideal_cycle: 2s
        tags:
          - {{name: state, role: state, register: {n}, states: {{1: running, 2: down}}}}
          - {{name: total, role: total_count, register: 1{n}}}
          - {{name: rejects, role: reject_count, register: 2{n}}}
"""


def plant(machines: int = 4, zone: str = "UTC") -> Plant:
    """A plant that works around the clock: line-1 with press-1 … press-n, line-2 with a saw."""
    made = "".join(MACHINE.format(n=n) for n in range(1, machines + 1))
    return parse_plant(PLANT.format(machines=made, zone=zone))


def plant_at(hour: int, machines: int = 4) -> Plant:
    """The same plant in a zone where it is about this hour now, so that no shift changes in the middle of a test."""
    east = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    return plant(machines, f"Etc/GMT{-east:+d}" if east else "UTC")


def steps(*made: tuple[int, int], unseen: bool = False) -> Steps:
    """Steps of (at, parts), each begun one second before."""
    at = np.asarray([at for at, _ in made], np.int64)
    parts = np.asarray([parts for _, parts in made], np.int64)
    return Steps(at, at - SECOND, parts, np.full(len(made), unseen))


def facts(
    from_us: int,
    to_us: int,
    tape: Sequence[tuple[int, State]],
    *,
    total: Steps | None = None,
    products: Sequence[tuple[int, str | None]] = (),
    machine: str = "press-1",
) -> MachineFacts:
    """Facts with a given tape; without products the product is not known."""
    products = products or [(from_us, None)]
    return MachineFacts(
        machine,
        from_us,
        to_us,
        np.asarray([at for at, _ in tape], np.int64),
        np.asarray([int(state) for _, state in tape], np.int64),
        np.asarray([at for at, _ in products], np.int64),
        tuple(product for _, product in products),
        total or steps(),
        steps(),
        steps(),
    )
