"""Which tags of a machine facts are made of, and by what rules. Pure."""

import hashlib

from config.device import Machine, Role, Tag
from contract.sample import MICROSECOND

# Raised when the same samples give other facts than before: then all facts are made anew.
RULES = 6
COUNTERS = {
    Role.TOTAL_COUNT: "total",
    Role.GOOD_COUNT: "good",
    Role.SCRAP_COUNT: "scrap",
    Role.REWORK_COUNT: "rework",
}


ROLE_OF = {name: role for role, name in COUNTERS.items()}
# Whose steps are facts: counters, and the scrap that people report beyond them.
REPORTED = "reported"
STEPS = (*ROLE_OF, REPORTED)


def counter_names(machine: Machine) -> frozenset[str]:
    """Which counters a machine has."""
    return frozenset(COUNTERS[tag.role] for tag in machine.tags if tag.role in COUNTERS)


def part_counters(machine: Machine) -> tuple[str, ...]:
    """The counters that tell how many parts there are; the others only tell how good they are."""
    return ("total",) if machine.tag_of(Role.TOTAL_COUNT) else ("good", "scrap")


def source_tags(machine: Machine) -> list[tuple[Tag, str]]:
    """The tags that facts are made of; with each counter its name."""
    roles = (Role.STATE, Role.PRODUCT, Role.ORDER, *COUNTERS)
    return [(tag, COUNTERS.get(tag.role, "")) for tag in machine.tags if tag.role in roles]


def is_text(tag: Tag) -> bool:
    """True where the values of its samples are the numbers of texts."""
    return tag.type == "string"


def inputs_hash(machine: Machine, shortest_cycle_us: int) -> str:
    """A hash of all that turns a machine's samples into facts; where a tag is read from does not belong to it."""
    tags = [
        (tag.name, tag.role.value, sorted(tag.products.items()), tag.wraps_at, *_declared(machine, tag))
        for tag, _ in source_tags(machine)
    ]
    cycle = shortest_cycle_us if any(tag.is_counter for tag, _ in source_tags(machine)) else None
    text = repr((RULES, cycle, machine.no_data_after // MICROSECOND, sorted(tags, key=lambda tag: str(tag[1]))))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _declared(machine: Machine, tag: Tag) -> tuple[str, ...]:
    """What only some counters say of themselves, and of an order whether it is a text."""
    if tag.role is Role.ORDER:
        return ("text" if is_text(tag) else "number",)
    if not tag.is_counter:
        return ()
    resets = () if tag.resets else ("never set back",)
    rate = f"{machine.max_rate_factor:g} x ideal" if tag.fastest_us is None else f"fastest {tag.fastest_us} us"
    return (*resets, rate, f"{tag.parts_per_count} parts")
