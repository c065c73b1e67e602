"""Samples of an alarm word, one by one → which of its bits are on. Pure.

Each bit that has a text in the plant file is an alarm of its own, known by machine, tag and bit.
"""

from dataclasses import dataclass

from alerts.rules.tapes import Verdict
from config.device import AlarmText, Tag
from config.plant import Plant
from config.rules.kinds import PlcAlarm

# What was read longer ago raises nothing, so nothing older is needed.
MEMORY_US = 300_000_000


@dataclass
class Word:
    """One alarm word under one rule; feed it samples in the order of their times."""

    rule: PlcAlarm
    machine: str
    tag: Tag
    last_us: int = 0

    @property
    def subjects(self) -> dict[int, str]:
        """What the alarm of each bit is about."""
        return {bit: f"{self.machine}/{self.tag.name}/{bit}" for bit in self.tag.alarms}

    def feed(self, at_us: int, value: float | None) -> dict[str, Verdict]:
        """What one more sample says of each subject; nothing for BAD, and for a sample that came late."""
        if value is None or at_us < self.last_us:
            return {}
        self.last_us = at_us
        return {subject: Verdict.ON if int(value) >> bit & 1 else Verdict.OFF for bit, subject in self.subjects.items()}


def words_of(plant: Plant) -> list[Word]:
    """The alarm words that rules ask for."""
    return [
        Word(rule, machine.id, tag)
        for rule in plant.rules
        if isinstance(rule, PlcAlarm)
        for machine in plant.machines
        if not rule.machines or machine.id in rule.machines
        for tag in machine.tags
        if tag.alarms
    ]


def text_of_bit(plant: Plant, subject: str) -> AlarmText:
    """The plant file's text for the subject of a bit's alarm, or KeyError."""
    machine, name, bit = subject.split("/")
    tags = {tag.name: tag for tag in plant.machine(machine).tags}
    return tags[name].alarms[int(bit)]
