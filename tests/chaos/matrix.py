"""The fault matrix: every row by its name, and how one is run with one seed."""

import random
import shutil
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import (
    rows_clock,
    rows_database,
    rows_delivery,
    rows_demo,
    rows_disk,
    rows_fuzz,
    rows_kill,
    rows_network,
    rows_plc,
)
from tests.chaos.auditor import Verdict
from tests.chaos.ground import Ground
from tests.chaos.stage import Row, Stage, Unfit

# Those that wait longest come first, so that the others run beside them.
ROWS: Mapping[str, Row] = {
    **rows_fuzz.ROWS,
    **rows_demo.ROWS,
    **rows_network.ROWS,
    **rows_disk.ROWS,
    **rows_delivery.ROWS,
    **rows_kill.ROWS,
    **rows_clock.ROWS,
    **rows_plc.ROWS,
    **rows_database.ROWS,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row has shown with a seed: a verdict, or why it could not be run, or how it broke."""

    row: str
    seed: int
    seconds: float
    verdict: Verdict | None
    unfit: str = ""
    broke: str = ""

    @property
    def clean(self) -> bool:
        """True when it was run and nothing was lost, doubled or invented."""
        return self.verdict is not None and self.verdict.clean

    def __str__(self) -> str:
        """One line."""
        head = f"{self.row:18} seed {self.seed:<6} {self.seconds:5.1f} s  "
        if self.verdict is None:
            return head + (f"not run: {self.unfit}" if self.unfit else f"BROKE: {self.broke.strip().splitlines()[-1]}")
        v = self.verdict
        word = "clean" if v.clean else "NOT CLEAN"
        missing = f"{v.certified} certified missing, {len(v.lost)} lost, {v.duplicates} doubled"
        return f"{head}{word}: {v.produced} read, {v.stored} stored, {missing}"


def run_row(ground: Ground, row: str, seed: int, keep: Path | None = None) -> Outcome:
    """One row with one seed; when it is not clean, its logs and journal are copied to a folder in `keep`."""
    folder = ground.open_folder / f"{row}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    began = time.monotonic()
    verdict, unfit, broke = None, "", ""
    try:
        verdict = ROWS[row](Stage(ground, folder, random.Random(f"{row} {seed}")))
    except Unfit as err:
        unfit = str(err)
    except Exception:  # noqa: BLE001  - whatever a row does not survive is its result, and the other rows go on
        broke = traceback.format_exc()
    outcome = Outcome(row, seed, time.monotonic() - began, verdict, unfit, broke)
    if keep is not None and not (outcome.clean or unfit):
        shutil.copytree(folder, keep / folder.name, dirs_exist_ok=True)
        (keep / folder.name / "verdict.txt").write_text(f"{verdict!r}\n{broke}", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    return outcome
