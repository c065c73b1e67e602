"""Scrap that people report, set against what counters told: where something has changed it waits, and is made anew."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from config.calendar import Calendar
from config.device import Machine, Role
from config.plant import Plant
from config.shifts import edges_between
from contract.sample import from_us
from mes.facts.model import HIGHEST, Span, Steps, no_steps
from mes.facts.reported import in_run
from mes.facts.source_tags import REPORTED, counter_names
from mes.facts.windowing import merged
from mes.keeper.difference import COLUMNS, Patch
from mes.keeper.reported import Report, cells, reported_steps
from mes.keeper.store_changes import QUANTITY, Change
from runtime.database import queries

SQL = queries("mes.keeper", "reported.sql")
# What counters tell is looked at so often; what people say, of these kinds, at once.
EVERY_S = 10.0
CAUSES = ("calendar", "transition", QUANTITY)
# Of younger days no sums of orders are kept.
LIVE_US = 3_600_000_000
DAY_US = 86_400_000_000
BY_COUNTER = ("edge", "reported scrap is of other parts, for these were counted late")
COUNTED = ("total", "good", "scrap")
Connection = psycopg.Connection[TupleRow]


@dataclass
class ReportedScrap:
    """Of one keeper; what waits stands in table reported_span."""

    conn: Connection
    plant: Plant
    looked_at: float = field(default=0.0)

    def mark(self, known_us: int, facts: Mapping[str, Sequence[Span]], changes: Iterable[Change] = ()) -> None:
        """What the caller's transaction changes, known since then; a change without a machine is one of all.

        Sums of orders that are older than an hour are outdated by it.
        """
        rows = [(machine, span) for machine, spans in facts.items() for span in spans]
        for change in (one for one in changes if one.cause in CAUSES):
            names = [change.machine] if change.machine else [machine.id for machine in self.plant.machines]
            rows += [(name, change.span) for name in names]
        if rows:
            columns = {"machines": [m for m, _ in rows], "from": [a for _, (a, _) in rows]}
            self.conn.execute(SQL["mark_reported"], columns | {"to": [min(b, HIGHEST) for _, (_, b) in rows]})
        old = [(machine, span[0]) for machine, span in rows if span[0] < known_us - LIVE_US]
        if old:
            columns = {"machines": [m for m, _ in old], "from": [a for _, a in old]}
            self.conn.execute(SQL["mark_booked"], columns | {"known": from_us(known_us)})

    def waits(self) -> bool:
        """Whether there is something to do; asked seldom, for each time costs the steps of a shift."""
        if time.monotonic() - self.looked_at < EVERY_S:
            return False
        self.looked_at = time.monotonic()
        row = self.conn.execute(SQL["reported_waits"]).fetchone()
        return row is not None and bool(row[0])

    def changes(self, changes: Sequence[Change], changed: Mapping[str, Sequence[Span]]) -> list[Change]:
        """Other changes, and in place of reports what has changed of reported scrap, told by whoever reported."""
        found = [change for change in changes if change.cause != QUANTITY]
        for machine, spans in changed.items():
            said = [change for change in changes if change.machine == machine]
            by, why = (said[0].by, said[0].why) if said else BY_COUNTER
            found += [Change(QUANTITY, machine, span, None, by, why) for span in merged(spans)]
        return found

    def take(self, calendar: Calendar, until_us: int) -> Patch:
        """The steps of reported scrap of all runs and shifts that the waiting spans reach, up to `until_us`."""
        patch = Patch()
        machines = {machine.id: machine for machine in self.plant.machines}
        for name, begin, end in self.conn.execute(SQL["take_reported"]).fetchall():
            if name in machines:
                patch.nothing("step", name, (begin - 1, end), REPORTED)
                self._machine(patch, machines[name], calendar, (begin - 1, min(end, until_us) + 1))
        return patch

    def _machine(self, patch: Patch, machine: Machine, calendar: Calendar, wanted: Span) -> None:
        asked = {"machine": machine.id, "from": from_us(max(0, wanted[0])), "to": from_us(wanted[1])}
        for operation, begin, end, units in self.conn.execute(SQL["reported_runs"], asked).fetchall():
            # An open run goes on: what is reported in a shift meets all that is counted in it.
            run = (begin, HIGHEST if end is None else end)
            reports = self._reports(operation)
            near = (max(run[0], wanted[0]) - DAY_US, min(run[1], wanted[1]) + DAY_US)
            for span in cells(run, edges_between(calendar, *near), wanted):
                counted = self._counted(machine, operation, span)
                steps = reported_steps(span, units, counted, counter_names(machine), reports)
                columns = (getattr(steps, column) for column in COLUMNS["step"])
                patch.add("step", machine.id, (span[0] - 1, span[1] - 1), steps.at, *columns, counter=REPORTED)

    def _reports(self, operation: UUID) -> list[Report]:
        asked = {"operation": operation}
        runs = [(begin, end) for begin, end in self.conn.execute(SQL["runs_of_operation"], asked)]
        return [
            Report(in_run(runs, at), quantity, downstream)
            for at, quantity, downstream in self.conn.execute(SQL["scrap_reports"], asked)
            if quantity > 0
        ]

    def _counted(self, machine: Machine, operation: UUID, span: Span) -> dict[str, Steps]:
        asked: dict[str, Any] = {
            "machine": machine.id,
            "operation": operation,
            "from": from_us(span[0]),
            "to": from_us(span[1]),
            "by_product": machine.tag_of(Role.PRODUCT) is not None,
            "by_tag": machine.tag_of(Role.ORDER) is not None,
        }
        rows = self.conn.execute(SQL["steps_of_run"], asked).fetchall()
        return {name: _steps([row[1:] for row in rows if row[0] == name]) for name in COUNTED}


def _steps(rows: Sequence[Sequence[Any]]) -> Steps:
    if not rows:
        return no_steps()
    at, since, parts, most, bridged = zip(*rows, strict=True)
    return Steps(
        np.array(at, np.int64),
        np.array(since, np.int64),
        np.array(parts, np.int64),
        np.array(most, np.int64),
        np.array(bridged, np.bool_),
    )
