"""Readings of one moment → the columns of a frame. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
from pydantic_core import to_json

from contract.frame import MAX_FRAME_SAMPLES, MAX_FRAME_SPAN_US, VERSION
from contract.gap import Cause
from contract.runs import ranges_of, runs_of
from contract.sample import TEXT
from edge.channel import Floats, Ints

# So many bytes of a text weigh as much as a number in a frame.
BYTES_OF_A_NUMBER = 50


@dataclass(frozen=True, slots=True)
class Unread:
    """A span of which nothing is known, of the named series; see contract.gap."""

    cause: Cause
    device: str
    from_us: int
    to_us: int | None
    series: Sequence[str]
    lost: int = 0
    epoch: int = 0
    first_seq: int = 0
    last_seq: int = 0
    numbered: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Readings that are reported together: names of their series, and columns of equal length; value nan where BAD.

    Where TEXT is in the quality, the value is a key of `texts`.
    `vital` readings (states, counters, products) are the last that a full journal gives up.
    """

    series: Sequence[str]
    edge_us: Ints
    source_us: Ints
    value: Floats
    quality: Ints
    vital: bool = True
    gaps: tuple[Unread, ...] = ()
    texts: Mapping[int, str] = field(default_factory=dict)
    # Read long after it was so: it goes the way of the backlog.
    late: bool = False


def pack(batches: Sequence[Batch], node: str, epoch: int, seq: int, before: int) -> bytes:
    """One frame of one or more batches, as bytes; at most MAX_FRAME_SAMPLES readings in all.

    It is not validated here: what it is made of was checked when it was read, and the collector checks all of it.
    """
    base = int(batches[0].edge_us[0])
    names = list(chain.from_iterable(batch.series for batch in batches))
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    if len(places) == len(names):
        index = [0, len(names)]
    else:
        index = ranges_of(np.fromiter(map(places.__getitem__, names), np.int64, len(names)))
    gaps = [_gap(unread, places) for batch in batches for unread in batch.gaps]
    texts: dict[str, int] = {}
    value = np.concatenate([_values(batch, texts) for batch in batches])
    frame = {
        "v": VERSION,
        "node": node,
        "epoch": epoch,
        "seq": seq,
        "before": before,
        "base_us": base,
        "series": list(places),
        "index": index,
        "edge": runs_of(np.concatenate([batch.edge_us for batch in batches]) - base),
        "source": runs_of(np.concatenate([batch.source_us for batch in batches]) - base),
        "quality": runs_of(np.concatenate([batch.quality for batch in batches])),
        "value": value.tolist(),
        "gaps": gaps,
        "texts": list(texts),
    }
    return to_json(frame, inf_nan_mode="null")


def portions(batches: Iterable[Batch], most: int = MAX_FRAME_SAMPLES // 4) -> list[list[Batch]]:
    """The batches in their order, in portions of at most `most` readings; one larger batch is cut.

    A long text weighs as much as several numbers. Where the agent's clock was set in between, readings are too far
    apart for one frame.
    """
    result: list[list[Batch]] = [[]]
    held = 0
    for batch in batches:
        for part, weight in _parts(batch, most):
            apart = held and abs(int(part.edge_us[0]) - int(result[-1][0].edge_us[0])) > MAX_FRAME_SPAN_US // 2
            if apart or (held and held + weight > most):
                result.append([])
                held = 0
            result[-1].append(part)
            held += weight
    return [portion for portion in result if portion]


def _parts(batch: Batch, most: int) -> Iterator[tuple[Batch, int]]:
    """The batch in parts of at most `most`, each with its weight; only a text may by itself be heavier."""
    count = len(batch.series)
    if not batch.texts:
        for start in range(0, count, most):
            end = min(start + most, count)
            yield (batch if count <= most else _cut(batch, start, end)), end - start
        return
    weights = [1] * count
    for i in np.flatnonzero(batch.quality >= TEXT).tolist():
        weights[i] += len(json.dumps(batch.texts[int(batch.value[i])])) // BYTES_OF_A_NUMBER
    start = held = 0
    for i, weight in enumerate(weights):
        if held and held + weight > most:
            yield _cut(batch, start, i), held
            start, held = i, 0
        held += weight
    if held:
        yield (batch if start == 0 else _cut(batch, start, count)), held


def _values(batch: Batch, texts: dict[str, int]) -> Floats:
    """The batch's values, with each text's place in the frame, which grows by those that are new in it."""
    if not batch.texts:
        return batch.value
    value = batch.value.copy()
    for i in np.flatnonzero(batch.quality >= TEXT).tolist():
        value[i] = texts.setdefault(batch.texts[int(value[i])], len(texts))
    return value


def _cut(batch: Batch, start: int, end: int) -> Batch:
    part = slice(start, end)
    return replace(
        batch,
        series=batch.series[part],
        edge_us=batch.edge_us[part],
        source_us=batch.source_us[part],
        value=batch.value[part],
        quality=batch.quality[part],
        gaps=batch.gaps if start == 0 else (),
    )


def _gap(unread: Unread, places: dict[str, int]) -> dict[str, Any]:
    """The gap with the places of its names, which grow by those that no reading has."""
    return asdict(unread) | {"series": [places.setdefault(name, len(places)) for name in unread.series]}
