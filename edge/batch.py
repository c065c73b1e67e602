"""Readings of one moment → the columns of a frame. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contract.frame import MAX_FRAME_SAMPLES, Frame, encode
from edge.channel import Floats, Ints


@dataclass(frozen=True, slots=True)
class Batch:
    """Readings that were taken together: names of their series, and columns of equal length; value nan where BAD."""

    series: Sequence[str]
    edge_us: int
    source_us: Ints
    value: Floats
    quality: Ints


def pack(batches: Sequence[Batch], node: str, epoch: int, seq: int) -> bytes:
    """One frame of one or more batches, as bytes; at most MAX_FRAME_SAMPLES readings in all."""
    base = batches[0].edge_us
    names: dict[str, int] = {}
    index: list[int] = []
    edge: list[int] = []
    for batch in batches:
        index += [names.setdefault(name, len(names)) for name in batch.series]
        edge += [batch.edge_us - base] * len(batch.series)
    value = np.concatenate([batch.value for batch in batches])
    frame = Frame(
        node=node,
        epoch=epoch,
        seq=seq,
        base_us=base,
        series=list(names),
        index=index,
        edge=edge,
        source=np.concatenate([batch.source_us - base for batch in batches]).tolist(),
        value=[None if number != number else number for number in value.tolist()],  # noqa: PLR0124  - nan is not itself
        quality=np.concatenate([batch.quality for batch in batches]).tolist(),
    )
    return encode(frame)


def portions(batches: Sequence[Batch], most: int = MAX_FRAME_SAMPLES // 4) -> list[list[Batch]]:
    """The batches in their order, in portions of at most `most` readings; one larger batch is cut."""
    result: list[list[Batch]] = [[]]
    held = 0
    for batch in batches:
        for start in range(0, len(batch.series), most):
            part = _cut(batch, start, start + most) if len(batch.series) > most else batch
            if held and held + len(part.series) > most:
                result.append([])
                held = 0
            result[-1].append(part)
            held += len(part.series)
    return [portion for portion in result if portion]


def _cut(batch: Batch, start: int, end: int) -> Batch:
    part = slice(start, end)
    return Batch(batch.series[part], batch.edge_us, batch.source_us[part], batch.value[part], batch.quality[part])
