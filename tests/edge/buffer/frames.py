"""Entries for a journal in tests."""

from functools import partial

import numpy as np

from contract.sample import to_us
from edge.buffer.batch import Batch, pack
from edge.buffer.journal import Entry, Kind, Lane
from tests.times import at

START = at("2026-11-23 08:00")
START_US = to_us(START)


def entry(second: int = 0, count: int = 1, lane: Lane = "live", kind: Kind = "vital", tag: str = "state") -> Entry:
    """A frame of `count` samples of one tag, read at this second."""
    us = START_US + second * 1_000_000
    batch = Batch(
        [f"press-1/{tag}"] * count, np.full(count, us), np.full(count, us), np.zeros(count), np.zeros(count, np.int64)
    )
    return Entry(lane, kind, count, us, us, partial(pack, [batch], "edge-1"))
