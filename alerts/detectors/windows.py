"""Windows of all tags together → how unlike those of good time they are: windowed PCA with T2 and Q. Pure.

A window is the last ten cells of all tags. Its main components are those that explain nine tenths of the variance in
good time; T2 is how far it lies along them, Q how much of it they do not explain. Only the sums are kept, so learning
is one matrix product an hour and scoring a small one a cell.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from alerts.detectors.limit import Floats

LENGTH = 10
EXPLAINED = 0.9
LEAST_WINDOWS = 40.0
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Basis:
    """Main components: `usual` are their variances, `rest` is the variance that they do not explain."""

    mean: Floats
    components: Floats
    usual: Floats
    rest: float
    scale: Floats


@dataclass
class Windows:
    """What windows of good time are like; what is old counts half after `half_life` windows."""

    tags: int
    half_life: float

    def __post_init__(self) -> None:
        size = LENGTH * self.tags
        self.count = 0.0
        self.sums = np.zeros(size)
        self.products = np.zeros((size, size))
        self.basis: Basis | None = None

    def learn(self, cells: Floats) -> None:
        """One run of good cells, (cells, tags)."""
        if len(cells) < LENGTH:
            return
        rows = sliding_window_view(cells, LENGTH, axis=0).reshape(len(cells) - LENGTH + 1, -1)
        rows = rows[np.isfinite(rows).all(axis=1)]
        kept = 0.5 ** (len(rows) / self.half_life)
        self.count = kept * self.count + len(rows)
        self.sums = kept * self.sums + rows.sum(axis=0)
        self.products = kept * self.products + rows.T @ rows

    def fit(self, scale: Floats) -> None:
        """Find the components anew; nothing changes while too little is known, or when nothing moves."""
        if self.count < LEAST_WINDOWS:
            return
        mean = self.sums / self.count
        each = np.repeat(scale, LENGTH)
        covariance = (self.products / self.count - np.outer(mean, mean)) / np.outer(each, each)
        variances, vectors = np.linalg.eigh(covariance)
        variances, vectors = np.maximum(variances[::-1], 0.0), vectors[:, ::-1]
        total = float(variances.sum())
        if total <= 0:
            return
        found = int(np.searchsorted(np.cumsum(variances), EXPLAINED * total)) + 1
        main = min(found, len(variances) - 1)
        usual = np.maximum(variances[:main], TINY * total)
        rest = max(float(variances[main:].sum()), TINY * total)
        self.basis = Basis(mean, vectors[:, :main], usual, rest, each)

    def score(self, window: Floats) -> float:
        """T2 a component and Q beside its usual size, added: about 2 in good time; NaN while nothing is known."""
        if self.basis is None:
            return np.nan
        off = (window.T.ravel() - self.basis.mean) / self.basis.scale
        along = off @ self.basis.components
        unexplained = off @ off - along @ along
        return float((along * along / self.basis.usual).mean() + unexplained / self.basis.rest)

    def shares(self, window: Floats) -> Floats:
        """Of each tag, its part of what is unusual; they add up to 1."""
        if self.basis is None:
            return np.full(self.tags, 1 / self.tags)
        off = (window.T.ravel() - self.basis.mean) / self.basis.scale
        along = off @ self.basis.components
        unexplained = off - self.basis.components @ along
        parts = unexplained**2 / self.basis.rest + (self.basis.components @ (along / np.sqrt(self.basis.usual))) ** 2
        by_tag = parts.reshape(self.tags, LENGTH).sum(axis=1)
        return np.asarray(by_tag / max(float(by_tag.sum()), TINY))
