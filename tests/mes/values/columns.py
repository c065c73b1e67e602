"""Samples in tests: columns from rows."""

from collections.abc import Sequence

import numpy as np

from contract.sample import Quality
from mes.values.spans import Samples

SECOND = 1_000_000
Row = tuple[float, float | None] | tuple[float, float | None, Quality]


def samples(*rows: Row) -> Samples:
    """Samples of (second, value) or (second, value, quality); None is BAD."""
    return Samples.of(*_columns(rows))


def _columns(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    quality = [row[2] if len(row) > 2 else Quality.BAD if row[1] is None else Quality.GOOD for row in rows]
    return (
        np.array([round(row[0] * SECOND) for row in rows], np.int64),
        np.array([np.nan if row[1] is None else row[1] for row in rows], np.float64),
        np.array(quality, np.int64),
    )
