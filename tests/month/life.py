"""A seed → a month of the works: the simulator's truth file, and every reading that its PLCs give of themselves.

A server that tells each change with the time of the change, and everything once in BEAT_US: then every microsecond and
every part of the month is in the readings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import numpy as np

from config.device import Role, Tag
from config.load import load_plant
from config.plant import Plant
from contract.sample import State, to_us
from mes.facts.model import Int64
from simulator.floor import Floor
from simulator.pace import Pace, Trouble
from simulator.panel import Panel
from simulator.truth import TruthFile, line_of, start_lines, stop_line
from tests.month.windows import DAYS, FIRST
from tests.truth import Truth, read_truth

PLANT = load_plant(Path(__file__).with_name("plant.yaml"))
# From before the first shift to after the last one.
BEGIN_US = to_us(datetime.combine(FIRST, time(2), UTC))
END_US = to_us(datetime.combine(FIRST + timedelta(days=DAYS), time(7), UTC))
BEAT_US = 360_000_000
LATEST_US = 400_000
# A working month: fewer power cuts and change-overs than the simulator's day has, and small buffers.
PACE = replace(
    Pace.normal(),
    minor_stop=Trouble(1500, (5, 40)),
    power_off=Trouble(50_000, (60, 900)),
    product_every_s=40_000,
    buffer=6,
    restart=2,
    near_wrap=900,
)


@dataclass(frozen=True, slots=True)
class Readings:
    """Parallel columns in the order of edge_us: number of the series, its times, its value as the edge decodes it."""

    series: Int64
    source_us: Int64
    edge_us: Int64
    value: np.ndarray[tuple[int], np.dtype[np.float64]]

    def where(self, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> "Readings":
        """Some of them."""
        return Readings(self.series[keep], self.source_us[keep], self.edge_us[keep], self.value[keep])


@dataclass(frozen=True)
class Life:
    """What happened, and what was read of it; `names` are 'machine/tag' by the number of the series."""

    seed: int
    truth: Truth
    names: tuple[str, ...]
    readings: Readings


def lived(seed: int, folder: Path) -> Life:
    """Live through the month; the truth stays in the folder as a file."""
    floor = Floor(PLANT, seed, PACE, BEGIN_US)
    # Process values are in no KPI.
    floor.values_every_us = END_US - BEGIN_US
    numbers = {(m.id, tag.name): n for n, (m, tag) in enumerate((m, t) for m in PLANT.machines for t in m.tags)}
    shown: dict[int, float] = {}
    rows: list[tuple[int, int, float]] = []
    path = folder / f"truth-{seed}.jsonl"
    with TruthFile(path) as truth:
        truth.write(start_lines(floor, seed, 0, BEGIN_US))
        for tick in range(BEGIN_US, END_US + 1, BEAT_US):
            truth.write(_until(floor, tick, numbers, shown, rows))
            for machine, panel in floor.panels.items():
                rows += ((numbers[machine, t.name], tick, decoded(panel, t)) for t in panel.config.tags)
        truth.write([stop_line(END_US)])
    return Life(seed, read_truth(path), tuple(f"{m}/{t}" for m, t in numbers), _readings(rows, seed))


def _until(
    floor: Floor,
    tick: int,
    numbers: dict[tuple[str, str], int],
    shown: dict[int, float],
    rows: list[tuple[int, int, float]],
) -> Iterator[str]:
    """Let happen what is due: a reading of each tag that shows something else than before."""
    while floor.due_us <= tick:
        for event in floor.step():
            if event.kind != "values":
                panel = floor.panels[event.machine]
                for tag in panel.touched(event):
                    series, value = numbers[event.machine, tag.name], decoded(panel, tag)
                    if shown.get(series) != value:
                        shown[series] = value
                        rows.append((series, event.at_us, value))
                yield line_of(event, event.at_us)


def decoded(panel: Panel, tag: Tag) -> float:
    """What the edge makes of what the PLC shows."""
    raw = panel.raw(tag)
    return float(State[tag.states[int(raw)].upper()]) if tag.role is Role.STATE else float(raw)


def _readings(rows: list[tuple[int, int, float]], seed: int) -> Readings:
    """A reading comes to the edge some time after it was true, so that two of them may change places."""
    series, source, value = (np.array(column) for column in zip(*rows, strict=True))
    edge = source + np.random.default_rng(seed).integers(1_000, LATEST_US, source.size)
    order = np.argsort(edge, kind="stable")
    return Readings(series[order], source[order], edge[order], value[order])


def nodes(plant: Plant = PLANT) -> dict[str, str]:
    """Which edge agent reads a machine."""
    return {machine.id: plant.device(machine.device).edge for machine in plant.machines}
