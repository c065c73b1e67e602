"""Which share of its ideal number of parts is asked of a line, and from when on. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

# From this instant on holds what holds always.
ALWAYS = 0
Said = tuple[str, int, Decimal | None]


@dataclass(frozen=True, slots=True)
class Targets:
    """By line: since when (microseconds since 1970 UTC) and which share, in order of time."""

    steps: Mapping[str, Sequence[tuple[int, Fraction]]] = field(default_factory=dict)

    def of(self, line: str) -> "LineTarget":
        """What is asked of one line."""
        return LineTarget(tuple(self.steps.get(line, ())))


@dataclass(frozen=True, slots=True)
class LineTarget:
    """What is asked of one line over time."""

    steps: tuple[tuple[int, Fraction], ...] = ()

    def at(self, at_us: int) -> Fraction | None:
        """The share that is asked at an instant, None when none is."""
        nth = bisect_right([since for since, _ in self.steps], at_us)
        return self.steps[nth - 1][1] if nth else None

    def within(self, start_us: int, end_us: int) -> list[tuple[int, int, Fraction | None]]:
        """[start, end) in pieces, each with its share; together they are the whole of it."""
        edges = [start_us, *(since for since, _ in self.steps if start_us < since < end_us), end_us]
        return [(a, b, self.at(a)) for a, b in pairwise(edges) if a < b]


def targets_from(rows: Iterable[Said]) -> Targets:
    """Lines, instants and shares in the order in which they were said; None takes back what was said of an instant."""
    said: dict[str, dict[int, Decimal | None]] = {}
    for line, since_us, share in rows:
        said.setdefault(line, {})[since_us] = share
    return Targets({line: _in_order(of) for line, of in said.items()})


def _in_order(said: Mapping[int, Decimal | None]) -> list[tuple[int, Fraction]]:
    return [(at, Fraction(share)) for at, share in sorted(said.items()) if share is not None]
