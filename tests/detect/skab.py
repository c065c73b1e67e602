"""SKAB (waico/SKAB, GPL-3.0: read where it lies, nothing of it is in the tree): F1, false and missed rows, VUS-PR.

Each of its 34 files begins with 400 good rows; what comes after is scored live, row by row.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from alerts.detectors.anomaly import Anomalies, Budget
from alerts.detectors.limit import limit_of
from alerts.detectors.windows import LENGTH, Windows

Floats = NDArray[np.float64]
GOOD = 400
TAGS = 8
BLOCK = 20  # rows, seconds: an hour of a machine is 20 s of this rig
FOLDS = 8
AN_HOUR = 3600 / BLOCK  # one false alarm an hour, in blocks
BACK = 0.7
SECOND_US = 1_000_000
VUS_WINDOW = 20


@dataclass(frozen=True, slots=True)
class Experiment:
    """One file."""

    values: Floats
    wrong: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Found:
    """Of the rows after the good ones: how unusual each is, and whether an alarm stood."""

    scores: Floats
    alarm: NDArray[np.bool_]


Detector = Callable[[Floats], Found]


def read(folder: Path) -> list[Experiment]:
    """All but the file without anomalies."""
    files = sorted(file for file in folder.glob("data/*/*.csv") if file.parent.name != "anomaly-free")
    return [_experiment(file) for file in files]


def _experiment(file: Path) -> Experiment:
    with file.open() as lines:
        rows = list(csv.reader(lines, delimiter=";"))
    wrong = rows[0].index("anomaly") - 1
    values = np.array([[float(cell) for cell in row[1:]] for row in rows[1:]])
    return Experiment(values[:, :TAGS], values[:, wrong] > 0)


def windowed_pca(values: Floats) -> Found:
    """The product's windows and its limit, learned once from the good rows, each eighth scored by the other seven."""
    edges = np.linspace(0, GOOD, FOLDS + 1).astype(int)
    peaks = []
    for begin, end in pairwise(edges):
        scores = _scores(_learned(values[:begin], values[end:GOOD]), values[begin:end])
        peaks += [scores[at : at + BLOCK].max() for at in range(0, len(scores) - BLOCK // 2, BLOCK)]
    usual = float(np.median(peaks))
    limit = limit_of(np.array(peaks), len(peaks) / AN_HOUR)
    scores = _scores(_learned(values[:GOOD]), values[GOOD - LENGTH + 1 :])
    alarm, stands = np.zeros(len(scores), dtype=bool), False
    for row, level in enumerate((scores - usual) / (limit - usual)):
        stands = level > (BACK if stands else 1.0)
        alarm[row] = stands
    return Found(scores, alarm)


def _learned(*parts: Floats) -> Windows:
    made = Windows(TAGS, half_life=1e12)
    for part in parts:
        made.learn(part)
    spread = np.concatenate(parts).std(axis=0)
    made.fit(np.where(spread > 0, spread, 1.0))
    return made


def _scores(made: Windows, values: Floats) -> Floats:
    windows = sliding_window_view(values, LENGTH, axis=0).swapaxes(1, 2)
    return np.array([made.score(window) for window in windows])


def whole_detector(values: Floats) -> Found:
    """The detector as it runs in the plant, all five figures; what it learns ends with the good rows."""
    made = Anomalies([1e-9] * TAGS, SECOND_US, BLOCK, Budget(1, 3600 * SECOND_US, (GOOD - 5 * BLOCK) * SECOND_US))
    found = []
    for row, cells in enumerate(values):
        if row == GOOD:
            made.block = len(values)  # no block ends any more
        found.append(made.step(row * SECOND_US, cells))
    return Found(np.array([one.level for one in found[GOOD:]]), np.array([one.open for one in found[GOOD:]]))


def always(values: Floats) -> Found:
    """An alarm in every row."""
    rows = len(values) - GOOD
    return Found(np.zeros(rows), np.ones(rows, dtype=bool))


def by_chance(values: Floats) -> Found:
    """An alarm in every second row."""
    scores = np.random.default_rng(len(values)).random(len(values) - GOOD)
    return Found(scores, scores > 0.5)


def figures(experiments: list[Experiment], detector: Detector) -> tuple[float, float, float, float]:
    """F1, share of good rows with an alarm, share of wrong rows without one, of all files together; mean VUS-PR."""
    hits = false = missed = good = 0
    volumes = []
    for one in experiments:
        found, wrong = detector(one.values), one.wrong[GOOD:]
        hits += int((found.alarm & wrong).sum())
        false += int((found.alarm & ~wrong).sum())
        missed += int((~found.alarm & wrong).sum())
        good += int((~wrong).sum())
        volumes.append(vus_pr(wrong, found.scores))
    return 2 * hits / (2 * hits + false + missed), false / good, missed / (hits + missed), float(np.mean(volumes))


def vus_pr(wrong: NDArray[np.bool_], scores: Floats, longest: int = VUS_WINDOW, steps: int = 250) -> float:
    """Volume under the surface of precision and recall, with labels that fade out over 0 to `longest` rows."""
    rows = len(wrong)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], wrong.astype(int), [0]))))
    spans = list(zip(edges[::2], edges[1::2] - 1, strict=True))
    limits = -np.sort(-scores)[np.linspace(0, rows - 1, steps).astype(int)]
    over = scores[None] >= limits[:, None]
    areas = []
    for window in range(longest + 1):
        labels = _faded(wrong, spans, window)
        touched = np.mean([over[:, a : b + 1].any(axis=1) for a, b in _merged(spans, window // 2, rows)], axis=0)
        hits = over @ labels
        wanted = (2 * wrong.sum() + over @ np.where(wrong, 0.0, labels)) / 2
        recall, precision = np.minimum(hits / wanted, 1) * touched, hits / over.sum(axis=1)
        areas.append(float((np.diff(np.concatenate(([0.0], recall))) * precision).sum()))
    return float(np.mean(areas))


def _faded(wrong: NDArray[np.bool_], spans: list[tuple[int, int]], window: int) -> Floats:
    labels = wrong.astype(float)
    for begin, end in spans:
        for away in range(1, window // 2 + 1):
            for row in (begin - away, end + away):
                if 0 <= row < len(labels):
                    labels[row] += np.sqrt(1 - away / window)
    return np.minimum(labels, 1.0)


def _merged(spans: list[tuple[int, int]], wider: int, rows: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for begin, end in spans:
        span = max(begin - wider, 0), min(end + wider, rows - 1)
        if found and span[0] <= found[-1][1]:
            span = found.pop()[0], span[1]
        found.append(span)
    return found
