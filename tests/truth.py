"""The simulator's truth file → what each machine really did, to compare with what the system says."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

FOREVER_US = 2**62


class Interval(NamedTuple):
    """A word (state or product) that held from one moment to another, microseconds since 1970 UTC."""

    word: str
    from_us: int
    to_us: int


class Counts(NamedTuple):
    """Parts made: total = good + scrap."""

    total: int
    good: int
    scrap: int


@dataclass(frozen=True)
class Truth:
    """All lines of a truth file in their order; a half line of a killed simulator is left out."""

    events: tuple[Mapping[str, object], ...]

    @property
    def start_us(self) -> int:
        """When the first run began."""
        return _at(self.events[0])

    @property
    def end_us(self) -> int:
        """The last thing that is known."""
        return max(_at(event) for event in self.events)

    @property
    def machines(self) -> tuple[str, ...]:
        """Their ids, in the order of the plant."""
        return tuple(dict.fromkeys(str(event["machine"]) for event in self.events if "machine" in event))

    def of(self, machine: str, kind: str, from_us: int = 0, to_us: int = FOREVER_US) -> Iterator[Mapping[str, object]]:
        """The events of a kind at a machine, from_us <= at < to_us."""
        for event in self.events:
            if event.get("machine") == machine and event["event"] == kind and from_us <= _at(event) < to_us:
                yield event

    def counts(self, machine: str, from_us: int = 0, to_us: int = FOREVER_US) -> Counts:
        """Parts made with from_us <= at < to_us."""
        parts = [bool(event["good"]) for event in self.of(machine, "part", from_us, to_us)]
        return Counts(len(parts), sum(parts), len(parts) - sum(parts))

    def good_by_product(self, machine: str, from_us: int = 0, to_us: int = FOREVER_US) -> dict[str, int]:
        """Good parts by product id."""
        good: dict[str, int] = {}
        for event in self.of(machine, "part", from_us, to_us):
            if event["good"]:
                good[str(event["product"])] = good.get(str(event["product"]), 0) + 1
        return good

    def states(self, machine: str, from_us: int = 0, to_us: int | None = None) -> list[Interval]:
        """Contiguous state intervals, cut to the window; while the simulator was off there is none."""
        return self._intervals(machine, "state", from_us, to_us)

    def products(self, machine: str, from_us: int = 0, to_us: int | None = None) -> list[Interval]:
        """What product it showed, as states does."""
        return self._intervals(machine, "product", from_us, to_us)

    def shown(self, machine: str) -> dict[str, tuple[int, int]]:
        """What the PLC shows for total, good, scrap: the count at start or 0 after a reset, and parts since."""
        base: dict[str, int] = {}
        made = {"total": 0, "good": 0, "scrap": 0}
        for event in self.events:
            if event.get("machine") != machine:
                continue
            if event["event"] == "counters":
                base = {name: int(str(event[name])) for name in made if name in event}
                made = dict.fromkeys(made, 0)
            elif event["event"] == "reset":
                base = dict.fromkeys(base, 0)
                made = dict.fromkeys(made, 0)
            elif event["event"] == "part":
                made["total"] += 1
                made["good" if event["good"] else "scrap"] += 1
        return {name: (base[name], made[name]) for name in base}

    def _intervals(self, machine: str, kind: str, from_us: int, to_us: int | None) -> list[Interval]:
        until_us = self.end_us if to_us is None else to_us
        word, since, found = "", 0, []
        last_us = self.start_us
        for event in self.events:
            mine = event.get("machine") == machine and event["event"] == kind
            if mine or event["event"] in ("stop", "start"):
                # A run that was killed wrote no stop: what it showed is known to its last line.
                until = last_us if event["event"] == "start" else _at(event)
                if word and until > since:
                    found.append(Interval(word, since, until))
                word, since = (str(event[kind]), _at(event)) if mine else ("", _at(event))
            last_us = _at(event)
        if word:
            found.append(Interval(word, since, max(until_us, self.end_us)))
        cut = [Interval(word, max(a, from_us), min(b, until_us)) for word, a, b in found]
        return [interval for interval in cut if interval.from_us < interval.to_us]


def read_truth(path: Path) -> Truth:
    """The truth so far; the simulator may still be writing."""
    events = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            try:
                events.append(json.loads(line))
            except ValueError:
                continue
    return Truth(tuple(events))


def _at(event: Mapping[str, object]) -> int:
    return int(str(event["at_us"]))
