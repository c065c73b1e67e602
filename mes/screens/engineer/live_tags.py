"""Tags of the plant file and their newest samples → rows of the tag browser. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.device import Machine, Role, Tag
from config.plant import Plant
from contract.sample import MICROSECOND, Quality, State
from mes.facts.freshness import holds_for
from mes.screens.raw_sample import RawSample
from mes.values.models import TagSource
from mes.values.tags import sources

CODES = frozenset(int(state) for state in State)
SEVERITY = 3


@dataclass(frozen=True, slots=True)
class LiveTag:
    """A tag as it is now.

    `value` is a number, or a word (`is_state`: one of the state tape); None where nothing is known: `why` is then
    no_data, old or bad.
    """

    machine: Machine
    tag: Tag
    source: TagSource
    newest: RawSample | None
    value: str | None
    is_state: bool
    why: str | None


def chosen(plant: Plant, wanted: str, machine: str | None) -> list[tuple[Machine, Tag]]:
    """The tags of a machine, or of all, in whose name, role, unit, device or machine all the words occur."""
    needles = wanted.casefold().split()
    found = []
    for one in plant.machines:
        if machine is not None and one.id != machine:
            continue
        for tag in one.tags:
            hay = f"{one.id} {one.name.en} {one.name.zh} {tag.name} {tag.role.value} {tag.unit} {one.device}".casefold()
            if all(needle in hay for needle in needles):
                found.append((one, tag))
    return found


def live(
    plant: Plant, tags: Iterable[tuple[Machine, Tag]], newest: dict[tuple[str, str], RawSample], now_us: int
) -> list[LiveTag]:
    """What each tag shows now."""
    told: dict[str, dict[str, TagSource]] = {}
    found = []
    for machine, tag in tags:
        if machine.id not in told:
            told[machine.id] = {one.name: one for one in sources(plant, machine)}
        one = newest.get((machine.id, tag.name))
        why = _why(plant, machine, tag, one, now_us)
        value = None if one is None or why is not None else _shown(tag, one)
        is_state = tag.role is Role.STATE and value is not None and not value[:1].isdigit()
        found.append(LiveTag(machine, tag, told[machine.id][tag.name], one, value, is_state, why))
    return found


def page_of(tags: Sequence[tuple[Machine, Tag]], number: int, size: int) -> tuple[list[tuple[Machine, Tag]], int]:
    """The tags of a page, and how many pages there are."""
    return list(tags[(number - 1) * size : number * size]), max(1, -(-len(tags) // size))


def _why(plant: Plant, machine: Machine, tag: Tag, one: RawSample | None, now_us: int) -> str | None:
    """Why nothing is known of it now."""
    if one is None:
        return "no_data"
    if now_us - one.at_us > holds_for(plant, machine, tag) // MICROSECOND:
        return "old"
    return "bad" if one.quality & SEVERITY >= Quality.BAD else None


def _shown(tag: Tag, one: RawSample) -> str | None:
    if one.text is not None:
        return one.text
    if one.value is None:
        return None
    if tag.role is Role.STATE and one.value in CODES:
        return State(int(one.value)).name.lower()
    if tag.role is Role.PRODUCT and int(one.value) in tag.products:
        return tag.products[int(one.value)]
    return f"{one.value:,.10g}".replace(",", "\u202f")
