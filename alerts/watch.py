"""The database → what a round judges; and the round itself, one transaction from reading to the journal."""

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import psycopg

from alerts.alarms.journal import Connection, Journal
from alerts.detectors.store import Learned
from alerts.escalation.escalation import Escalation
from alerts.faults import ODD, Faults
from alerts.rules.half_made import HalfMade
from alerts.rules.judge import Judge, Key, Order, Reading, Round
from alerts.rules.store_due import FactsReader
from alerts.rules.tapes import UNMOVED, Loss, Tape
from config.calendar import Calendar, calendar_from
from config.plant import Plant
from config.rules.facts import CounterSilent
from config.rules.kinds import DataLoss, NoData, OrderLate, Stopped
from config.shifts import Span, planned_spans
from contract.sample import MICROSECOND, Quality, to_us
from runtime.database import queries

LIVE = timedelta(minutes=5)  # what was read longer ago teaches, but raises nothing
AHEAD = timedelta(minutes=5)  # what lies further in the future comes from a broken clock
LOOK_BACK = timedelta(days=8)  # a stop is measured this far back: a week of shifts and a day
PLAN_AHEAD = timedelta(days=1)
REPLAN_AFTER = timedelta(hours=1)
LAG_SAID = timedelta(seconds=5)
LAG_BORNE = timedelta(minutes=5)  # after this, silence is silence, whoever is to blame
LATE_MATTERS = timedelta(days=1)  # what waits of an earlier time says nothing of now
MOST_FRAMES = 500
T = TypeVar("T")
SQL = {name: text.encode() for name, text in queries("alerts").items()}


