"""A rule and the past → when its alarms would have been active, by the judge that judges now. Pure.

The clock is that of the past: it goes on by a few seconds, and nothing that came later is looked at.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.alarms.announcing import Announcing, Chatter, Flood, Said
from alerts.alarms.life_cycle import CALLS, Event
from alerts.alarms.texts import Text, text_of
from alerts.rules.figures import HourSums, sums_over
from alerts.rules.judge import Finding, Judge, Key, Reading, Round
from alerts.rules.production import Production
from alerts.rules.tapes import UNMOVED, Tape, Verdict
from config.plant import Plant
from config.rules.facts import OeeLow
from config.rules.kinds import AnyRule, NoData, Stopped
from config.rules.rule import Priority
from config.shifts import Span
from contract.sample import from_us

STEP_US = 5_000_000
MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Past:
    """What was stored, in the order of its times; readings from before the span teach and raise nothing."""

    planned: Sequence[Span]
    readings: Iterable[Reading] = ()
    production: Mapping[str, Production] = field(default_factory=dict)
    hours: Mapping[str, Mapping[datetime, HourSums]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Active:
    """One time in which an alarm would have been active; `end_us` None: it still is at the end of the span."""

    subject: str
    machine: str | None
    begin_us: int
    end_us: int | None
    text: Text


def only(plant: Plant, rule: AnyRule) -> Plant:
    """The plant with one rule and no other."""
    return plant.model_copy(update={"rules": (rule,)})


def replay(plant: Plant, rule: AnyRule, past: Past, span: Span) -> list[Active]:
    """Each time in which it would have been active, in the order of their begins."""
    judge = Judge(only(plant, rule))
    open_: dict[Key, tuple[int, Finding, Text]] = {}
    found: list[Active] = []
    stream = iter(past.readings)
    waiting = next(stream, None)
    for now_us in range(span[0], span[1] + STEP_US, STEP_US):
        now_us = min(now_us, span[1])  # noqa: PLW2901  - the last step ends with the span
        readings = []
        while waiting is not None and waiting.at_us <= now_us:
            readings.append(waiting)
            waiting = next(stream, None)
        for finding in judge.judge(_round(rule, past, readings, now_us), list(open_)):
            if finding.verdict is Verdict.ON and finding.key not in open_:
                open_[finding.key] = now_us, finding, text_of(plant, rule, finding.key[1], finding.detail)
            elif finding.verdict is Verdict.OFF and finding.key in open_:
                found.append(_active(*open_.pop(finding.key), now_us))
    found += [_active(*one, None) for one in open_.values()]
    return sorted(found, key=lambda one: (one.begin_us, one.subject))


def _active(begin_us: int, finding: Finding, text: Text, end_us: int | None) -> Active:
    return Active(finding.key[1], finding.machine, begin_us, end_us, text)


def _round(rule: AnyRule, past: Past, readings: Sequence[Reading], now_us: int) -> Round:
    """What the watch would have read then; nothing lagged, and nothing was half made."""
    tapes: dict[str, Tape] = {}
    if isinstance(rule, Stopped | NoData):
        unmoved = UNMOVED.__contains__
        tapes = {machine: seen.tape_upto(now_us, unmoved) for machine, seen in past.production.items()}
    hours: dict[Key, HourSums] = {}
    if isinstance(rule, OeeLow) and now_us % MINUTE_US < STEP_US:
        for name, known in past.hours.items():
            sums = sums_over(known, rule.over, from_us(now_us))
            if sums is not None:
                hours[rule.id, name] = sums
    return Round(
        now_us=now_us,
        watching_since_us=0,
        tapes=tapes,
        planned=past.planned,
        orders=None,
        readings=readings,
        losses=None,
        products={machine: seen.product(now_us) for machine, seen in past.production.items()},
        production=past.production,
        hours=hours,
    )


def messages(plant: Plant, rule: AnyRule, times: Iterable[Active]) -> int:
    """How many messages each of its channels would have got, raised and cleared: grouped, chatter and flood as now."""
    lines = {machine.id: line.id for line in plant.lines for machine in line.machines}
    told = [(one.begin_us, Event.RAISED, one) for one in times]
    told += [(one.end_us, Event.CLEARED, one) for one in times if one.end_us is not None]
    announcing = Announcing(Flood(plant.alarms.flood_above), plant.alarms.digest_every)
    chatter = Chatter()
    sent: set[tuple[str, datetime]] = set()
    for number, (at_us, event, one) in enumerate(sorted(told, key=lambda row: (row[0], row[1]))):
        at, key = from_us(at_us), (rule.id, one.subject)
        chatter.calmed(at)
        begins = event in CALLS and chatter.begins(key, at)
        if not begins and key in chatter.since:
            continue
        group = lines.get(one.machine or "", rule.id)
        said = Said(number, number, key, event, rule.priority is Priority.HIGH, rule.notify, group)
        sent |= {(together, due) for _, together, due in announcing.due([said], at)}
    return len(sent)


def share_active(times: Iterable[Active], span: Span) -> timedelta:
    """How long any of them would have been active."""
    total = end = 0
    for one in sorted(times, key=lambda one: one.begin_us):
        until = span[1] if one.end_us is None else one.end_us
        total += max(0, until - max(end, one.begin_us))
        end = max(end, until)
    return timedelta(microseconds=total)
