"""Plant file and seed → what happens on the whole floor, event by event. Pure."""

from random import Random

from config.plant import Plant
from simulator.agenda import Agenda
from simulator.line import Line
from simulator.machine import SECOND_US, Event, Machine, machines_of
from simulator.pace import Pace
from simulator.panel import Panel


class Floor:
    """All lines under one clock, the model's own; the same plant, seed, run and pace give the same events.

    `run` counts the starts of the simulator: the PLCs of a second run have lost their counts.
    """

    def __init__(self, plant: Plant, seed: int, pace: Pace, at_us: int, run: int = 0) -> None:
        text = f"{seed}/{run}"
        self._agenda = Agenda()
        self._events: list[Event] = []
        self.lines: list[Line] = []
        self.panels: dict[str, Panel] = {}
        self.values_every_us = SECOND_US
        for config in plant.lines:
            machines = machines_of(plant, config, text, pace, at_us=at_us, restarted=run > 0)
            rng = Random(f"{text}/{config.id}")  # noqa: S311  - a plant to look at, not a secret
            self.lines.append(Line(machines, rng, pace, self._agenda))
            for machine_config, machine in zip(config.machines, machines, strict=True):
                self.panels[machine.id] = Panel(machine_config, machine, text, pace)
        for line in self.lines:
            line.begin(at_us, self._events.append)
        self._agenda.put(at_us + self.values_every_us, self._values, 0)

    @property
    def machines(self) -> dict[str, Machine]:
        """All machines by id."""
        return {machine_id: panel.machine for machine_id, panel in self.panels.items()}

    @property
    def due_us(self) -> int:
        """The model's time of what comes next."""
        return self._agenda.due_us

    def step(self) -> list[Event]:
        """Let the next thing happen; often that is no event at all."""
        self._agenda.step()
        if not self._events:
            return []
        events = self._events.copy()
        self._events.clear()
        return events

    def halt(self, at_us: int) -> None:
        """From now on all machines come to a stop and stay there; process values go on."""
        for line in self.lines:
            line.halt(at_us)

    def _values(self, place: int, at_us: int) -> None:
        for machine_id, panel in self.panels.items():
            panel.move(self.values_every_us / SECOND_US)
            self._events.append(Event(at_us, machine_id, "values"))
        self._agenda.put(at_us + self.values_every_us, self._values, place)
