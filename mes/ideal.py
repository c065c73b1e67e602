"""Ideal cycle times: which one held for a product on a machine at an instant. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.plant import Plant
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

    def at(self, machine: str, product: str | None, at_us: int) -> int:
        """Microseconds a part; the machine's own where the product has none, its first one before that held.

        KeyError for a machine of which nothing is known.
        """
        own = self._of(machine, product, at_us) if product is not None else None
        found = self._of(machine, None, at_us) if own is None else own
        return self._by_key[machine, None][1][0] if found is None else found

    def changes(self, machine: str) -> Sequence[int]:
        """The instants at which an ideal cycle of a machine begins to hold, in order."""
        return sorted({entry.from_us for entry in self.entries if entry.machine == machine})

    def shortest(self, machine: str) -> int:
        """The shortest cycle that ever held on a machine: no part was ever made faster than ideal in less."""
        return min(entry.cycle_us for entry in self.entries if entry.machine == machine)

    def _of(self, machine: str, product: str | None, at_us: int) -> int | None:
        begins, cycles = self._by_key.get((machine, product), ([], []))
        number = bisect_right(begins, at_us) - 1
        return cycles[number] if number >= 0 else None


def ideal_of(plant: Plant) -> IdealCycles:
    """The ideal cycles of the plant file, which hold always."""
    own = [IdealCycle(m.id, None, ALWAYS, m.ideal_cycle // MICROSECOND) for m in plant.machines]
    of_products = [
        IdealCycle(machine, product.id, ALWAYS, cycle // MICROSECOND)
        for product in plant.products
        for machine, cycle in product.ideal_cycle.items()
    ]
    return IdealCycles([*own, *of_products])
