"""The truth file → what every KPI of a window really was. Integers and fractions; none of the engine's code.

Written from docs/kpis.md alone: state by state and part by part, slowly.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from tests.month.windows import Span
from tests.truth import Truth

SECOND = 1_000_000
MINOR_US = 120 * SECOND
# docs/signals.md: for so long a counter is expected to come back to what it showed.
RECALL_US = 60 * SECOND
BOOKED = {
    "running": "producing",
    "setup": "setup",
    "down": "delay",
    "starved": "delay",
    "blocked": "delay",
    "stopped": "delay",
    "idle": "down",
    "maintenance": "down",
}
MAY_BE_MINOR = ("down", "stopped", "starved", "blocked")
POLICIES = ("iso-22400-2", "tpm-classic")


@dataclass(frozen=True)
class Stay:
    """A piece of planned time in one state; `began_us` and `lasted_us` are those of the whole stay."""

    from_us: int
    to_us: int
    state: str
    began_us: int
    lasted_us: int


@dataclass(frozen=True)
class Part:
    """A part at the moment in which it was finished."""

    at_us: int
    good: bool
    cycle_us: int
    planned: bool


class Reckoner:
    """All that one machine did in the month, ready to be cut to windows."""

    def __init__(
        self, truth: Truth, machine: str, planned: Sequence[Span], cycles: Mapping[str, int], end_us: int
    ) -> None:
        states, parts = [], []
        self.resets = [int(str(event["at_us"])) for event in truth.of(machine, "reset")]
        for event in truth.events:
            if event.get("machine") == machine:
                if event["event"] == "state":
                    states.append((int(str(event["at_us"])), str(event["state"])))
                elif event["event"] == "part":
                    parts.append((int(str(event["at_us"])), bool(event["good"]), cycles[str(event["product"])]))
        self.stays = [
            (at, until, word) for (at, word), (until, _) in zip(states, [*states[1:], (end_us, "")], strict=True)
        ]
        self.stay_ends = [until for _, until, _ in self.stays]
        self.pieces = list(_cut(self.stays, planned))
        self.piece_ends = [piece.to_us for piece in self.pieces]
        self.planned = planned
        self.parts = [Part(at, good, cycle, _lies_in(at, planned)) for at, good, cycle in parts]
        self.part_at = [part.at_us for part in self.parts]
        self.reckoned: dict[tuple[Span, str], dict[str, Fraction | None]] = {}

    def in_state(self, window: Span) -> Counter[str]:
        """Microseconds of each state in a window, planned or not."""
        found: Counter[str] = Counter()
        for at, until, word in self.stays[bisect_left(self.stay_ends, window[0]) :]:
            if at >= window[1]:
                break
            found[word] += max(0, min(until, window[1]) - max(at, window[0]))
        return +found

    def set_back(self, window: Span) -> bool:
        """Whether the counters were set to 0 in a window."""
        return any(window[0] <= at < window[1] for at in self.resets)

    def looks_misread(self, window: Span) -> int:
        """Parts that cannot be told from a reading that was wrong: a counter that was set back and shows what it showed
        before within a minute, because it had shown no more than it has made since.
        """
        found = 0
        for before, at in pairwise(self.resets):
            shown = bisect_left(self.part_at, at) - bisect_left(self.part_at, before)
            again = bisect_left(self.part_at, at + RECALL_US) - bisect_left(self.part_at, at)
            found += shown if window[0] <= at < window[1] and 0 < shown <= again else 0
        return found

    def counts(self, window: Span) -> tuple[int, int, int]:
        """Total, good and reject of a window, planned or not."""
        parts = self._parts(window)
        good = sum(part.good for part in parts)
        return len(parts), good, len(parts) - good

    def kpis(self, window: Span, policy: str) -> dict[str, Fraction | None]:
        """Every KPI by a policy; None where it has no denominator. Reckoned once."""
        if (window, policy) not in self.reckoned:
            self.reckoned[window, policy] = self._kpis(window, policy, self._parts(window))
        return self.reckoned[window, policy]

    def _kpis(self, window: Span, policy: str, parts: Sequence[Part]) -> dict[str, Fraction | None]:
        t, made = self._times(window, policy), [part for part in parts if part.planned]
        good_parts = sum(part.good for part in made)
        ideal = sum(part.cycle_us for part in made)
        good = sum(part.cycle_us for part in made if part.good)
        pbt = t["producing"] + t["setup"] + t["delay"] + t["down"]
        busy, apt = t["producing"] + t["setup"] + t["delay"], t["producing"]
        failures = t["failures"] + (policy == "iso-22400-2")
        found = {
            "availability": (apt, pbt),
            "effectiveness": (ideal, apt),
            "quality_ratio": (good, ideal),
            "oee": (good, pbt),
            "nee": ((apt + t["setup"]) * good, apt * pbt),
            "teep": (good, window[1] - window[0]),
            "utilization_efficiency": (apt, busy),
            "allocation_efficiency": (busy, pbt),
            "technical_efficiency": (apt, apt + t["delay"]),
            "setup_ratio": (t["setup"], apt + t["setup"]),
            "first_pass_yield": (good_parts, len(made)),
            "scrap_ratio": (len(made) - good_parts, len(made)),
            "mtbf": (busy, failures * SECOND),
            "mttf": (busy - t["repair"], failures * SECOND),
            "mttr": (t["repair"], failures * SECOND),
        }
        return {n: Fraction(over, under) if pbt and under else None for n, (over, under) in found.items()}

    def _times(self, window: Span, policy: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for piece in self.pieces[bisect_left(self.piece_ends, window[0]) :]:
            if piece.from_us >= window[1]:
                break
            length = max(0, min(piece.to_us, window[1]) - max(piece.from_us, window[0]))
            minor = piece.state in MAY_BE_MINOR and piece.lasted_us < MINOR_US
            word = BOOKED[piece.state]
            if policy == "tpm-classic":
                word = "producing" if minor else "planned_stop" if piece.state == "idle" else word
            found[word] += length
            if piece.state == "down" and not minor:
                found["repair"] += length
                found["failures"] += piece.began_us == piece.from_us and window[0] <= piece.from_us < window[1]
        return found

    def _parts(self, window: Span) -> list[Part]:
        return self.parts[bisect_left(self.part_at, window[0]) : bisect_left(self.part_at, window[1])]


def _cut(stays: Sequence[tuple[int, int, str]], planned: Sequence[Span]) -> Iterator[Stay]:
    """The stays in planned time."""
    first = 0
    for start, end in planned:
        while stays[first][1] <= start:
            first += 1
        for at, until, word in stays[first:]:
            if at >= end:
                break
            yield Stay(max(at, start), min(until, end), word, at, until - at)


def _lies_in(at: int, spans: Sequence[Span]) -> bool:
    place = bisect_left(spans, (at + 1, 0)) - 1
    return place >= 0 and spans[place][0] <= at < spans[place][1]
