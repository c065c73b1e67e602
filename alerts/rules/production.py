"""What a machine did → its running time, parts and scrap in any span. Pure; microseconds since 1970 UTC."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from alerts.rules.tapes import Tape
from contract.sample import State


@dataclass(frozen=True, slots=True)
class Step:
    """Parts that became known at an instant; bridged: when they were made is not known."""

    at_us: int
    parts: int
    bridged: bool = False


@dataclass(frozen=True, slots=True)
class Cycle:
    """From an instant on a part of a product (None: any) takes so long at best; None takes an entry away."""

    product: str | None
    from_us: int
    cycle_us: int | None


def ideal_of(cycles: Sequence[Cycle], product: str | None, at_us: int) -> int | None:
    """The ideal cycle of a product at an instant; `cycles` in the order in which they became known."""
    for wanted in dict.fromkeys((product, None)):
        latest = {one.from_us: one.cycle_us for one in cycles if one.product == wanted and one.from_us <= at_us}
        known = [(from_us, cycle_us) for from_us, cycle_us in latest.items() if cycle_us is not None]
        if known:
            return max(known)[1]
    return None


class Running:
    """A sum over time: how much of it lies before any instant."""

    def __init__(self, at: Sequence[int], amounts: Iterable[int]) -> None:
        self.at = at
        self.sums = [0, *accumulate(amounts)]

    def upto(self, at_us: int) -> int:
        """The sum of all up to and with an instant."""
        return self.sums[bisect_right(self.at, at_us)]


@dataclass
class Production:
    """Tape and count steps of one machine, as much of the past as was read; later rows than `now` are not looked at."""

    tape: Tape
    counts: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    products: Sequence[tuple[int, str | None]] = ()
    cycles: Sequence[Cycle] = ()

    def __post_init__(self) -> None:
        """Sums, so that each question costs a search and not a walk."""
        self.at = [at_us for at_us, _ in self.tape]
        ends = [*self.at[1:], self.at[-1]] if self.at else []
        spans = zip(self.tape, ends, strict=True)
        self.ran = [0, *accumulate((end - at_us) * (state == State.RUNNING) for (at_us, state), end in spans)]
        steps = sorted(self._made(), key=lambda step: step.at_us)
        self.steps = [step.at_us for step in steps]
        self.made = Running(self.steps, (step.parts for step in steps))
        self.bridged = [step.at_us for step in steps if step.bridged]
        self.ideals = Running(self.steps, (step.parts * (self._ideal(step.at_us) or 0) for step in steps))
        self.scraps = [
            (sign, Running([s.at_us for s in steps], [s.parts for s in steps])) for sign, steps in self._bad()
        ]

    def _made(self) -> Sequence[Step]:
        return self.counts.get("total") or [*self.counts.get("good", ()), *self.counts.get("scrap", ())]

    def _bad(self) -> list[tuple[int, Sequence[Step]]]:
        """Scrap as it is counted, or as what is not good; and what people report of good parts."""
        reported = (1, self.counts.get("reported", ()))
        if "scrap" in self.counts:
            return [(1, self.counts["scrap"]), reported]
        return [(1, self.counts.get("total", ())), (-1, self.counts.get("good", ())), reported]

    def _ideal(self, at_us: int) -> int | None:
        return ideal_of(self.cycles, self.product(at_us), at_us)

    def product(self, at_us: int) -> str | None:
        """What it made at an instant; None while that is not known."""
        place = bisect_right(self.products, at_us, key=lambda row: row[0])
        return self.products[place - 1][1] if place else None

    def state(self, now_us: int) -> tuple[int, int] | None:
        """Since when it has been in its present state, and in which; None when nothing is known."""
        place = bisect_right(self.at, now_us)
        return self.tape[place - 1] if place else None

    def tape_upto(self, now_us: int, within: Callable[[int], bool]) -> Tape:
        """The tape up to now, back to the last state that is not one of these."""
        last = first = bisect_right(self.at, now_us)
        while first > 0 and within(self.tape[first - 1][1]):
            first -= 1
        return self.tape[max(first - 1, 0) : last]

    def running_us(self, start_us: int, end_us: int) -> int:
        """Running time in a span."""
        return self._ran_upto(end_us) - self._ran_upto(start_us)

    def _ran_upto(self, at_us: int) -> int:
        place = bisect_right(self.at, at_us)
        if not place:
            return 0
        begin, state = self.tape[place - 1]
        return self.ran[place - 1] + (at_us - begin) * (state == State.RUNNING)

    def last_step_us(self, now_us: int) -> int | None:
        """When a part was counted last."""
        place = bisect_right(self.steps, now_us)
        return self.steps[place - 1] if place else None

    def parts(self, start_us: int, end_us: int) -> int:
        """Parts that became known after a start, up to and with an end."""
        return self.made.upto(end_us) - self.made.upto(start_us)

    def scrap(self, start_us: int, end_us: int) -> int:
        """Scrap of them, never below none."""
        return max(0, sum(sign * (sums.upto(end_us) - sums.upto(start_us)) for sign, sums in self.scraps))

    def start_of_last(self, parts: int, now_us: int) -> int | None:
        """The instant after which the last so many parts became known; None when fewer are."""
        place = bisect_right(self.made.sums, self.made.upto(now_us) - parts) - 1
        return None if place < 0 else self.steps[place - 1] if place else self.steps[0] - 1

    def first_step_us(self, after_us: int, now_us: int) -> int | None:
        """The first count after an instant, and after the last whose parts may have been made at any time."""
        bridged = bisect_right(self.bridged, now_us)
        after_us = max(after_us, self.bridged[bridged - 1] - 1) if bridged else after_us
        place = bisect_right(self.steps, after_us)
        return self.steps[place] if place < bisect_left(self.steps, now_us + 1) else None
