"""Readings of one moment → the columns of a frame. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from contract.frame import MAX_FRAME_SAMPLES, MAX_FRAME_SPAN_US, Frame, encode
from contract.gap import Cause, Gap
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
    """One frame of one or more batches, as bytes; at most MAX_FRAME_SAMPLES readings in all."""
    base = int(batches[0].edge_us[0])
    names: dict[str, int] = {}
    index: list[int] = []
    for batch in batches:
        index += [names.setdefault(name, len(names)) for name in batch.series]
    gaps = [_gap(unread, names) for batch in batches for unread in batch.gaps]
    texts: dict[str, int] = {}
    value = np.concatenate([_values(batch, texts) for batch in batches])
    frame = Frame(
        v=2 if texts else 1,
        node=node,
        epoch=epoch,
        seq=seq,
        before=before,
        base_us=base,
        series=list(names),
        index=index,
        edge=np.concatenate([batch.edge_us - base for batch in batches]).tolist(),
        source=np.concatenate([batch.source_us - base for batch in batches]).tolist(),
        value=[None if number != number else number for number in value.tolist()],  # noqa: PLR0124  - nan is not itself
        quality=np.concatenate([batch.quality for batch in batches]).tolist(),
        gaps=gaps,
        texts=list(texts),
    )
    return encode(frame)


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


def _gap(unread: Unread, names: dict[str, int]) -> Gap:
    return Gap(
        cause=unread.cause,
        device=unread.device,
        from_us=unread.from_us,
        to_us=unread.to_us,
        series=[names.setdefault(name, len(names)) for name in unread.series],
        lost=unread.lost,
        epoch=unread.epoch,
        first_seq=unread.first_seq,
        last_seq=unread.last_seq,
        numbered=unread.numbered,
    )
