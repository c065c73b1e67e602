"""One simulated machine: what it shows, what it counts, how it was born. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Literal, NamedTuple

from config.cycles import newest
from config.device import Machine as MachineConfig
from config.device import Role, Tag
from config.plant import Line as LineConfig
from config.plant import Plant
from config.state_rules import StateWord
from simulator.pace import Pace

SECOND_US = 1_000_000
# Parts of a restart at 0 and of a wrap look alike just below the wrap: no power cycle happens there.
RESET_BELOW = 0.5
CAPACITY = {"bool": 2, "int16": 2**15, "uint16": 2**16, "int32": 2**31, "uint32": 2**32} | {
    "int64": 2**63,
    "uint64": 2**64,
    "float32": 2**24,
    "float64": 2**53,
    "bcd16": 10**4,
    "bcd32": 10**8,
}
# What a PLC without a code for the first word shows instead.
INSTEAD: Mapping[str, tuple[StateWord, ...]] = {
    "starved": ("idle", "stopped", "running"),
    "blocked": ("idle", "stopped", "running"),
    "idle": ("stopped", "running"),
    "setup": ("stopped", "idle", "down"),
    "maintenance": ("stopped", "down", "idle"),
    "down": ("stopped", "idle"),
    "stopped": ("idle", "down"),
    "running": (),
}


class Event(NamedTuple):
    """What happened at a machine; `word` is the shown state or the product id, `good` belongs to a part."""

    at_us: int
    machine: str
    kind: Literal["state", "part", "product", "reset", "values"]
    word: str = ""
    good: bool = False


@dataclass(slots=True)
class Counter:
    """A count as the PLC keeps it: after limit - 1 comes 0."""

    value: int
    limit: int

    def count(self) -> None:
        """One more."""
        self.value = (self.value + 1) % self.limit


@dataclass(slots=True)
class Machine:
    """Everything that changes at one machine; `simulator.line` moves it.

    `campaign` numbers the product changes of its line; `turn` grows whenever its plan changes, so that what
    was due under the old plan is void. `left_us` is the rest of the cycle of the part inside, while it stands.
    """

    id: str
    rng: Random
    words: frozenset[str]
    products: tuple[str, ...]
    cycles_us: tuple[int, ...]
    counters: dict[Role, Counter]
    initial: dict[Role, int]
    drag: float
    reject_rate: float
    state: StateWord = "running"
    since_us: int = 0
    campaign: int = 0
    target: int = 0
    turn: int = 0
    taken: int = 0
    made: int = 0
    rejected: int = 0
    loaded: bool = False
    ends_us: int | None = None
    left_us: int | None = None
    waiting: StateWord | None = None
    slow_until_us: int = 0
    slow_factor: float = 1.0
    bad_until_us: int = 0
    shown: StateWord = field(init=False)

    def __post_init__(self) -> None:
        self.shown = self.word_for(self.state)

    def word_for(self, state: StateWord) -> StateWord:
        """The word that this PLC has for a state; without any state tag, the state itself."""
        if not self.words or state in self.words:
            return state
        return next((word for word in INSTEAD[state] if word in self.words), "running")

    @property
    def product(self) -> str:
        """The product that the PLC shows; empty when it has no product tag."""
        return self.products[self.campaign % len(self.products)]

    def cycle_us(self, at_us: int) -> int:
        """How long the next part takes: never less than ideal, stretched in a slow phase."""
        ideal = self.cycles_us[self.campaign % len(self.cycles_us)]
        stretch = self.slow_factor if at_us < self.slow_until_us else 1.0
        return int(ideal * stretch * (self.drag + 0.02 * self.rng.random()))

    def finish_part(self, at_us: int) -> bool:
        """Count the part inside; True when it is good."""
        rate = self.reject_rate * 6 if at_us < self.bad_until_us else self.reject_rate
        good = self.rng.random() >= rate
        self.made += 1
        self.rejected += not good
        self.loaded, self.ends_us, self.left_us = False, None, None
        for role, counter in self.counters.items():
            if role is Role.TOTAL_COUNT or (role is Role.GOOD_COUNT) == good:
                counter.count()
        return good

    def may_reset(self) -> bool:
        """False without counters, or when a restart at 0 could be taken for a wrap."""
        return bool(self.counters) and all(c.value < c.limit * RESET_BELOW for c in self.counters.values())

    def reset(self) -> None:
        """A power cycle: every counter is 0 again."""
        for counter in self.counters.values():
            counter.value = 0


def machines_of(plant: Plant, line: LineConfig, seed: str, pace: Pace, *, at_us: int, restarted: bool) -> list[Machine]:
    """The machines of one line at birth; after a restart of the PLCs their counters are 0."""
    products = line_products(line)
    machines = []
    for number, config in enumerate(line.machines):
        rng = Random(f"{seed}/{config.id}")  # noqa: S311  - a plant to look at, not a secret
        own = products if config.tag_of(Role.PRODUCT) else ("",)
        counters = {
            tag.role: Counter(0 if restarted else _birth_count(tag, rng, pace, number), _limit(tag))
            for tag in config.tags
            if tag.is_counter
        }
        state_tag = config.tag_of(Role.STATE)
        machines.append(
            Machine(
                id=config.id,
                rng=rng,
                words=state_tag.words if state_tag else frozenset(),
                products=own,
                cycles_us=tuple(ideal_cycle_us(plant, config, product) for product in own),
                counters=counters,
                initial={role: counter.value for role, counter in counters.items()},
                drag=rng.uniform(1.01, 1.06),
                reject_rate=rng.uniform(0.01, 0.03),
                since_us=at_us,
            )
        )
    return machines


def line_products(line: LineConfig) -> tuple[str, ...]:
    """The products that every machine with a product tag knows, or those of the first when they share none."""
    lists = [list(tag.products.values()) for machine in line.machines if (tag := machine.tag_of(Role.PRODUCT))]
    shared = [product for product in (lists[0] if lists else [""]) if all(product in known for known in lists)]
    return tuple(shared) or tuple(lists[0])


def ideal_cycle_us(plant: Plant, machine: MachineConfig, product_id: str) -> int:
    """The plant's ideal cycle of a product on a machine, in microseconds."""
    for product in plant.products:
        if product.id == product_id and machine.id in product.ideal_cycle:
            return round(newest(product.ideal_cycle[machine.id]).total_seconds() * SECOND_US)
    return round(machine.ideal_cycle.total_seconds() * SECOND_US)


def _limit(tag: Tag) -> int:
    return min(tag.wraps_at or CAPACITY[tag.type], CAPACITY[tag.type])


def _birth_count(tag: Tag, rng: Random, pace: Pace, number: int) -> int:
    """Just below the wrap for every other machine that wraps, somewhere low for the rest."""
    limit = _limit(tag)
    if tag.wraps_at and number % 2 == 0:
        below = max(3, pace.near_wrap // 40) if tag.role is Role.SCRAP_COUNT else pace.near_wrap
        return limit - rng.randint(min(2, limit), min(below, limit))
    return rng.randrange(max(1, min(20_000, limit // 4)))
