"""NAB (numenta/NAB, MIT) by its own rules: windows, probation, three profiles, one threshold for the whole corpus.

Written from the rules that its README and paper publish; the scores that its repository publishes for two of its
detectors come out to the last digit. The score of a row in a window falls from 1 to 0 over the window, each window
counts once with its earliest row over the threshold, and each row over the threshold outside of a window costs.
"""

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HELD_OUT = "realKnownCause"
PROBATION_SHARE, PROBATION_MOST = 0.15, 750


@dataclass(frozen=True, slots=True)
class Series:
    """One file: seconds, values, and the first and last row of each labelled window."""

    seconds: NDArray[np.int64]
    values: Floats
    windows: list[tuple[int, int]]

    @property
    def probation(self) -> int:
        """So many rows at the beginning count for nothing."""
        return min(math.floor(PROBATION_SHARE * len(self.values)), PROBATION_MOST)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a row over the threshold outside of a window costs, and what a window costs in which there is none."""

    name: str
    false: float
    missed: float


PROFILES = (
    Profile("standard", 0.11, 1.0),
    Profile("reward_low_FP_rate", 0.22, 1.0),
    Profile("reward_low_FN_rate", 0.11, 2.0),
)


def read(folder: Path) -> dict[str, Series]:
    """The corpus, by group and file."""
    windows = json.loads((folder / "labels" / "combined_windows.json").read_text())
    return {name: _series(folder / "data" / name, spans) for name, spans in sorted(windows.items())}


def _series(file: Path, spans: list[list[str]]) -> Series:
    with file.open() as lines:
        rows = list(csv.reader(lines))[1:]
    seconds = np.array([_seconds(row[0]) for row in rows])
    place = {int(second): i for i, second in reversed(list(enumerate(seconds)))}
    windows = [(place[_seconds(begin)], place[_seconds(end)]) for begin, end in spans]
    return Series(seconds, np.array([float(row[1]) for row in rows]), windows)


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text[:19]).replace(tzinfo=UTC).timestamp())


def score(
    corpus: Mapping[str, Series], scores: Mapping[str, Floats], profile: Profile, threshold: float | None = None
) -> tuple[float, float]:
    """NAB's score, 0 for a detector that says nothing and 100 for a perfect one, and the threshold.

    Without a threshold the best one for the whole corpus, as NAB's rules allow.
    """
    found, worth, window, count = [], [], [], 0
    for name, one in corpus.items():
        row_worth, row_window = _rows(one)
        rows = slice(one.probation, None)
        found.append(scores[name][rows])
        worth.append(row_worth[rows])
        window.append(np.where(row_window >= 0, row_window + count, -1)[rows])
        count += len(one.windows)
    order = np.argsort(-np.concatenate(found), kind="stable")
    sorted_scores = np.concatenate(found)[order]
    sums = _sums(np.concatenate(worth)[order], np.concatenate(window)[order], profile, count)
    if threshold is None:
        ends = np.concatenate(([0], np.flatnonzero(np.diff(sorted_scores)) + 1, [len(sorted_scores)]))
        best = int(ends[np.argmax(sums[ends])])
        threshold = float(sorted_scores[best - 1]) if best else math.inf
    at = int((sorted_scores >= threshold).sum())
    return 100 * (float(sums[at]) + profile.missed * count) / (count * (1 + profile.missed)), threshold


def _rows(one: Series) -> tuple[Floats, NDArray[np.int64]]:
    """What each row is worth, and the window it lies in, -1 for none."""
    count = len(one.values)
    worth, window = np.full(count, -1.0), np.full(count, -1)
    for number, (begin, end) in enumerate(one.windows):
        width = end - begin + 1
        inside = np.arange(begin, end + 1)
        worth[inside] = _sigmoid(-(end - inside + 1) / width) / float(_sigmoid(np.array(-1.0)))
        window[inside] = number
        after = np.arange(end + 1, one.windows[number + 1][0] if number + 1 < len(one.windows) else count)
        worth[after] = _sigmoid((after - end) / (width - 1))
    return worth, window


def _sigmoid(place: Floats) -> Floats:
    """1 far before the end of a window, 0 at its end, -1 far behind."""
    return np.where(place > 3, -1.0, 2 / (1 + np.exp(5 * np.minimum(place, 3.0))) - 1)


def _sums(worth: Floats, window: NDArray[np.int64], profile: Profile, windows: int) -> Floats:
    """The corpus's score with the first 0, 1, 2 ... rows over the threshold."""
    gains = np.where(window < 0, worth * profile.false, 0.0)
    best = np.full(windows, -profile.missed)
    for row in np.flatnonzero(window >= 0):
        gains[row] = max(0.0, worth[row] - best[window[row]])
        best[window[row]] = max(best[window[row]], worth[row])
    present = len(np.unique(window[window >= 0]))
    return np.concatenate(([0.0], np.cumsum(gains))) - profile.missed * present
