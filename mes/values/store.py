"""Samples of tags in the database → what is told of them, a day at a time, so that memory has an end."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np

from config.device import Tag
from contract.sample import from_us
from mes.facts.model import Int64, Span
from mes.values import hours as hourly
from mes.values.hours import Hour, gapless, long_edges, stretches
from mes.values.runs import Run, joined, runs_of
from mes.values.spans import Gaps, Samples, gaps, no_gaps
from mes.values.store_hours import hours_in
from mes.values.thinning import Bucket, buckets_of, edges_of
from mes.web.windows import DAY_US, HOUR_US
from runtime.arrays import use_arrays
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.values")


@dataclass(slots=True)
class Found:
    """What was found of one tag; `samples` in the window, `values` where they fit, else `buckets`."""

    samples: int = 0
    values: Samples | None = None
    buckets: list[Bucket] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    told_to_us: int = 0
    gaps: Gaps = field(default_factory=no_gaps)
    texts: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """One consistent view: the number of each series asked for, what it is as of, and frames that came later."""

    conn: Connection
    at: datetime
    series: list[int | None]
    later: dict[str, Any] | None

    async def texts(self, runs: Sequence[Run]) -> dict[int, str]:
        """The texts that runs are of."""
        numbers = {int(run.value) for run in runs if run.value is not None}
        rows = await (await self.conn.execute(SQL["texts"].encode(), {"numbers": list(numbers)})).fetchall()
        return dict(rows)

    async def samples(self, series: int | None, span: Span) -> Samples:
        """The samples of a series in a span."""
        if series is None:
            return Samples.of(None, None, None)
        asked = {"series": series, "from": from_us(span[0]), "to": from_us(span[1])}
        statement = SQL["samples"] if self.later is None else SQL["earlier_samples"]
        async with self.conn.cursor(binary=True) as cursor:
            use_arrays(cursor)
            row = await (await cursor.execute(statement.encode(), asked | (self.later or {}))).fetchone()
        assert row is not None  # noqa: S101  - a sum without GROUP BY has one row
        return Samples.of(*row)


@asynccontextmanager
async def reading(
    conn: Connection, machine: str, tags: Sequence[Tag], window: tuple[datetime, datetime], as_of: datetime | None
) -> AsyncIterator[Reading]:
    """A view of the samples as the database had them at `as_of`, or has them now."""
    async with conn.transaction():
        await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        names = {"machine": machine, "tags": [tag.name for tag in tags]}
        row = await (await conn.execute(SQL["instant"].encode(), names)).fetchone()
        assert row is not None  # noqa: S101  - it has no condition
        now, series = row
        later = None
        if as_of is not None and as_of < now:
            asked = {"as_of": as_of, "from": window[0], "to": window[1]}
            found = await (await conn.execute(SQL["later_frames"].encode(), asked)).fetchone()
            if found is not None and found[0] is not None:
                later = dict(zip(("nodes", "epochs", "seqs"), found, strict=True))
            now = as_of
        yield Reading(conn, now, series, later)


async def numbers(found: Reading, series: int | None, window: Span, holds_us: int, points: int) -> Found:
    """All samples where they are no more than `points`, else buckets with no more points than that."""
    long = long_edges(window, points)
    edges = edges_of(window, points) if long is None else long
    if series is not None and long is not None:
        hours = await hours_in(found.conn, series, window, found.at if found.later else None)
        hours = {begin: hour for begin, hour in hours.items() if gapless(hour, holds_us)}
        if sum(hour.samples for hour in hours.values()) > points:
            return await _of_hours(found, series, window, holds_us, points, edges, hours)
    longest_us = int(np.diff(edges).max())
    a_day = max(1, DAY_US // longest_us)
    told = Found(values=Samples.of(None, None, None), told_to_us=window[1])
    before = await _before(found, series, window, holds_us)
    for span in pairwise([*edges[:-1:a_day].tolist(), window[1]]):
        samples = await found.samples(series, span)
        told.samples += samples.at.size
        unknown = gaps(before.then(samples), holds_us, span)
        told.gaps = told.gaps.then(unknown)
        told.buckets += buckets_of(samples, unknown, edges[(edges >= span[0]) & (edges <= span[1])])
        if told.values is not None:
            told.values = told.values.then(samples) if told.samples <= points else None
        before = before.then(samples).last()
    told.gaps = told.gaps.longest(points, longest_us)
    told.buckets = told.buckets if told.values is None else []
    return told


async def _of_hours(
    found: Reading,
    series: int,
    window: Span,
    holds_us: int,
    points: int,
    edges: Int64,
    hours: dict[int, Hour],
) -> Found:
    """A long window: hours that are kept as they are, the others from their samples."""
    told, parts = Found(told_to_us=window[1]), list[Bucket]()
    before = await _before(found, series, window, holds_us)
    for (begin, end), kept in stretches(window, hours):
        if kept:
            these = [hours[at] for at in range(begin, end, HOUR_US)]
            unknown, before = hourly.gaps_between(these, before, holds_us, (begin, end))
            parts += map(hourly.bucket_of, these)
            told.gaps = told.gaps.then(unknown)
            told.samples += sum(hour.samples for hour in these)
            continue
        for span in pairwise([*range(begin, end, DAY_US), end]):
            samples = await found.samples(series, span)
            unknown = gaps(before.then(samples), holds_us, span)
            inner = edges[(edges > span[0]) & (edges < span[1])]
            parts += buckets_of(samples, unknown, np.array([span[0], *inner, span[1]], np.int64))
            told.gaps = told.gaps.then(unknown)
            told.samples += samples.at.size
            before = before.then(samples).last()
    told.buckets = hourly.joined(parts, told.gaps, edges)
    told.gaps = told.gaps.longest(points, int(np.diff(edges).max()))
    return told


async def runs(found: Reading, series: int | None, window: Span, holds_us: int, most: int, *, text: bool) -> Found:
    """The first so many runs, and up to where they are told."""
    told = Found(told_to_us=window[1])
    before = await _before(found, series, window, holds_us)
    told.runs = runs_of(before, holds_us, most)
    for span in pairwise([*range(window[0], window[1], DAY_US), window[1]]):
        samples = await found.samples(series, span)
        told.gaps = told.gaps.then(gaps(before.then(samples), holds_us, span))
        told.runs = joined(told.runs, runs_of(samples, holds_us, most + 1))
        if len(told.runs) > most:
            told.told_to_us = told.runs[most].from_us
        told.samples += samples.part(span[0], told.told_to_us).at.size
        if len(told.runs) > most:
            break
        before = before.then(samples).last()
    told.runs = told.runs[:most]
    told.texts = await found.texts(told.runs) if text else {}
    return told


async def _before(found: Reading, series: int | None, window: Span, holds_us: int) -> Samples:
    """The sample that holds at the begin of a window."""
    return (await found.samples(series, (window[0] - holds_us, window[0]))).last()
