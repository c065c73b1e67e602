"""Long windows as whole days and hours, and the rest. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from config.device import Machine
from config.plant import Plant
from contract.sample import MICROSECOND
from mes.calendar.ideal_cycles import IdealCycles
from mes.facts.model import Span
from mes.facts.windowing import merged
from mes.kpi.elements import NAMES
from mes.kpi.engine import ENGINE_VERSION
from mes.kpi.policy import Policy

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


@dataclass(frozen=True, slots=True)
class Cut:
    """A window in parts: spans of whole days, spans of whole hours, and the rest."""

    days: tuple[Span, ...]
    hours: tuple[Span, ...]
    rest: tuple[Span, ...]


def cut_window(from_us: int, to_us: int, settled_us: int) -> Cut:
    """The parts of a window; hours that end after `settled_us` are none yet."""
    first, last = _up(from_us, HOUR_US), min(to_us, settled_us) // HOUR_US * HOUR_US
    if first >= last:
        return Cut((), (), ((from_us, to_us),))
    first_day, last_day = _up(first, DAY_US), last // DAY_US * DAY_US
    if first_day >= last_day:
        days, hours = [], [(first, last)]
    else:
        days, hours = [(first_day, last_day)], [(first, first_day), (last_day, last)]
    rest = [(from_us, first), (last, to_us)]
    return Cut(*(tuple((a, b) for a, b in spans if a < b) for spans in (days, hours, rest)))


def steps_in(spans: Iterable[Span], length_us: int) -> list[int]:
    """The begins of all hours or days in spans that are made of them."""
    return [at for a, b in spans for at in range(a, b, length_us)]


def spans_of(begins: Iterable[int], length_us: int) -> tuple[Span, ...]:
    """Hours or days that touch as one span each."""
    return merged((at, at + length_us) for at in begins)


def margin_us(plant: Plant, policy: Policy) -> int:
    """How far from a change of a tape its effect on the booking of time and parts can reach.

    A stop's class depends on its length up to the threshold, start-up rejects on what was so long before, and what was
    held before a silence on how long that was noticed.
    """
    silence = max(machine.no_data_after for machine in plant.machines) // MICROSECOND
    return policy.minor_stop_us + policy.startup_us + 2 * silence


def settled_until(plant: Plant, policy: Policy, known_us: int) -> int:
    """Up to where hours can be kept: the tape's end cannot change how they are booked any more."""
    return known_us - 2 * margin_us(plant, policy)


def bases_of(plant: Plant, machines: Iterable[Machine], policy: Policy, ideal: IdealCycles) -> dict[str, str]:
    """Sixteen hexadecimal digits for each machine: of what its hours are made by, beside facts, calendar and edits."""
    scrap = sorted((product.id, str(product.planned_scrap)) for product in plant.products)
    every = hashlib.sha256(repr((NAMES, ENGINE_VERSION, policy.name, policy.version, policy.hash, scrap)).encode())
    found = {}
    for machine in machines:
        tags = sorted((tag.role.value, tag.name, str(tag.fastest_us)) for tag in machine.tags)
        cycles = ideal.shortest(machine.id), ideal.longest(machine.id)
        digest = every.copy()
        digest.update(repr((cycles, machine.no_data_after // MICROSECOND, tags)).encode())
        found[machine.id] = digest.hexdigest()[:16]
    return found


def _up(at_us: int, length_us: int) -> int:
    return -(-at_us // length_us) * length_us
