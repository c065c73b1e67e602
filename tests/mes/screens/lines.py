"""Machines' facts made by hand, and a small plant, for the tests of walls."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from config.load import parse_plant
from config.plant import Plant
from contract.sample import State
from mes.facts.model import MachineFacts, Steps, no_steps

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
          - {{name: rejects, role: scrap_count, register: 2{n}}}
"""


def plant(machines: int = 4, zone: str = "UTC") -> Plant:
    """A plant that works around the clock: line-1 with press-1 … press-n, line-2 with a saw."""
    made = "".join(MACHINE.format(n=n) for n in range(1, machines + 1))
    return parse_plant(PLANT.format(machines=made, zone=zone))


def plant_at(hour: int, machines: int = 4) -> Plant:
    """The same plant in a zone where it is about this hour now, so that no shift changes in the middle of a test."""
    east = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    return plant(machines, f"Etc/GMT{-east:+d}" if east else "UTC")


def steps(*made: tuple[int, int], bridged: bool = False) -> Steps:
    """Steps of (at, parts), each begun one second before."""
    at = np.asarray([at for at, _ in made], np.int64)
    parts = np.asarray([parts for _, parts in made], np.int64)
    return Steps(at, at - SECOND, parts, parts, np.full(len(made), bridged))


def facts(
    from_us: int,
    to_us: int,
    tape: Sequence[tuple[int, State]],
    *,
    total: Steps | None = None,
    products: Sequence[tuple[int, str | None]] = (),
    good: Steps | None = None,
    scrap: Steps | None = None,
    rework: Steps | None = None,
    reasons: Sequence[tuple[int, str | None]] = (),
    orders: Sequence[tuple[int, str | None]] = (),
    first: tuple[int, State] | None = None,
    then: tuple[int, State] | None = None,
    outages: Sequence[tuple[int, int]] = (),
    machine: str = "press-1",
) -> MachineFacts:
    """Facts with a given tape; without products the product is not known.

    `first`: when the first state began and what was before; `then`: when the last one ends and what follows.
    """
    words = {}
    for name, tape_of in (("product", products), ("reason", reasons), ("order", orders)):
        entries = tape_of or [(from_us, None)]
        words[f"{name}_at"] = np.asarray([at for at, _ in entries], np.int64)
        words[name] = tuple(word for _, word in entries)  # type: ignore[assignment]  # columns of two kinds
    return MachineFacts(
        machine=machine,
        from_us=from_us,
        to_us=to_us,
        state_at=np.asarray([at for at, _ in tape], np.int64),
        state=np.asarray([int(state) for _, state in tape], np.int64),
        total=total or no_steps(),
        good=good or no_steps(),
        scrap=scrap or no_steps(),
        rework=rework or no_steps(),
        first_since_us=first[0] if first else from_us,
        state_before=int(first[1]) if first else int(State.NO_DATA),
        last_until_us=then[0] if then else to_us,
        state_after=int(then[1]) if then else None,
        outages={"total": tuple(outages)},
        **words,  # type: ignore[arg-type]  # as above
    )
