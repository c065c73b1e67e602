"""Preventive work by run hours, as written in the plant file."""

from config.device import Id, Name, Strict
from config.durations import PositiveDuration
from config.rules.rule import Priority


class ServiceWork(Strict):
    """What is to be done to a machine each time it has run for so long; the hours count from the last reset."""

    id: Id
    machine: Id
    name: Name
    run_hours: PositiveDuration
    priority: Priority = Priority.LOW
