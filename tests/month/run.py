"""make truth: the month with many seeds against what was, and a table. `run.py SEEDS FIRST`."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.database import database
from tests.month.compare import (
    WINDOWS,
    Told,
    Truths,
    Unobserved,
    errors,
    kpis,
    not_told,
    outside,
    pairs,
    reckoners,
    untouched,
    widened,
)
from tests.month.harm import harmed as harmed_by
from tests.month.life import PLANT, lived
from tests.month.misread import misread
from tests.month.scenes import harmed, whole

NOTHING: Unobserved = {machine.id: [] for machine in PLANT.machines}
HEAD = (
    f"{'seed':>5} {'scene':18} {'windows':>7} {'quiet':>6} {'KPIs':>6} {'max error':>9} {'wrong':>7}"
    f" {'OEE from to':>11} {'seconds':>7}"
)


@dataclass(frozen=True)
class Row:
    """One scene of a seed; in `quiet` windows nothing was destroyed, `width` is that of OEE in the others."""

    seed: int
    scene: str
    quiet: int
    compared: int
    error: Fraction
    width: float
    seconds: float
    wrong: list[str]

    def __str__(self) -> str:
        return (
            f"{self.seed:5} {self.scene:18} {len(WINDOWS) * len(PLANT.machines):7} {self.quiet:6} {self.compared:6}"
            f" {float(self.error):9.2g} {len(self.wrong):7} {self.width:11.4f} {self.seconds:7.1f}"
        )


def evaluated(
    seed: int,
    scene: str,
    truths: Truths,
    told: Told,
    unobserved: Unobserved,
    seconds: float,
    unread: Unobserved | None = None,
) -> Row:
    """How far what is told is from what was; unread: the spans without a state, where not all is unobserved."""
    missed = unobserved if unread is None else unread
    wrong = [*errors(truths, told, unobserved), *outside(truths, told), *not_told(truths, told, missed)]
    quiet = {(name, window.name) for name, window, _, _ in untouched(truths, told, unobserved)}
    compared, worst, widths = 0, Fraction(0), []
    for name, window, truth, one in pairs(truths, told):
        for _, kpi, real, said in kpis(truth, window, one):
            compared += real is not None
            if (name, window.name) in quiet and real is not None:
                worst = max(worst, abs(real - (said.value or 0)))
            elif kpi == "oee" and said.low is not None and said.high is not None:
                widths.append(said.high - said.low)
    width = float(sum(widths) / len(widths)) if widths else 0.0
    return Row(seed, scene, len(quiet), compared, worst, width, seconds, wrong)


def scenes(seed: int, folder: Path) -> Iterator[Row]:
    """The rows of a seed."""
    life = lived(seed, folder)
    truths, began = reckoners(life), time.monotonic()
    with database() as url:
        told = asyncio.run(whole(url, life))
    yield evaluated(seed, "nothing destroyed", truths, told, NOTHING, time.monotonic() - began)
    wrong, began = misread(life), time.monotonic()
    with database() as url:
        told = asyncio.run(whole(url, life, wrong.readings))
    yield evaluated(seed, "misread", truths, told, wrong.doubtful, time.monotonic() - began, wrong.stale)
    harm, began = harmed_by(life, truths), time.monotonic()
    with database() as url:
        then = asyncio.run(harmed(url, harm))
    seconds = time.monotonic() - began
    yield evaluated(seed, "destroyed", truths, then.at_first, harm.unobserved, seconds)
    last = evaluated(seed, "late frames came", truths, then.at_last, harm.unobserved_at_last, 0.0)
    last.wrong.extend(widened(truths, then.at_first, then.at_last))
    yield last


def main(seeds: int, first: int) -> int:
    """0 when every number of every seed is true or within its bounds."""
    print(HEAD, flush=True)
    wrong: list[str] = []
    for seed in range(first, first + seeds):
        with tempfile.TemporaryDirectory() as folder:
            for row in scenes(seed, Path(folder)):
                wrong += row.wrong
                print(row, *row.wrong[:5], sep="\n      ", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
