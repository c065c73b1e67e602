"""Where the samples of a frame lie in time: one span, or several of each machine where they lie far apart. Pure."""

from dataclasses import dataclass

import numpy as np

from contract.frame import Frame

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
# Samples that lie closer than this are made into facts together in any case.
APART_US = 600_000_000
MOST_SPANS = 500


@dataclass(frozen=True, slots=True)
class Touched:
    """Spans of machines, both ends included."""

    machines: list[str]
    from_us: list[int]
    to_us: list[int]


def touched(frame: Frame, held_out: Bools) -> Touched | None:
    """The spans that sound samples of a frame touch; None where they lie together, so that one span says it all.

    A frame whose samples are all held out touches nothing.
    """
    sound = ~held_out
    at = frame.columns.source_us[sound]
    if at.size == 0:
        return Touched([], [], [])
    if int(at.max()) - int(at.min()) <= APART_US:
        return None
    names = sorted(frame.machines)
    number = {name: n for n, name in enumerate(names)}
    of_series = np.array([number[name.split("/", 1)[0]] for name in frame.series], np.int64)
    which = of_series[frame.columns.index[sound]]
    order = np.lexsort((at, which))
    which, at = which[order], at[order]
    step = np.where(which[1:] == which[:-1], at[1:] - at[:-1], np.iinfo(np.int64).max)
    begins = np.concatenate([[0], np.flatnonzero(step > _apart(step, len(names))) + 1])
    ends = np.append(begins[1:] - 1, at.size - 1)
    return Touched([names[n] for n in which[begins].tolist()], at[begins].tolist(), at[ends].tolist())


def _apart(step: Ints, machines: int) -> int:
    """How far apart samples begin another span: further where there would be too many."""
    largest = np.sort(step)[::-1]
    most = max(MOST_SPANS, machines)
    return max(APART_US, int(largest[most - 1])) if largest.size >= most else APART_US
