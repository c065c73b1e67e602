"""Scrap that people report beyond what counters tell → the count steps whose parts it was. Pure.

A part is scrap once, where it was counted: the scrap of a report is of the latest good parts that were counted by then
in the same run and shift, else of the next ones. So no window has more scrap than parts, and windows add up.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

NONE = Decimal(0)
# An instant, and how much became known at it.
Amount = tuple[int, Decimal]


@dataclass(frozen=True, slots=True)
class Placed:
    """So much of what became known at an instant is what entry `number` of a list says."""

    at_us: int
    quantity: Decimal
    number: int


def in_run(runs: Sequence[tuple[int, int | None]], at_us: int) -> int:
    """The instant at which a report is booked: its own in a run, else the last of the run before, or the first of all.

    Who reports after the end means what was made before it.
    """
    before = [end for start, end in runs if end is not None and end <= at_us]
    if not runs or any(start <= at_us and (end is None or at_us < end) for start, end in runs):
        return at_us
    return max(before) - 1 if before else min(start for start, _ in runs)


def placed(made: Sequence[Amount], taken: Sequence[Amount]) -> tuple[list[Placed], list[Decimal]]:
    """Each of `taken` as part of what was made, and how much of each was not made at all.

    The earliest is placed first: on what was made last by then, then further back, then on what was made next.
    """
    steps = sorted((at, quantity) for at, quantity in made if quantity > 0)
    instants, left = [at for at, _ in steps], [quantity for _, quantity in steps]
    found: list[Placed] = []
    rest = [quantity for _, quantity in taken]
    for number in sorted(range(len(taken)), key=lambda n: (taken[n][0], n)):
        first = bisect_right(instants, taken[number][0])
        for step in (*range(first - 1, -1, -1), *range(first, len(steps))):
            if rest[number] <= 0:
                break
            part = min(left[step], rest[number])
            if part > 0:
                left[step] -= part
                rest[number] -= part
                found.append(Placed(instants[step], part, number))
    return found, rest


def good_of(made: Sequence[Amount], scrap: Sequence[Amount]) -> list[Amount]:
    """What is left of what was made once the scrap that a counter tells is taken off."""
    off, left = placed(made, scrap)[0], {at: NONE for at, _ in made}
    for at, quantity in made:
        left[at] += quantity
    for one in off:
        left[one.at_us] -= one.quantity
    return sorted(left.items())


def beyond(told: Decimal, reports: Sequence[Amount]) -> list[Amount]:
    """What reports of scrap say beyond what a counter told: it explains the earliest ones."""
    found = []
    for at, quantity in sorted(reports):
        explained = min(told, quantity)
        told -= explained
        if quantity > explained:
            found.append((at, quantity - explained))
    return found
