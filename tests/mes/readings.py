"""Readings in tests: columns from rows."""

from collections.abc import Sequence

import numpy as np

from mes.facts.tape import Readings

SECOND = 1_000_000
Row = tuple[int, float | None]


def readings(rows: Sequence[Row]) -> Readings:
    """Readings of (second, value); None is a BAD sample."""
    return Readings(
        np.array([round(second * SECOND) for second, _ in rows], np.int64),
        np.array([np.nan if value is None else value for _, value in rows], np.float64),
    )
