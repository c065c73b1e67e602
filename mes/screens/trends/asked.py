"""What the address of a trend asks for → tags of machines, and the link to any other view. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from config.device import Machine, Role, Tag
from config.plant import Plant
from contract.sample import from_us
from mes.facts.model import Span
from mes.values.tags import in_runs

MOST_TAGS = 8
SHOWN_AT_FIRST = 3


@dataclass(frozen=True, slots=True)
class Drawn:
    """A tag of a machine; `id` is machine/tag, as it stands in the address."""

    machine: Machine
    tag: Tag

    @property
    def id(self) -> str:
        """press-1/temperature."""
        return f"{self.machine.id}/{self.tag.name}"

    @property
    def in_runs(self) -> bool:
        """True for what is drawn as a band of words, not as a curve."""
        return in_runs(self.tag)


@dataclass(frozen=True, slots=True)
class View:
    """What is shown: tags, and a window by its name, which goes on, or by its two ends, which stand."""

    tags: tuple[Drawn, ...]
    window: str = "shift"
    span: Span | None = None

    def link(self, path: str = "/trends", **more: str) -> str:
        """The address of exactly this view."""
        place: list[tuple[str, str]] = [("tag", one.id) for one in self.tags]
        if self.span is None:
            place.append(("window", self.window))
        else:
            place += [("from", _iso(self.span[0])), ("to", _iso(self.span[1]))]
        return f"{path}?{urlencode([*place, *more.items()], safe='/:')}"

    def named(self, window: str) -> str:
        """The same tags in another window."""
        return replace(self, window=window, span=None).link()

    def without(self, gone: Drawn) -> str:
        """The same view without a tag."""
        return replace(self, tags=tuple(one for one in self.tags if one != gone)).link()

    @property
    def machines(self) -> list[Machine]:
        """The machines, each once."""
        return list({one.machine.id: one.machine for one in self.tags}.values())


def drawn(plant: Plant, ids: Iterable[str]) -> tuple[list[Drawn], list[str]]:
    """The tags with these ids, each once and no more than fit; and the ids that no tag has."""
    known = {one.id: one for one in every(plant)}
    wanted = list(dict.fromkeys(ids))
    return [known[id_] for id_ in wanted if id_ in known][:MOST_TAGS], [id_ for id_ in wanted if id_ not in known]


def every(plant: Plant) -> list[Drawn]:
    """All tags of all machines, in the order of the plant file."""
    return [Drawn(machine, tag) for machine in plant.machines for tag in machine.tags]


def first_of(machine: Machine) -> list[Drawn]:
    """What is shown of a machine when nobody has chosen: its process values, or its counters where it has none."""
    own = [Drawn(machine, tag) for tag in machine.tags]
    values = [one for one in own if one.tag.role is Role.PROCESS_VALUE and not one.in_runs]
    return (values or [one for one in own if not one.in_runs])[:SHOWN_AT_FIRST]


def by_machine(plant: Plant, but: Sequence[Drawn] = ()) -> list[tuple[Machine, list[Drawn]]]:
    """The tags that can be added, by machine."""
    found = [
        (machine, [one for tag in machine.tags if (one := Drawn(machine, tag)) not in but])
        for machine in plant.machines
    ]
    return [(machine, tags) for machine, tags in found if tags]


def _iso(at_us: int) -> str:
    return from_us(at_us).isoformat().replace("+00:00", "Z")
