"""A state tape → the boxes of a band, in per cent of its box, and the axis beneath. Pure.

Each state has four codes: colour, shape, word, and how high it stands. A band has no more boxes than a screen has
columns; where several states share a column, the one that asks for most is seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contract.sample import State, from_us, to_us
from mes.facts.model import MachineFacts, Span

CELLS = 1000
PLANNED = "planned"
# Name of the colour, and height in per cent; the later one wins where a column has room for one only.
LOOKS: dict[str, tuple[str, int]] = {
    "idle": ("idle", 10),
    PLANNED: ("planned", 22),
    "running": ("running", 42),
    "setup": ("setup", 70),
    "maintenance": ("maintenance", 70),
    "starved": ("waiting", 70),
    "blocked": ("waiting", 70),
    "stopped": ("stopped", 100),
    "down": ("down", 100),
    "no_data": ("nodata", 100),
}
RANK = {word: n for n, word in enumerate(LOOKS)}
STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 4320, 7200)
TICKS = 9


@dataclass(frozen=True, slots=True)
class Box:
    """A span of one state: its word, and where it is drawn."""

    word: str
    colour: str
    x: float
    width: float
    height: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the axis: where, what it says, and whether a narrow screen leaves it out."""

    x: float
    text: str
    optional: bool
    anchor: str


def boxes(facts: MachineFacts, planned: Sequence[Span], window: Span) -> list[Box]:
    """The states of a window; what was not worked in unplanned time is a planned stop."""
    ends = [*facts.state_at.tolist()[1:], facts.to_us]
    rows = zip(facts.state_at.tolist(), ends, facts.state.tolist(), strict=True)
    return boxes_of([(start, end, State(state).name.lower()) for start, end, state in rows], planned, window)


def boxes_of(tape: Sequence[tuple[int, int, str]], planned: Sequence[Span], window: Span) -> list[Box]:
    """The same of intervals with the words of their states."""
    found: list[tuple[int, int, str]] = []
    for start, end, word in tape:
        if word in ("running", "no_data"):
            found.append((start, end, word))
            continue
        at = start
        for a, b in [(max(a, start), min(b, end)) for a, b in planned if a < end and b > start]:
            found += [(at, a, PLANNED), (a, b, word)]
            at = b
        found.append((at, end, PLANNED))
    return _drawn(_few([one for one in found if one[0] < one[1]], window), window)


def ticks(window: Span, zone: ZoneInfo) -> list[Tick]:
    """Round times of the site's clock: hours within days, then days."""
    begin, end = window
    length_min = (end - begin) / 60_000_000
    step = timedelta(minutes=next((one for one in STEPS_MIN if length_min / one <= TICKS), STEPS_MIN[-1]))
    midnight = from_us(begin).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[Tick] = []
    at = midnight
    while to_us(at) < end:
        if to_us(at) >= begin:
            x = _share(to_us(at), window)
            anchor = "start" if x < 3 else "end" if x > 97 else "middle"
            found.append(Tick(x, _said(at, step), len(found) % 2 == 1, anchor))
        at += step
    return found


def _said(at: datetime, step: timedelta) -> str:
    return f"{at:%m-%d}" if step >= timedelta(days=1) or (at.hour, at.minute) == (0, 0) else f"{at:%H:%M}"


def _few(spans: Sequence[tuple[int, int, str]], window: Span) -> list[tuple[int, int, str]]:
    """As many as there are columns at most."""
    if len(spans) <= CELLS:
        return list(spans)
    begin, end = window
    cells = [""] * CELLS
    for start, stop, word in spans:
        first, last = (start - begin) * CELLS // (end - begin), -(-(stop - begin) * CELLS // (end - begin))
        for n in range(max(0, first), min(CELLS, last)):
            if not cells[n] or RANK[word] > RANK[cells[n]]:
                cells[n] = word
    found: list[tuple[int, int, str]] = []
    for n, word in enumerate(cells):
        a, b = begin + (end - begin) * n // CELLS, begin + (end - begin) * (n + 1) // CELLS
        if found and found[-1][2] == word:
            found[-1] = (found[-1][0], b, word)
        elif word:
            found.append((a, b, word))
    return found


def _drawn(spans: Sequence[tuple[int, int, str]], window: Span) -> list[Box]:
    made = []
    for start, stop, word in spans:
        colour, height = LOOKS[word]
        x = _share(start, window)
        made.append(Box(word, colour, x, round(_share(stop, window) - x, 3), height))
    return made


def _share(at_us: int, window: Span) -> float:
    begin, end = window
    return round((min(max(at_us, begin), end) - begin) * 100 / (end - begin), 3)
