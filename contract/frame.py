"""Samples ↔ the JSON that crosses MQTT: columns, checked at both doors. Pure.

A frame is a batch of one node's samples with the key (node, epoch, seq).
`epoch` grows at each start of the agent, `seq` counts from 1 within an epoch without a hole:
a hole that the collector sees is a loss, and is recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contract.gap import MAX_US, Gap
from contract.sample import MAX_TEXT, TEXT, Quality, Sample

MAX_FRAME_BYTES = 1_000_000
MAX_FRAME_SAMPLES = 20_000
MAX_FRAME_MACHINES = 5_000
# What is read together is sent together: more than a month between two readings of a frame is a broken clock.
MAX_FRAME_SPAN_US = 31 * 86_400_000_000
NAME = r"^[a-z0-9][a-z0-9_-]{0,62}$"
# A tag may have a Chinese name, as its PLC gives it.
TAG = r"[a-z0-9\u3400-\u9fff][a-z0-9\u3400-\u9fff_-]{0,62}"
SERIES = rf"^[a-z0-9][a-z0-9_-]{{0,62}}/{TAG}$"

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Name = Annotated[str, Field(pattern=NAME)]
SeriesName = Annotated[str, Field(pattern=SERIES)]
# As wide as the database's column.
Epoch = Annotated[int, Field(ge=1, lt=2**31)]
# A thousand frames a second for thirty years; sums of them stay within the database's numbers, and within a float's.
Seq = Annotated[int, Field(ge=1, lt=2**40)]
Count = Annotated[int, Field(ge=0, lt=2**53)]
# PostgreSQL holds no zero character.
Text = Annotated[str, Field(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")]


class BrokenFrame(ValueError):
    """A message that breaks the contract; the text says where and how."""


# Not to be compared: frames are equal when their fields are.
@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A frame's columns as arrays that nobody may change; times since 1970 UTC, value nan exactly where BAD."""

    index: Ints
    edge_us: Ints
    source_us: Ints
    value: Floats
    quality: Ints


