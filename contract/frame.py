"""Samples ↔ the JSON that crosses MQTT: columns, checked at both doors. Pure.

A frame is a batch of one node's samples with the key (node, epoch, seq).
`epoch` grows at each start of the agent, `seq` counts from 1 within an epoch without a hole:
a hole that the collector sees is a loss, and is recorded.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contract.gap import MAX_US, Gap
from contract.runs import Ints, from_ranges, from_runs
from contract.sample import MAX_TEXT, TEXT, Quality, Sample

VERSION: Literal[1] = 1
MAX_FRAME_BYTES = 1_000_000
MAX_FRAME_SAMPLES = 20_000
MAX_FRAME_MACHINES = 5_000
# What is read together is sent together: more than a month between two readings of a frame is a broken clock.
MAX_FRAME_SPAN_US = 31 * 86_400_000_000
# GOOD, UNCERTAIN, BAD, and the first two of a text.
QUALITIES = frozenset({0, 1, 2, TEXT, TEXT + 1})
NAME = r"^[a-z0-9][a-z0-9_-]{0,62}$"
# A tag may have a Chinese name, as its PLC gives it.
TAG = r"[a-z0-9\u3400-\u9fff][a-z0-9\u3400-\u9fff_-]{0,62}"
SERIES = rf"^[a-z0-9][a-z0-9_-]{{0,62}}/{TAG}$"

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
# Pairs of numbers; what they make is checked with the columns.
Runs = Annotated[list[int], Field(max_length=2 * MAX_FRAME_SAMPLES)]
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
    """One batch on the wire, see docs/frame.md: `value` has an entry for each sample, the other columns are runs.

    A run is two numbers, a value and how often it stands in a row: `quality` [0, 99, 2, 1] is 99 GOOD and one BAD.
    `series` are the names 'machine/tag' that occur. `index` points into them, in runs that count up by one:
    [0, 100] is 0 to 99. `edge` and `source` are microseconds relative to `base_us`.
    `value` is null exactly where quality is BAD (2); where that is 8 or 9 (GOOD or UNCERTAIN, and a text) it points
    into `texts`. `before` is how many samples the earlier frames of this epoch held, so that it is known what a
    missing one held.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    v: Literal[1] = VERSION
    node: Name
    epoch: Epoch
    seq: Seq
    before: Count
    base_us: Annotated[int, Field(ge=0, lt=MAX_US)]
    series: Annotated[list[SeriesName], Field(max_length=MAX_FRAME_SAMPLES)]
    index: Runs
    edge: Runs
    source: Runs
    quality: Runs
    value: Annotated[list[float | None], Field(min_length=1, max_length=MAX_FRAME_SAMPLES)]
    gaps: Annotated[list[Gap], Field(max_length=MAX_FRAME_SAMPLES)]
    texts: Annotated[list[Text], Field(max_length=MAX_FRAME_SAMPLES)]

    @model_validator(mode="after")
    def columns_fit(self) -> Self:
        """Equal lengths, known series, times within reason, a null exactly where the quality is BAD."""
        columns = self.columns
        if any(max(gap.series, default=0) >= len(self.series) for gap in self.gaps):
            raise ValueError(f"a gap points outside the {len(self.series)} names in series")
        if columns.edge_us.max() - columns.edge_us.min() > MAX_FRAME_SPAN_US:
            raise ValueError("edge holds readings more than 31 days apart: send them in frames of their own")
        if len(self.machines) > MAX_FRAME_MACHINES:
            raise ValueError(f"series names {len(self.machines)} machines: at most {MAX_FRAME_MACHINES} in one frame")
        if (np.isnan(columns.value) != (columns.quality == 2)).any():
            raise ValueError("value is null exactly where quality is 2 (BAD)")
        places = columns.value[columns.quality >= TEXT]
        if ((places < 0) | (places >= len(self.texts)) | (places % 1 != 0)).any():
            raise ValueError(f"a text's value points outside the {len(self.texts)} texts")
        return self

    @property
    def size(self) -> int:
        """How many samples it holds."""
        return len(self.value)

    @cached_property
    def machines(self) -> frozenset[str]:
        """The machines whose names occur."""
        return frozenset(map(_machine, self.series))

    @cached_property
    def columns(self) -> Columns:
        """The columns as arrays, made once; ValueError when they are none."""
        if not QUALITIES.issuperset(self.quality[::2]):
            raise ValueError("quality holds another number than 0, 1, 2, 8 and 9")
        columns = Columns(
            index=from_ranges("index", self.index, self.size, len(self.series)),
            edge_us=self._times("edge", self.edge),
            source_us=self._times("source", self.source),
            value=np.asarray(self.value, np.float64),
            quality=from_runs("quality", self.quality, self.size),
        )
        for name in Columns.__slots__:
            getattr(columns, name).flags.writeable = False
        return columns

    def _times(self, name: str, runs: list[int]) -> Ints:
        times = from_runs(name, runs, self.size)
        if times.min() < -self.base_us or times.max() >= MAX_US - self.base_us:
            raise ValueError(f"{name} holds a time outside 1970 to 2200")
        return times + self.base_us

    def samples(self) -> list[Sample]:
        """The samples one by one, for tests and small tools; the collector uses the columns."""
        names = [name.split("/", 1) for name in self.series]
        columns = self.columns
        times = columns.index.tolist(), columns.source_us.tolist(), columns.edge_us.tolist()
        return [
            Sample(
                *(names[i][0], names[i][1], source, edge),
                value=None if quality >= TEXT else value,
                quality=Quality(quality % TEXT),
                text=self.texts[int(value)] if quality >= TEXT and value is not None else None,
            )
            for i, source, edge, value, quality in zip(*times, self.value, columns.quality.tolist(), strict=True)
        ]


@lru_cache(maxsize=100_000)
def _machine(series: str) -> str:
    return series.split("/", 1)[0]


def encode(frame: Frame) -> bytes:
    """The bytes on the wire; the same frame gives the same bytes."""
    return frame.model_dump_json().encode()


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
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"
