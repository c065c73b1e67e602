"""Samples, limits and alarms of a tag → what its chart draws. Pure.

Nothing is drawn where nothing is known: a curve is broken where a gap begins, and where a bucket lacks something that
no gap of the list says.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.plant import Plant
from config.rules.kinds import Threshold
from contract.sample import to_us
from mes.facts.model import Span
from mes.screens.trends.asked import Drawn
from mes.values.models import TagValues, ValueBucket

Number = float | None
# A gap shorter than this part of the window is seen in the chart and not listed.
WORTH = 200
MOST_GAPS = 20
# Pixels of a hundredth of a chart, on a phone and on a tablet.
PLOTS = (2.9, 8.5)


@dataclass(frozen=True, slots=True)
class AlarmSpan:
    """An alarm of a window; `end_us` None while it stands."""

    id: int
    rule: str
    machine: str | None
    priority: str
    condition: str
    text_en: str
    text_zh: str
    begin_us: int
    end_us: int | None


@dataclass(frozen=True, slots=True)
class Band:
    """A run of a state, code or text: where it is drawn in per cent; `fits` 0: no screen has room for its word, 1: a
    desk has, 2: a phone too. None: it could not be used.
    """

    x: float
    width: float
    word: str | None
    fits: int


@dataclass(frozen=True, slots=True)
class LongGap:
    """A span in which nothing is known of some tags of a machine; cause is no_samples or bad."""

    begin_us: int
    end_us: int
    cause: str
    machine: str
    tags: tuple[str, ...]


def curve(told: TagValues) -> tuple[list[float], list[Number]]:
    """Seconds and values in the order of time, None where the line breaks."""
    points: list[tuple[int, Number]] = [(to_us(one.at), one.value) for one in told.values]
    gaps = [(to_us(gap.from_), to_us(gap.to)) for gap in told.gaps]
    for bucket in told.buckets:
        points += _points(bucket, gaps)
    points += [(begin, None) for begin, _ in gaps]
    points.sort(key=lambda point: (point[0], point[1] is not None))
    return [at / 1e6 for at, _ in points], [value for _, value in points]


def chart(one: Drawn, told: TagValues, plant: Plant, alarms: Sequence[AlarmSpan], window: Span) -> dict[str, Any]:
    """All that the browser needs of a tag, as short as it can be said."""
    xs, ys = curve(told)
    rules = limits_of(one, plant)
    of_rules = {rule.id for rule in rules}
    return {
        "id": one.id,
        "x": xs,
        "y": ys,
        "gaps": [[to_us(gap.from_) / 1e6, to_us(gap.to) / 1e6] for gap in told.gaps],
        "limits": [[rule.above, 1] if rule.above is not None else [rule.below, 0] for rule in rules],
        "alarms": [
            [max(span.begin_us, window[0]) / 1e6, min(span.end_us or window[1], window[1]) / 1e6, span.priority]
            for span in alarms
            if span.machine == one.machine.id and span.rule in of_rules
        ],
    }


def limits_of(one: Drawn, plant: Plant) -> list[Threshold]:
    """The rules that watch a tag for a limit."""
    return [
        rule
        for rule in plant.rules
        if isinstance(rule, Threshold)
        and rule.tag == one.tag.name
        and (not rule.machines or one.machine.id in rule.machines)
    ]


def last_of(told: TagValues, to: datetime) -> tuple[Number | str, bool]:
    """The newest value of a window, and whether it still holds at its end."""
    points = [one for one in told.values if one.value is not None]
    points += [bucket.last for bucket in told.buckets if bucket.last is not None]
    holds = not (told.gaps and told.gaps[-1].to >= to)
    return (points[-1].value if points else None), holds


def bands(told: TagValues, window: Span) -> list[Band]:
    """A state, code or text: boxes in per cent, with the words where they fit; where nothing is known, none."""
    begin, end = window
    found = []
    for run in told.runs:
        x = (to_us(run.from_) - begin) * 100 / (end - begin)
        width = (to_us(run.to) - to_us(run.from_)) * 100 / (end - begin)
        word = None if run.value is None else f"{run.value:g}" if isinstance(run.value, float) else str(run.value)
        room = _room(word or "")
        found.append(Band(round(x, 3), round(width, 3), word, [room <= width * screen for screen in PLOTS].count(True)))
    for gap in told.gaps:
        x = (max(to_us(gap.from_), begin) - begin) * 100 / (end - begin)
        width = (min(to_us(gap.to), end) - begin) * 100 / (end - begin) - x
        found.append(Band(round(x, 3), round(width, 3), None, 0))
    return sorted(found, key=lambda band: band.x)


def _room(word: str) -> int:
    """About how many pixels a word takes; a Chinese character is twice as wide as a letter."""
    return 12 + sum(15 if ord(letter) > 0x2E80 else 9 for letter in word)


def long_gaps(pairs: Sequence[tuple[Drawn, TagValues]], window: Span) -> list[LongGap]:
    """Gaps that are worth a line, the newest first: longer than a two-hundredth of the window; alike ones are one."""
    least = (window[1] - window[0]) // WORTH
    found: dict[tuple[int, int, str, str], list[str]] = {}
    for one, told in pairs:
        for gap in told.gaps:
            begin, end = to_us(gap.from_), to_us(gap.to)
            if end - begin >= least:
                found.setdefault((begin, end, gap.cause, one.machine.id), []).append(one.tag.name)
    newest = sorted(found.items(), reverse=True)[:MOST_GAPS]
    return [LongGap(begin, end, cause, machine, tuple(tags)) for (begin, end, cause, machine), tags in newest]


def _points(bucket: ValueBucket, gaps: Sequence[Span]) -> list[tuple[int, Number]]:
    """First, least, greatest and last, each once; apart from each other where something between them is not known."""
    chosen = [one for one in (bucket.first, bucket.min, bucket.max, bucket.last) if one is not None]
    points: list[tuple[int, Number]] = sorted({(to_us(one.at), one.value or 0.0) for one in chosen})
    begin, end = to_us(bucket.from_), to_us(bucket.to)
    told, n = 0, max(0, bisect_left(gaps, (begin, begin)) - 1)
    while n < len(gaps) and gaps[n][0] < end:
        told += max(0, min(gaps[n][1], end) - max(gaps[n][0], begin))
        n += 1
    if bucket.missing_us <= told:
        return points
    return [part for at, value in points for part in ((at, value), (at + 1, None))]