class Watch:
    """One connection's view of the plant; after any error of the database make a new one."""

    def __init__(self, conn: Connection, plant: Plant, ending: threading.Event, faults: Faults | None = None) -> None:
        self.conn = conn
        self.plant = plant
        self.ending = ending
        self.faults = faults or Faults()
        self.judge = Judge(plant, self.faults)
        self.journal = Journal(conn, plant, self.faults)
        self.half_made = HalfMade()
        self.facts = FactsReader(plant)
        self.series: dict[int, tuple[str, str]] = {}
        self.planned: Sequence[Span] | None = None
        self.calendar: Calendar | None = None
        self.escalation = Escalation(conn, plant)
        self.revision = 0
        now, transaction = self._moment()
        row = conn.execute(SQL["position"]).fetchone()
        self.position: str | None = row[0] if row else None
        self.since = self.planned_at = now
        self._plan(now)
        if self.position is None:
            self._move_to(transaction)
        self.learned = Learned(conn, self.faults)
        self.learned.take_in(self.judge.anomalies)
        self._replay(now)

    def round(self) -> bool:
        """Judge everything once and write what follows; True when more frames wait."""
        with self.conn.transaction():
            now, transaction = self._moment()
            if self.unplanned or now - self.planned_at > REPLAN_AFTER or self._revision() != self.revision:
                self._plan(now)
            until = self._until(transaction)
            readings = self._readings(until, now) if until else []
            seen = self._seen(now, readings)
            requests = self.journal.requests()
            self.journal.write(requests, self.judge.judge(seen, self.journal.open_keys), now)
            if self.calendar is not None:
                self._part("who is called", partial(self.escalation.round, self.calendar), now)
            self.learned.save(self.judge.anomalies)
            if until:
                self._move_to(until)
        return until is not None

    def _moment(self) -> tuple[datetime, str]:
        row = self.conn.execute(SQL["moment"]).fetchone()
        assert row is not None  # noqa: S101  - a SELECT without FROM has one row
        return row[0], row[1]

    def _plan(self, now: datetime) -> None:
        self.planned_at, self.revision = now, self._revision()
        planned = self._part("the calendar", self._spans, now)
        self.unplanned = planned is None
        self.planned = self.planned if planned is None else planned

    def _spans(self, now: datetime) -> Sequence[Span]:
        weeks = self.conn.execute(SQL["calendar_weeks"]).fetchall()
        overrides = self.conn.execute(SQL["calendar_overrides"]).fetchall()
        self.calendar = calendar_from(self.plant.site, weeks, overrides)
        return planned_spans(self.calendar, to_us(now - LOOK_BACK), to_us(now + PLAN_AHEAD))

    def _part(self, what: str, read: Callable[[datetime], T], now: datetime) -> T | None:
        """A part of what a round needs, None when its rows say something that nobody can read: the round goes on."""
        try:
            with self.conn.transaction():
                return read(now)
        except (psycopg.DataError, *ODD) as err:
            self.faults.add(what, err)
            return None

    def _revision(self) -> int:
        """Grows when mes has taken in a change of the calendar."""
        row = self.conn.execute(SQL["revision"]).fetchone()
        return row[0] if row else 0

    def _until(self, transaction: str) -> str | None:
        """The position after the next frames, None when there are none."""
        asked = {"position": self.position, "until": transaction, "limit": MOST_FRAMES}
        row = self.conn.execute(SQL["next_frames"], asked).fetchone()
        return str(row[0] + 1) if row and row[0] is not None else None

    def _move_to(self, position: str) -> None:
        self.conn.execute(SQL["put_position"], {"position": position})
        self.position = position

    def _seen(self, now: datetime, readings: Sequence[Reading]) -> Round:
        kinds = {type(rule) for rule in self.plant.rules}
        return Round(
            now_us=to_us(now),
            watching_since_us=to_us(self.since),
            tapes=self._part("the state tapes", self._tapes, now) if kinds & {Stopped, NoData} else {},
            planned=self.planned,
            orders=self._part("the running orders", self._orders, now) if OrderLate in kinds else (),
            readings=readings,
            losses=self._part("the losses of the edge agents", self._losses, now),
            facts_lag=bool(kinds & {NoData, CounterSilent}) and self._facts_lag(),
            half_made=self.half_made.seen(self._late_machines(now), now),
            products=self._products(),
            production=self._part("what machines did", partial(self.facts.production, self.conn), now) or {},
            hours=self._part("the sums of hours", partial(self.facts.hours, self.conn), now) or {},
        )

    def _late_machines(self, now: datetime) -> list[str]:
        return [machine for (machine,) in self.conn.execute(SQL["late_machines"], {"since": now - LATE_MATTERS})]

    def _tapes(self, now: datetime) -> dict[str, Tape]:
        asked = {
            "machines": [machine.id for machine in self.plant.machines],
            "now": now,
            "since": now - LOOK_BACK,
            "unmoved": [int(state) for state in UNMOVED],
        }
        tapes: dict[str, list[tuple[int, int]]] = {}
        for machine, at, state in self.conn.execute(SQL["tapes"], asked):
            tapes.setdefault(machine, []).append((to_us(at), state))
        return dict(tapes)

    def _orders(self, _: datetime) -> list[Order]:
        return [Order(*row) for row in self.conn.execute(SQL["running_orders"])]

    def _losses(self, now: datetime) -> dict[Key, Loss]:
        rules = [rule for rule in self.plant.rules if isinstance(rule, DataLoss)]
        if not rules:
            return {}
        asked = {"rules": [rule.id for rule in rules], "since": [now - rule.within for rule in rules]}
        return {(rule, node): Loss(*lost) for rule, node, *lost in self.conn.execute(SQL["losses"], asked)}

    def _facts_lag(self) -> bool:
        row = self.conn.execute(SQL["facts_lag"], {"said": LAG_SAID, "borne": LAG_BORNE}).fetchone()
        return bool(row and row[0])

    def _readings(self, until: str, now: datetime) -> list[Reading]:
        """The new samples of watched tags, in the order of their times."""
        if not self.judge.watched:
            return []
        self._learn_series()
        asked = {
            "position": self.position,
            "until": until,
            "series": list(self.series),
            "since": now - self.judge.memory_us * MICROSECOND,
            "live_since": now - LIVE,
            "ahead": now + AHEAD,
        }
        rows = self.conn.execute(SQL["new_samples"], asked)
        return [
            Reading(*self.series[series], to_us(at), usable(value, quality), live)
            for series, at, value, quality, live in rows
        ]

    def _learn_series(self) -> None:
        unknown = self.judge.watched - set(self.series.values())
        if unknown:
            pairs = sorted(unknown)
            asked = {"machines": [machine for machine, _ in pairs], "tags": [tag for _, tag in pairs]}
            for number, machine, tag in self.conn.execute(SQL["watched_series"], asked):
                self.series[number] = (machine, tag)

    def _replay(self, now: datetime) -> None:
        """Teach the detectors what was judged before and is not kept; the alarms stay as they are."""
        for detector in self.judge.detectors:
            for reading in self._judged_before(detector.machine, {detector.rule.tag}, detector.memory_us, now):
                with self.faults.passed_over(f"rule {detector.rule.id} on {detector.machine}"):
                    detector.feed(reading.at_us, reading.value)
        for signal in self.judge.signals:
            for reading in self._judged_before(signal.machine, set(signal.hears), signal.memory_us, now):
                with self.faults.passed_over(f"rule {signal.rule.id} on {signal.machine}"):
                    signal.feed(reading.at_us, reading.tag, reading.value, None)
        products = self._products()
        for made in self.judge.anomalies:
            made.makes(products.get(made.machine))
            for reading in self._judged_before(made.machine, made.hears, made.memory_us, now):
                with self.faults.passed_over(f"rule {made.rule.id} on {made.machine}"):
                    deque(made.feed(reading.at_us, reading.tag, reading.value), maxlen=0)

    def _judged_before(self, machine: str, tags: set[str], memory_us: int, now: datetime) -> Iterable[Reading]:
        if self.ending.is_set():
            return
        asked = {
            "machine": machine,
            "tags": sorted(tags),
            "since": now - memory_us * MICROSECOND,
            "ahead": now + AHEAD,
            "position": self.position,
        }
        for tag, at, value, quality in self.conn.execute(SQL["recent_samples"], asked):
            yield Reading(machine, tag, to_us(at), usable(value, quality), live=False)

    def _products(self) -> dict[str, str | None]:
        """What each machine of an anomaly rule makes now."""
        machines = sorted({made.machine for made in self.judge.anomalies})
        return dict(self.conn.execute(SQL["products"], {"machines": machines}).fetchall()) if machines else {}


def usable(value: float | None, quality: int) -> float | None:
    """None for what says nothing: BAD, and what is no number."""
    return None if quality == Quality.BAD or value is None or not math.isfinite(value) else value
