"""Samples and facts of the past → what a rule would have seen; nothing is written."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import TupleRow

from alerts.rules.figures import OfFacts, look_back
from alerts.rules.judge import Judge, Reading
from alerts.rules.store_due import equipment_of
from alerts.rules.store_facts import read_hours, read_production
from alerts.rules.tapes import concerns, us
from alerts.trials.replay import Active, Past, only, replay
from alerts.watch import SQL as WATCH
from alerts.watch import usable
from config.calendar import calendar_from
from config.plant import Plant
from config.rules.facts import OeeLow
from config.rules.kinds import Anomaly, AnyRule, DataLoss, NoData, OrderLate, Stopped
from config.shifts import Span, planned_spans
from contract.sample import MICROSECOND, to_us
from runtime.database import queries

SQL = {name: text.encode() for name, text in queries("alerts.trials").items()}
Connection = psycopg.Connection[TupleRow]
LONGEST = timedelta(days=31)
MOST_SAMPLES = 3_000_000
AT_ONCE = 20_000
TAPE = timedelta(days=8)
HOURS_BACK = timedelta(hours=4)


class NotTriable(ValueError):
    """The rule cannot be tried over this span; the text says why, and what can be done."""


def try_rule(conn: Connection, plant: Plant, rule: AnyRule, begin: datetime, end: datetime) -> list[Active]:
    """Each time in which it would have been active, or NotTriable."""
    _possible(rule, begin, end)
    span = to_us(begin), to_us(end)
    with conn.transaction():
        conn.execute(SQL["patience"])
        planned = _planned(conn, plant, begin, end)
        if isinstance(rule, Stopped | NoData | OeeLow | OfFacts):
            return replay(plant, rule, _facts(conn, plant, rule, begin, end, planned), span)
        found: list[Active] = []
        for machine in plant.machines:
            if concerns(rule, [machine.id]):
                alone = rule.model_copy(update={"machines": (machine.id,)})
                past = _samples(conn, plant, alone, machine.id, begin, end, planned)
                found += replay(plant, alone, past, span) if past else []
    return sorted(found, key=lambda one: (one.begin_us, one.subject))


def _possible(rule: AnyRule, begin: datetime, end: datetime) -> None:
    if isinstance(rule, OrderLate | DataLoss):
        raise NotTriable(
            f"rule '{rule.id}' of kind '{rule.kind}' cannot be tried: what was expected of orders, and when a loss was "
            "noticed, is not kept for every moment of the past; switch it on with priority low and look at /alarms"
        )
    if not timedelta(0) < end - begin <= LONGEST:
        raise NotTriable(f"from {begin} to {end}: the end is after the begin, by {LONGEST.days} days at most")


def _planned(conn: Connection, plant: Plant, begin: datetime, end: datetime) -> Sequence[Span]:
    weeks = conn.execute(WATCH["calendar_weeks"]).fetchall()
    calendar = calendar_from(plant.site, weeks, conn.execute(WATCH["calendar_overrides"]).fetchall())
    return planned_spans(calendar, to_us(begin - TAPE), to_us(end + timedelta(days=1)))


def _facts(
    conn: Connection, plant: Plant, rule: AnyRule, begin: datetime, end: datetime, planned: Sequence[Span]
) -> Past:
    if isinstance(rule, OeeLow):
        names = equipment_of(rule, plant)
        return Past(planned, hours=read_hours(conn, names, begin - rule.over - HOURS_BACK, end))
    # A common cause of silence is judged of all machines.
    watched = [m.id for m in plant.machines if isinstance(rule, NoData) or concerns(rule, [m.id])]
    since = begin - (look_back(rule) if isinstance(rule, OfFacts) else timedelta(0))
    return Past(planned, production={machine: read_production(conn, machine, since, end) for machine in watched})


def _samples(
    conn: Connection,
    plant: Plant,
    rule: AnyRule,
    machine: str,
    begin: datetime,
    end: datetime,
    planned: Sequence[Span],
) -> Past | None:
    """What its tags told; from so long before the span as the rule remembers, or learns. None: it watches nothing."""
    judge = Judge(only(plant, rule))
    if not judge.watched:
        return None
    memory_us = judge.memory_us + (us(2 * rule.learns) if isinstance(rule, Anomaly) else 0)
    asked: dict[str, object] = {
        "machine": machine,
        "tags": [tag for _, tag in judge.watched],
        "since": begin - memory_us * MICROSECOND,
        "until": end,
        "most": MOST_SAMPLES + 1,
    }
    made = {machine: read_production(conn, machine, end, end)} if isinstance(rule, Anomaly) else {}
    return Past(planned, _read(conn, machine, asked, to_us(begin)), made)


def _read(conn: Connection, machine: str, asked: dict[str, object], begin_us: int) -> Iterator[Reading]:
    """One after another, so that a month of them needs no room."""
    with conn.cursor(name="trial") as cursor:
        cursor.itersize = AT_ONCE
        for number, (tag, at, value, quality) in enumerate(cursor.execute(SQL["samples"], asked)):
            if number == MOST_SAMPLES:
                raise NotTriable(
                    f"machine '{machine}' has more than {MOST_SAMPLES:,} samples in this time: ask for less of it"
                )
            at_us = to_us(at)
            yield Reading(machine, tag, at_us, usable(value, quality), at_us > begin_us)
