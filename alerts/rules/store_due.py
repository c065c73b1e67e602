"""Which facts are read in a round: those of each machine every few seconds, the more of them the more rarely."""

from datetime import datetime, timedelta

from alerts.rules.figures import HourSums, OfFacts, look_back, sums_over
from alerts.rules.production import Production
from alerts.rules.store_facts import Connection, read_hours, read_production
from alerts.rules.tapes import concerns
from config.plant import Plant
from config.rules.facts import OeeLow

EVERY = timedelta(seconds=5)
HOURS_EVERY = timedelta(minutes=1)
# An hour of counts is read every 18 s.
SHARE = 200


def equipment_of(rule: OeeLow, plant: Plant) -> tuple[str, ...]:
    """The lines or machines that a rule about OEE is for."""
    return rule.lines or rule.machines or tuple(machine.id for machine in plant.machines)


class FactsReader:
    """Reads what is due; each machine is read as far back as its rules look."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.back: dict[str, timedelta] = {}
        for rule in plant.rules:
            if not isinstance(rule, OfFacts):
                continue
            for machine in plant.machines:
                if concerns(rule, [machine.id]):
                    self.back[machine.id] = max(self.back.get(machine.id, timedelta(0)), look_back(rule))
        self.oee = [rule for rule in plant.rules if isinstance(rule, OeeLow)]
        self.due: dict[str, datetime] = {}
        self.hours_due: datetime | None = None

    def production(self, conn: Connection, now: datetime) -> dict[str, Production]:
        """Of the machines that are due."""
        due = [machine for machine in self.back if now >= self.due.get(machine, now)]
        for machine in due:
            self.due[machine] = now + max(EVERY, self.back[machine] / SHARE)
        return {machine: read_production(conn, machine, now - self.back[machine], now) for machine in due}

    def hours(self, conn: Connection, now: datetime) -> dict[tuple[str, str], HourSums]:
        """By rule and machine or line, the sums of the last full hours, where all are there."""
        if not self.oee or (self.hours_due is not None and now < self.hours_due):
            return {}
        self.hours_due = now + HOURS_EVERY
        names = {name for rule in self.oee for name in equipment_of(rule, self.plant)}
        back = max(rule.over for rule in self.oee) + timedelta(hours=4)
        known = read_hours(conn, sorted(names), now - back, now)
        return {
            (rule.id, name): sums
            for rule in self.oee
            for name in equipment_of(rule, self.plant)
            if (sums := sums_over(known.get(name, {}), rule.over, now)) is not None
        }
