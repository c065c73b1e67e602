"""Keeps what each hour of a tag with many samples comes to, in step with the frames, and reads it again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from config.plant import Plant
from contract.sample import Quality, from_us, to_us
from mes.facts.model import Span
from mes.values.hours import Hour, hour_of
from mes.values.spans import Samples
from mes.values.tags import in_runs
from mes.values.thinning import Point
from mes.web.windows import HOUR_US
from runtime.arrays import use_arrays
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.values", "queries_hours.sql")
READ = queries("mes.values")["samples"]
LOCK = 0x56414C  # "VAL": only one keeps the hours
HOUR = timedelta(hours=1)
# An hour is looked at when this much has passed since its end: most of it has come by then.
SETTLES_AFTER = timedelta(minutes=2)
MOST_FRAMES = 2000
AT_ONCE = 20
HOURS_AT_ONCE = 24
# More frames than this that the hours do not hold: mes has not run, and everything is read from samples.
MOST_NEW = 20_000


async def series_of(conn: Connection, plant: Plant) -> list[int]:
    """The series of numbers; of states, codes and texts there is no least and no greatest."""
    names = [(machine.id, tag.name) for machine in plant.machines for tag in machine.tags if not in_runs(tag)]
    asked = {"machines": [machine for machine, _ in names], "tags": [tag for _, tag in names]}
    return [row[0] for row in await (await conn.execute(SQL["series_of"].encode(), asked)).fetchall()]


async def begin(conn: Connection) -> None:
    """From here on the hours follow the frames."""
    await conn.execute(SQL["begin"].encode(), {"horizon": await _horizon(conn)})


async def follow(conn: Connection) -> bool:
    """Take in the next frames: what they have touched is outdated. True where there are more."""
    async with conn.transaction():
        horizon = await _horizon(conn)
        asked = {"horizon": horizon, "most": MOST_FRAMES}
        row = await (await conn.execute(SQL["up_to"].encode(), asked)).fetchone()
        assert row is not None  # noqa: S101  - begin has made it
        up_to, position = row
        if up_to == position:
            return False
        await conn.execute(SQL["outdate"].encode(), {"from": position, "to": up_to})
        await conn.execute(SQL["move"].encode(), {"to": up_to})
    return bool(up_to != horizon)


async def make_hours(conn: Connection, series: Sequence[int], now: datetime, oldest: datetime) -> bool:
    """Make some hours: outdated ones, those that are just over, then earlier ones. False where nothing is left."""
    outdated = await _rows(conn, "outdated", {"series": list(series), "most": AT_ONCE})
    for number, hour in outdated:
        await _make(conn, number, hour, hour + HOUR)
    last = (now - SETTLES_AFTER).replace(minute=0, second=0, microsecond=0)
    behind = await _rows(conn, "behind", {"series": list(series), "hour": last, "most": AT_ONCE})
    for number, made_to in behind:
        begin_ = made_to or last - HOUR
        await _make(conn, number, begin_, min(last, begin_ + HOURS_AT_ONCE * HOUR))
    if outdated or behind:
        return True
    unfinished = await _rows(conn, "unfinished", {"series": list(series), "most": AT_ONCE})
    for number, made_from in unfinished:
        asked = {"series": number, "hour": made_from, "oldest": oldest}
        [[more]] = await _rows(conn, "anything_before", asked)
        if more:
            await _make(conn, number, made_from - HOURS_AT_ONCE * HOUR, made_from)
        else:
            await conn.execute(SQL["all_looked_at"].encode(), {"series": number})
    return bool(unfinished)


async def forget_hours(conn: Connection, before: datetime) -> None:
    """Drop what is older than the samples are."""
    await conn.execute(SQL["forget_hours"].encode(), {"before": before})


async def hours_in(conn: Connection, series: int, window: Span, later: datetime | None) -> dict[int, Hour]:
    """By their begin, the hours of a window that hold all that the database has, or had at `later`."""
    asked = {"series": series, "from": from_us(window[0]), "to": from_us(window[1]), "as_of": later, "most": MOST_NEW}
    touched = await _rows(conn, "touched_since", asked)
    if later is not None:
        touched += await _rows(conn, "touched_later", asked)
    if len(touched) >= MOST_NEW:
        return {}
    changed = {
        hour
        for first, last in set(touched)
        for hour in range(max(to_us(first), window[0]) // HOUR_US, min(to_us(last), window[1]) // HOUR_US + 1)
    }
    rows = await _rows(conn, "hours", asked)
    return {row[0]: _hour(*row) for row in rows if row[0] // HOUR_US not in changed}


def _hour(
    begin_us: int,
    samples: int,
    good: int,
    bad: int,
    longest_us: int,
    at_us: Sequence[int],
    value: Sequence[float],
    quality: Sequence[int],
) -> Hour:
    points = [Point(at, number, Quality(q)) for at, number, q in zip(at_us, value, quality, strict=True)]
    found = (points[0], points[1], points[2], points[3]) if points else None
    return Hour(begin_us, samples, good, bad, longest_us, found)


async def _make(conn: Connection, series: int, begin_: datetime, end: datetime) -> None:
    """Look at the hours of a span, all at one instant."""
    async with conn.transaction():
        async with conn.cursor(binary=True) as cursor:
            use_arrays(cursor)
            asked = {"series": series, "from": begin_, "to": end}
            row = await (await cursor.execute(READ.encode(), asked)).fetchone()
        assert row is not None  # noqa: S101  - a sum without GROUP BY has one row
        samples = Samples.of(*row)
        for hour_us, next_us in pairwise(range(to_us(begin_), to_us(end) + 1, HOUR_US)):
            found = hour_of(samples.part(hour_us, next_us), hour_us)
            if found is None:
                await conn.execute(SQL["drop_hour"].encode(), {"series": series, "hour": from_us(hour_us)})
            else:
                await conn.execute(SQL["put_hour"].encode(), _row(series, found))
        await conn.execute(SQL["looked_at"].encode(), asked)


def _row(series: int, hour: Hour) -> dict[str, object]:
    points = hour.points or ()
    return {
        "series": series,
        "hour": from_us(hour.begin_us),
        "samples": hour.samples,
        "good": hour.good,
        "bad": hour.bad,
        "longest_us": hour.longest_us,
        "at_us": [point.at_us for point in points],
        "value": [point.value for point in points],
        "quality": [int(point.quality) for point in points],
    }


async def _horizon(conn: Connection) -> str:
    row = await (await conn.execute(SQL["horizon"].encode())).fetchone()
    assert row is not None  # noqa: S101  - it has no condition
    return str(row[0])


async def _rows(conn: Connection, name: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    return await (await conn.execute(SQL[name].encode(), asked)).fetchall()
