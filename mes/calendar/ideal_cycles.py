"""Ideal cycle times: which one held for a product on a machine at an instant. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.calendar import calendar_of
from config.cycles import DatedCycle
from config.plant import Plant
from config.shifts import day_span
from contract.sample import MICROSECOND

# An ideal cycle that was always so holds from the first instant that our contract can tell.
ALWAYS = 0


@dataclass(frozen=True, slots=True)
class IdealCycle:
    """PRI: time for one part at best, of a product on a machine (None: of any product), from an instant on."""

    machine: str
    product: str | None
    from_us: int
    cycle_us: int


class IdealCycles:
    """All ideal cycles of a plant; an entry holds until the next one of the same machine and product begins."""

    def __init__(self, entries: Iterable[IdealCycle]) -> None:
        self.entries = tuple(sorted(entries, key=lambda e: (e.machine, e.product or "", e.from_us)))
        self._by_key: dict[tuple[str, str | None], tuple[list[int], list[int]]] = {}
        for entry in self.entries:
            begins, cycles = self._by_key.setdefault((entry.machine, entry.product), ([], []))
            begins.append(entry.from_us)
            cycles.append(entry.cycle_us)
        self._of_machine: dict[str, list[IdealCycle]] = {}
        for entry in self.entries:
            self._of_machine.setdefault(entry.machine, []).append(entry)

    def at(self, machine: str, product: str | None, at_us: int) -> int:
        """Microseconds a part; the machine's own where the product has none, its first one before that held.

        KeyError for a machine of which nothing is known.
        """
        own = self._of(machine, product, at_us) if product is not None else None
        found = self._of(machine, None, at_us) if own is None else own
        return self._by_key[machine, None][1][0] if found is None else found

    def changes(self, machine: str) -> Sequence[int]:
        """The instants at which an ideal cycle of a machine begins to hold, in order."""
        return sorted({entry.from_us for entry in self._of_machine[machine]})

    def shortest(self, machine: str) -> int:
        """The shortest cycle that ever held on a machine: no part was ever made faster than ideal in less."""
        return min(entry.cycle_us for entry in self._of_machine[machine])

    def longest(self, machine: str) -> int:
        """The longest cycle that ever held on a machine: what a part of an unknown product takes at most."""
        return max(entry.cycle_us for entry in self._of_machine[machine])

    def _of(self, machine: str, product: str | None, at_us: int) -> int | None:
        begins, cycles = self._by_key.get((machine, product), ([], []))
        number = bisect_right(begins, at_us) - 1
        return cycles[number] if number >= 0 else None


def plant_cycles(plant: Plant) -> dict[tuple[str, str | None], list[tuple[int, int]]]:
    """What the plant file says for each machine and product: (from_us, cycle_us), ALWAYS where it says no day."""
    calendar = calendar_of(plant.site)

    def dated(cycles: Iterable[DatedCycle]) -> list[tuple[int, int]]:
        return [
            (ALWAYS if one.since is None else day_span(calendar, one.since)[0], one.cycle // MICROSECOND)
            for one in cycles
        ]

    own: dict[tuple[str, str | None], list[tuple[int, int]]] = {
        (machine.id, None): dated(machine.ideal_cycles) for machine in plant.machines
    }
    of_products = {(m, product.id): dated(c) for product in plant.products for m, c in product.ideal_cycle.items()}
    return own | of_products


def ideal_of(plant: Plant) -> IdealCycles:
    """The ideal cycles of the plant file alone."""
    return IdealCycles(
        IdealCycle(machine, product, from_us, cycle_us)
        for (machine, product), cycles in plant_cycles(plant).items()
        for from_us, cycle_us in cycles
    )


def ideal_from(plant: Plant, rows: Iterable[tuple[str, str | None, int, int | None]]) -> IdealCycles:
    """The ideal cycles of the database, rows in the order in which they became known: of two for one instant the later.

    None for a cycle takes the entry away. A machine or product of which the database tells nothing has what the plant
    file says.
    """
    latest = {(machine, product, from_us): cycle for machine, product, from_us, cycle in rows}
    told = {(machine, product) for machine, product, _ in latest}
    known = [IdealCycle(m, p, at, cycle) for (m, p, at), cycle in latest.items() if cycle is not None]
    return IdealCycles([*known, *(e for e in ideal_of(plant).entries if (e.machine, e.product) not in told)])
