"""Under which MQTT topics an event is told. Pure."""

from typing import Any, NamedTuple

from config.plant import Plant
from contract.topics import event_topic, state_topic
from mes.feed.event import Event

# What the latest event of a machine or line says still holds until the next one.
STATES = frozenset({"operation.state_changed", "stop.changed", "sign_on.changed"})


class Topic(NamedTuple):
    """A topic, and whether the broker keeps its latest message for those that subscribe later."""

    name: str
    retained: bool


def topics_of(plant: Plant, event: Event) -> list[Topic]:
    """The event's own topic, and that of the state where it tells one of a machine or line of the plant.

    Equipment is what the data name as `machine` and `line`, where the plant has it: nothing else gets into a topic.
    """
    line, machine = _place(plant, event.data)
    found = [Topic(event_topic(plant.site.id, line, machine, event.type), False)]
    if event.type in STATES and line is not None:
        found.append(Topic(state_topic(plant.site.id, line, machine, event.type), True))
    return found


def _place(plant: Plant, data: dict[str, Any]) -> tuple[str | None, str | None]:
    for line in plant.lines:
        for machine in line.machines:
            if machine.id == data.get("machine"):
                return line.id, machine.id
    named = data.get("line")
    return (named, None) if named in [line.id for line in plant.lines] else (None, None)
