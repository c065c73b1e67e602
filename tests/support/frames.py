"""A frame of samples that are at hand; the edge makes its own from columns (edge/buffer/writer.py)."""

from collections.abc import Sequence

import numpy as np
from pydantic import ValidationError

from contract.frame import BrokenFrame, Frame, first_error
from contract.runs import ranges_of, runs_of
from contract.sample import TEXT, Sample


def frame_of(node: str, epoch: int, seq: int, samples: Sequence[Sample], before: int = 0) -> Frame:
    """The frame of one or more samples, or BrokenFrame when they cannot be one."""
    if not samples:
        raise BrokenFrame("a frame needs at least one sample")
    series: dict[str, int] = {}
    index = np.array([series.setdefault(f"{s.machine}/{s.tag}", len(series)) for s in samples], np.int64)
    base = samples[0].edge_us
    texts: dict[str, int] = {}
    values = [s.value if s.text is None else texts.setdefault(s.text, len(texts)) for s in samples]
    try:
        return Frame(
            node=node,
            epoch=epoch,
            seq=seq,
            before=before,
            base_us=base,
            series=list(series),
            index=ranges_of(index),
            edge=runs_of(np.array([s.edge_us - base for s in samples], np.int64)),
            source=runs_of(np.array([s.source_us - base for s in samples], np.int64)),
            quality=runs_of(np.array([s.quality + TEXT * (s.text is not None) for s in samples], np.int64)),
            value=values,
            gaps=[],
            texts=list(texts),
        )
    except ValidationError as err:
        raise BrokenFrame(first_error(err)) from err