class Frame(BaseModel):
    """One batch on the wire: all columns have one length, checked.

    `series` are the names 'machine/tag' that occur, `index` points into them for each sample.
    `before` is how many samples the earlier frames of this epoch held: what a missing frame held is known by it.
    `edge` and `source` are microseconds relative to `base_us`; `value` is null exactly where quality is BAD (2).
    Where quality is 8 or 9 (GOOD or UNCERTAIN, and a text) `value` points into `texts`.
    A frame with texts is version 2: a receiver of version 1 leaves it with its sender until it has been updated.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    v: Literal[1, 2] = 1
    node: Name
    epoch: Epoch
    seq: Seq
    before: Count
    base_us: Annotated[int, Field(ge=0, lt=MAX_US)]
    series: Annotated[list[SeriesName], Field(max_length=MAX_FRAME_SAMPLES)]
    index: Annotated[list[int], Field(min_length=1, max_length=MAX_FRAME_SAMPLES)]
    edge: list[int]
    source: list[int]
    value: list[float | None]
    quality: list[Literal[0, 1, 2, 8, 9]]
    gaps: Annotated[list[Gap], Field(max_length=MAX_FRAME_SAMPLES)]
    texts: Annotated[list[Text], Field(max_length=MAX_FRAME_SAMPLES)] = []

    @model_validator(mode="after")
    def columns_fit(self) -> Self:
        """Equal lengths, known series, times within reason, a null exactly where the quality is BAD."""
        lengths = {len(self.index), len(self.edge), len(self.source), len(self.value), len(self.quality)}
        if len(lengths) != 1:
            raise ValueError(f"columns have different lengths {sorted(lengths)}: each sample needs one entry in each")
        if _outside(self.index, 0, len(self.series)):
            raise ValueError(f"index points outside the {len(self.series)} names in series")
        if any(max(gap.series, default=0) >= len(self.series) for gap in self.gaps):
            raise ValueError(f"a gap points outside the {len(self.series)} names in series")
        for name, column in (("edge", self.edge), ("source", self.source)):
            if _outside(column, -self.base_us, MAX_US - self.base_us):
                raise ValueError(f"{name} holds a time outside 1970 to 2200")
        if max(self.edge) - min(self.edge) > MAX_FRAME_SPAN_US:
            raise ValueError("edge holds readings more than 31 days apart: send them in frames of their own")
        if len(self.machines) > MAX_FRAME_MACHINES:
            raise ValueError(f"series names {len(self.machines)} machines: at most {MAX_FRAME_MACHINES} in one frame")
        if (np.isnan(self.columns.value) != (self.columns.quality == 2)).any():
            raise ValueError("value is null exactly where quality is 2 (BAD)")
        self._texts_fit()
        return self

    def _texts_fit(self) -> None:
        if (self.v == 2) != bool(self.texts):
            raise ValueError("a frame has version 2 exactly when it has texts")
        numbers = self.columns.value[self.columns.quality >= TEXT]
        if any(number not in range(len(self.texts)) for number in numbers.tolist()):
            raise ValueError(f"a text's value points outside the {len(self.texts)} texts")

    @cached_property
    def machines(self) -> frozenset[str]:
        """The machines whose names occur."""
        return frozenset(map(_machine, self.series))

    @cached_property
    def columns(self) -> Columns:
        """The columns as arrays, made once."""
        columns = Columns(
            index=np.asarray(self.index, np.int64),
            edge_us=np.asarray(self.edge, np.int64) + self.base_us,
            source_us=np.asarray(self.source, np.int64) + self.base_us,
            value=np.asarray(self.value, np.float64),
            quality=np.asarray(self.quality, np.int64),
        )
        for name in Columns.__slots__:
            getattr(columns, name).flags.writeable = False
        return columns

    def samples(self) -> list[Sample]:
        """The samples one by one, for tests and small tools; the collector uses the columns."""
        names = [name.split("/", 1) for name in self.series]
        rows = zip(self.index, self.source, self.edge, self.value, self.quality, strict=True)
        return [
            Sample(
                *(names[i][0], names[i][1], self.base_us + source, self.base_us + edge),
                value=None if quality >= TEXT else value,
                quality=Quality(quality % TEXT),
                text=self.texts[int(value)] if quality >= TEXT and value is not None else None,
            )
            for i, source, edge, value, quality in rows
        ]


@lru_cache(maxsize=100_000)
def _machine(series: str) -> str:
    return series.split("/", 1)[0]


def _outside(numbers: list[int], low: int, high: int) -> bool:
    """True when not all are at least low and below high, however large they are."""
    return min(numbers) < low or max(numbers) >= high


def frame_of(node: str, epoch: int, seq: int, samples: Sequence[Sample], before: int = 0) -> Frame:
    """The frame of one or more samples, or BrokenFrame when they cannot be one."""
    if not samples:
        raise BrokenFrame("a frame needs at least one sample")
    series: dict[str, int] = {}
    index = [series.setdefault(f"{s.machine}/{s.tag}", len(series)) for s in samples]
    base = samples[0].edge_us
    texts: dict[str, int] = {}
    values = [s.value if s.text is None else texts.setdefault(s.text, len(texts)) for s in samples]
    try:
        return Frame(
            v=2 if texts else 1,
            node=node,
            epoch=epoch,
            seq=seq,
            before=before,
            base_us=base,
            series=list(series),
            index=index,
            edge=[s.edge_us - base for s in samples],
            source=[s.source_us - base for s in samples],
            value=values,
            quality=[s.quality + TEXT * (s.text is not None) for s in samples],  # type: ignore[misc]  # 0, 1, 2, 8, 9
            gaps=[],
            texts=list(texts),
        )
    except ValidationError as err:
        raise BrokenFrame(first_error(err)) from err


def encode(frame: Frame) -> bytes:
    """The bytes on the wire; the same frame gives the same bytes."""
    # A frame without texts is what it was before there were any.
    return frame.model_dump_json(exclude=None if frame.texts else {"texts"}).encode()


def decode(payload: bytes) -> Frame:
    """The frame, or BrokenFrame with the place and the reason."""
    if len(payload) > MAX_FRAME_BYTES:
        raise BrokenFrame(f"{len(payload)} bytes: a frame has at most {MAX_FRAME_BYTES}")
    try:
        return Frame.model_validate_json(payload)
    except ValidationError as err:
        raise BrokenFrame(first_error(err)) from err


def first_error(err: ValidationError) -> str:
    """The first complaint, as 'place: reason'."""
    first = err.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "frame"
    return f"{place}: {first['msg']}"
