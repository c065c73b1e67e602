"""Tapes and steps of one machine in a window → Elements. Pure; the shapes that all readers share."""

from dataclasses import dataclass

import numpy as np

Int64 = np.ndarray[tuple[int], np.dtype[np.int64]]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Steps:
    """Count steps of one counter: parts became known at `at`, were made after `since`; microseconds and parts."""

    at: Int64
    since: Int64
    parts: Int64
    unseen: np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """What is known of one machine in [from_us, to_us).

    `state_at`/`state` is the contiguous tape: state[i] holds from state_at[i] to state_at[i+1], the last to `to_us`;
    state_at[0] is from_us. `product_at`/`product` likewise (None: not known). Steps have from_us <= at < to_us.
    """

    machine: str
    from_us: int
    to_us: int
    state_at: Int64
    state: Int64
    product_at: Int64
    product: tuple[str | None, ...]
    total: Steps
    good: Steps
    reject: Steps
