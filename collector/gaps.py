"""Which sequence numbers are missing. Pure."""

from collections.abc import Iterable

Range = tuple[int, int]


def gaps_after(highest: int, known: Iterable[Range], arrived: Iterable[int]) -> tuple[int, list[Range]]:
    """The highest number seen so far, and the ranges still missing below it, both ends included.

    `highest` is the highest number seen before (0: none), `known` the ranges missing then, `arrived` the new numbers.
    """
    missing = sorted(known)
    for number in sorted(set(arrived)):
        if number > highest:
            if number > highest + 1:
                missing.append((highest + 1, number - 1))
            highest = number
        else:
            missing = [part for gap in missing for part in _without(gap, number)]
    return highest, missing


def _without(gap: Range, number: int) -> list[Range]:
    first, last = gap
    if not first <= number <= last:
        return [gap]
    return [part for part in ((first, number - 1), (number + 1, last)) if part[0] <= part[1]]
