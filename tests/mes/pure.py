"""Samples of one machine → its facts, all in memory, the way that mes makes them from the database."""

from collections.abc import Mapping, Sequence

import numpy as np

from config.device import Machine
from config.load import parse_plant
from contract.sample import State
from mes.facts.counters import Model, steps
from mes.facts.model import HIGHEST, LOWEST, MachineFacts, Span, Steps, no_steps
from mes.facts.source_tags import ROLE_OF, part_counters
from mes.facts.tape import Readings, product_tape, state_tape
from mes.facts.windowing import cut, merged

SECOND = 1_000_000
SILENCE = 6 * SECOND
Row = tuple[int, float | None]
PRODUCTS = {1: "small", 2: "large"}

PLANT_TEXT = """
site:
  id: site
  name: {en: Site, zh: 工厂}
  zone: UTC
  shifts: [{id: day, name: {en: Day, zh: 白班}, days: [mon, tue, wed, thu, fri, sat, sun], starts: 00:00, ends: 00:00}]
devices: [{id: plc, edge: edge-1, protocol: modbus, host: 127.0.0.1}]
products:
  - {id: small, name: {en: Small, zh: 小}}
  - {id: large, name: {en: Large, zh: 大}, ideal_cycle: {press: 5s}, planned_scrap: 0.1}
lines:
  - id: line-1
    name: {en: Line 1, zh: 一号线}
    machines:
      - id: press
        name: {en: Press, zh: 压力机}
        device: plc
        ideal_cycle: 2s
        tags:
          - {name: state, role: state, register: 0, states: {1: running}}
          - {name: product, role: product, register: 1, products: {1: small, 2: large}}
          - {name: total, role: total_count, register: 2}
          - {name: scrap, role: scrap_count, register: 3}
          - {name: rework, role: rework_count, register: 4}
"""
PLANT = parse_plant(PLANT_TEXT)
PRESS = PLANT.machine("press")


def press_with(*counters: str) -> Machine:
    """The press with other counters."""
    head, _ = PLANT_TEXT.split("          - {name: total")
    tags = (f"          - {{name: {name}, role: {name}_count, register: {n}}}\n" for n, name in enumerate(counters, 2))
    return parse_plant(head + "".join(tags)).machine("press")


SHORTEST_US = 2 * SECOND
PLAIN = Model()


def readings(rows: Sequence[Row]) -> Readings:
    """Readings of (microsecond, value); None is a BAD sample."""
    return Readings(
        np.array([at for at, _ in rows], np.int64),
        np.array([np.nan if value is None else value for _, value in rows], np.float64),
    )


def facts_of_samples(
    samples: Mapping[str, Sequence[Row]], from_us: int, to_us: int, model: Model = PLAIN, machine: Machine = PRESS
) -> MachineFacts:
    """Facts in a window, after samples of state, product, total, reject and rework; before the first one is NO_DATA."""
    tape = state_tape(readings(samples.get("state", ())), SILENCE)
    state_at, state = tape.at.tolist(), tape.value.tolist()
    if not state or state[0] != State.NO_DATA:
        state_at, state = [0, *state_at], [int(State.NO_DATA), *state]
    state_at[0] = 0
    products = product_tape(readings(samples.get("product", ())))
    product_at = [0, *products.at.tolist()]
    product = [None, *(PRODUCTS.get(code) for code in products.value.tolist())]
    heard_us = max((at for rows in samples.values() for at, _ in rows), default=0)
    counted = {name: counter(samples.get(name, ()), model, heard_us) for name in ("total", "good", "scrap", "rework")}
    names = {name for name, role in ROLE_OF.items() if machine.tag_of(role)}
    end = max(to_us, state_at[-1]) + 1
    nothing = np.zeros(1, np.int64)
    whole = MachineFacts(
        machine="press",
        from_us=0,
        to_us=end,
        state_at=np.array(state_at, np.int64),
        state=np.array(state, np.int64),
        product_at=np.array(product_at, np.int64),
        product=tuple(product),
        reason_at=nothing,
        reason=(None,),
        order_at=nothing,
        order=("wo-1",),
        **counted,
        first_since_us=0,
        state_before=int(State.NO_DATA),
        last_until_us=end,
        state_after=None,
        outages={name: silences(name, found, machine) for name, found in counted.items() if name in names},
    )
    return cut(whole, from_us, to_us)


def silences(name: str, found: Steps, machine: Machine) -> tuple[Span, ...]:
    """What a counter that a machine has leaves open; all time where it was never read."""
    if not found.at.size:
        return ((LOWEST, HIGHEST),)
    untold = found.untold(name in part_counters(machine))
    return merged(zip(found.since[untold].tolist(), found.at[untold].tolist(), strict=True))


def counter(rows: Sequence[Row], model: Model, heard_us: int) -> Steps:
    """Steps of one counter; none without readings."""
    return (
        steps(readings(rows), model, SHORTEST_US, SILENCE, heard_us=heard_us, from_first=True) if rows else no_steps()
    )
