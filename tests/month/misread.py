"""A seed → what the readings of the month are when counters and states are now and then misread.

For seconds a counter shows 65535, 0, or what is some parts less than it counted, and then what it counted again; a
person takes some parts off it; it cannot be read, or only its last usable value, which the edge tells as BAD. Nothing
else is destroyed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from config.device import Machine, Role, Tag
from mes.facts.plausible import recall_us
from tests.month.life import BEGIN_US, END_US, PLANT, Life, Readings
from tests.month.windows import Span
from tests.support.size import sized

SECOND = 1_000_000
HOUR_US = 3600 * SECOND
# Of each kind so many for each counter, so far apart that none bears on another.
EACH, APART_US, SHORT_S = sized(3), 3 * HOUR_US, (1, 20)
KINDS = ("sentinel", "zero", "held", "bad", "corrected")
# Taken off a count so near to 0 a few parts cannot be told from a reset, and so near to the top a reset from a wrap.
LOW = 50
STALE_S = (5, 400)


@dataclass(frozen=True)
class Misread:
    """The readings as they come, and of each machine the spans on which misreadings bear; `stale` is its state then."""

    readings: Readings
    doubtful: Mapping[str, Sequence[Span]]
    stale: Mapping[str, Sequence[Span]]


def misread(life: Life) -> Misread:
    """The same seed misreads in the same way."""
    dice = Random(f"misread/{life.seed}")
    rows, doubtful = life.readings, {machine.id: list[Span]() for machine in PLANT.machines}
    stale = {machine.id: list[Span]() for machine in PLANT.machines}
    for machine, tag in [(one, tag) for one in PLANT.machines for tag in one.tags]:
        series = life.names.index(f"{machine.id}/{tag.name}")
        if tag.is_counter:
            for kind, start in zip(KINDS * EACH, _apart(dice, len(KINDS) * EACH), strict=True):
                stop = start + dice.randint(*SHORT_S) * SECOND
                rows = _counter(rows, series, tag, kind, (start, stop), dice.randint(1, 5))
                doubtful[machine.id].append((start, stop + _bears_on(machine)))
        elif tag.role is Role.STATE:
            for start in _apart(dice, EACH):
                stop = start + dice.randint(*STALE_S) * SECOND
                rows = _shown(rows, series, (start, stop), np.nan)
                stale[machine.id].append((start, stop))
    for name, spans in stale.items():
        doubtful[name] = sorted([*doubtful[name], *spans])
    return Misread(rows, doubtful, stale)


def _apart(dice: Random, count: int) -> Iterator[int]:
    """Instants of the month in order, apart."""
    room = END_US - BEGIN_US - HOUR_US - count * APART_US
    for number, at in enumerate(sorted(dice.randrange(room) for _ in range(count))):
        yield BEGIN_US + HOUR_US + at + number * APART_US


def _bears_on(machine: Machine) -> int:
    """For how long after a misreading what a counter shows is doubtful."""
    return recall_us(machine.no_data_after.seconds * SECOND)


def _counter(rows: Readings, series: int, tag: Tag, kind: str, span: Span, parts: int) -> Readings:
    """The readings with one misreading of a counter more."""
    before = _at(rows, series, span[0])
    if kind == "bad":
        return _shown(rows, series, span, np.nan)
    if kind == "held":
        return _shown(rows, series, span, max(0.0, before - parts))
    if kind == "zero" and before > (tag.wraps_at or np.inf) - LOW:
        # There 0 is a wrap.
        return rows
    if kind != "corrected":
        return _shown(rows, series, span, {"sentinel": 65_535.0, "zero": 0.0}[kind])
    if before < LOW:
        return rows
    return _taken_off(rows, series, tag.wraps_at or 0, span[0], parts)


def _shown(rows: Readings, series: int, span: Span, value: float) -> Readings:
    """For a span a series shows something else, and then what it would have shown."""
    start, stop = span
    after = _at(rows, series, stop)
    kept = rows.where((rows.series != series) | (rows.source_us < start) | (rows.source_us > stop))
    return _with(kept, [(series, start, value), (series, stop, after)])


def _taken_off(rows: Readings, series: int, wraps_at: int, start: int, parts: int) -> Readings:
    """From an instant on until it is set back a counter shows so many parts less."""
    mine = np.flatnonzero((rows.series == series) & (rows.source_us >= start))
    mine = mine[np.argsort(rows.source_us[mine], kind="stable")]
    shown = rows.value[mine]
    # A power cut sets it to 0 from below the top; where it wraps it goes on.
    low = (shown[1:] < shown[:-1]) & (shown[:-1] < wraps_at - 1)
    until = int(np.argmax(low)) + 1 if low.any() else mine.size
    value = rows.value.copy()
    value[mine[:until]] = (value[mine[:until]] - parts) % wraps_at
    if until < mine.size and value[mine[until - 1]] > wraps_at - LOW:
        # There a power cut could not be told from a wrap.
        return rows
    before = _at(rows, series, start)
    return _with(Readings(rows.series, rows.source_us, rows.edge_us, value), [(series, start, before - parts)])


def _at(rows: Readings, series: int, at: int) -> float:
    """What a series shows at an instant."""
    told = (rows.series == series) & (rows.source_us <= at)
    return float(rows.value[told][np.argmax(rows.source_us[told])])


def _with(rows: Readings, more: Sequence[tuple[int, int, float]]) -> Readings:
    """The readings and some more, in the order of edge_us."""
    series, source, value = (np.array(column) for column in zip(*more, strict=True))
    columns = (
        np.concatenate([rows.series, series]),
        np.concatenate([rows.source_us, source]),
        np.concatenate([rows.edge_us, source + SECOND // 1000]),
        np.concatenate([rows.value, value]),
    )
    order = np.argsort(columns[2], kind="stable")
    return Readings(*(column[order] for column in columns))
