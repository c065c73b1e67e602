"""`make detect`: NAB, SKAB and simulated machine-weeks, beside the constant and the random detector."""

import os
import sys
from pathlib import Path

import numpy as np

from alerts.detectors.anomaly import Anomalies, Budget
from tests.detect import nab, skab
from tests.detect.machines import judged, report

NAB, SKAB = "SHOPFLOOR_NAB", "SHOPFLOOR_SKAB"
GET_NAB = f"git clone --depth 1 https://github.com/numenta/NAB .cache/NAB, then {NAB}=.cache/NAB make detect"
GET_SKAB = f"git clone --depth 1 https://github.com/waico/SKAB .cache/SKAB, then {SKAB}=.cache/SKAB make detect"
SECOND_US = 1_000_000
ROWS_OF_A_BLOCK = 12
WEEK = 168 * 3600 * SECOND_US
HOLD = 150  # rows: NAB counts each row over the threshold, so an event is told once unless it gets worse
MACHINES, WEEKS, LEARNING, FAULTS_A_WEEK = 20, 6, 1, 3


def main() -> int:
    """Print it all; 0."""
    for name, get, run in ((NAB, GET_NAB, of_nab), (SKAB, GET_SKAB, of_skab)):
        folder = Path(os.environ.get(name) or f".cache/{name.removeprefix('SHOPFLOOR_')}")
        if (folder / "data").is_dir():
            run(folder)
        else:
            print(f"{folder}/data is not there: {get}", flush=True)
    print("\nSimulated machines, three faults a week from the fourth week on")
    print("\n".join(report(judged(MACHINES, WEEKS, LEARNING, FAULTS_A_WEEK))), flush=True)
    print("Simulated machines without any fault")
    print("\n".join(report(judged(MACHINES, WEEKS, LEARNING, 0, seed=2))), flush=True)
    return 0


def of_nab(folder: Path) -> None:
    """Three profiles: best threshold of the corpus, and the limit that the budget of 1 a week gives."""
    corpus = nab.read(folder)
    ours = {name: once(levels(one)) for name, one in corpus.items()}
    rng = np.random.default_rng(1)
    chance = {name: rng.random(len(one.values)) for name, one in corpus.items()}
    constant = {name: np.full(len(one.values), 0.5) for name, one in corpus.items()}
    groups = {
        "all groups": corpus,
        f"without {nab.HELD_OUT}": {n: s for n, s in corpus.items() if not n.startswith(nab.HELD_OUT)},
        f"{nab.HELD_OUT} (held out)": {n: s for n, s in corpus.items() if n.startswith(nab.HELD_OUT)},
    }
    print(f"NAB, {len(corpus)} files")
    for title, files in groups.items():
        for profile in nab.PROFILES:
            best, threshold = nab.score(files, ours, profile)
            own, _ = nab.score(files, ours, profile, 1.0)
            print(
                f"  {title:28} {profile.name:19} best threshold {best:5.1f} (at {threshold:.2f} of the limit), "
                f"limit without labels {own:5.1f}, random {nab.score(files, chance, profile)[0]:4.1f}, "
                f"constant {nab.score(files, constant, profile)[0]:3.1f}",
                flush=True,
            )


def levels(one: nab.Series) -> nab.Floats:
    """How unusual each row is, as the product judges a machine with one tag."""
    cell_us = int(np.median(np.diff(one.seconds))) * SECOND_US
    least = 1e-3 * float(np.abs(one.values[:100]).mean())
    made = Anomalies([least], cell_us, ROWS_OF_A_BLOCK, Budget(1, WEEK, 24 * ROWS_OF_A_BLOCK * cell_us))
    rows = zip(one.seconds.tolist(), one.values, strict=True)
    return np.array([made.step(second * SECOND_US, np.array([value])).level for second, value in rows])


def once(found: nab.Floats) -> nab.Floats:
    """A row counts when it is more unusual than all of the rows before it that are still remembered."""
    padded = np.concatenate((np.full(HOLD, -np.inf), found))
    before = np.lib.stride_tricks.sliding_window_view(padded, HOLD)[: len(found)].max(axis=1)
    return np.where(found > before, np.maximum(found, 0.0), 0.0)


def of_skab(folder: Path) -> None:
    """The product's windowed PCA, and all of it, beside the constant and the random one."""
    experiments = skab.read(folder)
    print(f"\nSKAB, {len(experiments)} files, limit without labels: one false alarm an hour")
    detectors = {
        "windowed PCA": skab.windowed_pca,
        "all five figures": skab.whole_detector,
        "constant": skab.always,
        "random": skab.by_chance,
    }
    for name, detector in detectors.items():
        f1, false, missed, volume = skab.figures(experiments, detector)
        print(f"  {name:18} F1 {f1:.2f}, FAR {false:5.1%}, MAR {missed:5.1%}, VUS-PR {volume:.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
