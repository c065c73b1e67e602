"""How well devices were polled on schedule, seen from the devices."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def jitter(at: Sequence[float], period_s: float) -> Floats:
    """How far each request is from the beat that it belongs to, in seconds; the beats are those that fit most."""
    offsets = np.array(at) % period_s
    middle = np.angle(np.exp(2j * np.pi * offsets / period_s).mean()) / (2 * np.pi) * period_s
    return (offsets - middle + period_s / 2) % period_s - period_s / 2


def told(polls: Sequence[Sequence[float]], period_s: float, due: float) -> str:
    """One line of the polls of some devices: when each came, in seconds; `due` is how many there should be of one."""
    off = np.abs(np.concatenate([jitter(at, period_s) for at in polls])) * 1000
    longest = max(b - a for at in polls for a, b in pairwise(at))
    return (
        f"{min(map(len, polls))} of {due:.0f} polls at least, "
        f"jitter {np.quantile(off, 0.5):.1f} ms median, {np.quantile(off, 0.99):.1f} ms 99 %, {off.max():.1f} ms most, "
        f"longest pause {longest * 1000:.0f} ms"
    )
