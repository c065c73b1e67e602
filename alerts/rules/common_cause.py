"""Machines that fall silent at once → what they have in common: site, edge agent, line or device. Pure.

Sixteen machines without data are one thing: an agent that is away, a broker, a switch, the power of a line. It is an
alarm of its own, whose subject is `edge/edge-1` and the like, and theirs follow from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from config.plant import Plant

# Agents notice a silence each at its own beat.
TOGETHER_US = 120_000_000


@dataclass(frozen=True, slots=True)
class Group:
    """What some machines have in common; `kind` is site, edge, line or device."""

    kind: str
    id: str
    machines: frozenset[str]

    @property
    def subject(self) -> str:
        """What an alarm of it is about."""
        return f"{self.kind}/{self.id}"


def groups_of(plant: Plant) -> list[Group]:
    """Those of two machines or more, the largest first; the same machines only once, by the first of its names."""
    edge_of = {machine.id: plant.device(machine.device).edge for machine in plant.machines}
    everything = frozenset(edge_of)
    found = [Group("edge", edge, frozenset(m for m in edge_of if edge_of[m] == edge)) for edge in plant.edges]
    found += [Group("site", plant.site.id, everything)]
    found += [Group("line", line.id, frozenset(m.id for m in line.machines)) for line in plant.lines]
    found += [
        Group("device", device.id, frozenset(m.id for m in plant.machines if m.device == device.id))
        for device in plant.devices
    ]
    by_machines: dict[frozenset[str], Group] = {}
    for group in found:
        if len(group.machines) > 1:
            by_machines.setdefault(group.machines, group)
    return sorted(by_machines.values(), key=lambda group: -len(group.machines))


def silent_at_once(groups: list[Group], silent_since: Mapping[str, int]) -> list[Group]:
    """The largest groups all of whose machines are silent, and at least two of them since about the same time."""
    found: list[Group] = []
    for group in groups:
        if any(group.machines <= other.machines for other in found) or not group.machines <= silent_since.keys():
            continue
        last = max(silent_since[machine] for machine in group.machines)
        if sum(last - silent_since[machine] <= TOGETHER_US for machine in group.machines) > 1:
            found.append(group)
    return found
