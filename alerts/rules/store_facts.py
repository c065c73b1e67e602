"""Facts that mes has made → what rules about states, parts and OEE look at."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import TupleRow

from alerts.rules.figures import HourSums
from alerts.rules.production import Cycle, Production, Step
from contract.sample import to_us
from runtime.database import queries

SQL = {name: text.encode() for name, text in queries("alerts.rules", "queries_facts.sql").items()}
# States are few: they are read this far back, as for a stop.
TAPE_WITHIN = timedelta(days=8)
Connection = psycopg.Connection[TupleRow]
Hours = dict[str, dict[datetime, HourSums]]


def read_production(conn: Connection, machine: str, since: datetime, until: datetime) -> Production:
    """Counts and products of a span, and the tape from long before it on."""
    span = {"machine": machine, "since": since, "until": until}
    tape = conn.execute(SQL["tape"], span | {"since": since - TAPE_WITHIN}).fetchall()
    counts: dict[str, list[Step]] = {}
    for counter, at, parts, bridged in conn.execute(SQL["counts"], span):
        counts.setdefault(counter, []).append(Step(to_us(at), parts, bridged))
    # A count from before the span has no parts in it, but says when there was one.
    for counter, at in conn.execute(SQL["last_count"], span):
        counts.setdefault(counter, []).insert(0, Step(to_us(at), 0))
    return Production(
        [(to_us(at), state) for at, state in tape],
        counts,
        [(to_us(at), product) for at, product in conn.execute(SQL["products"], span)],
        [Cycle(product, to_us(at), cycle_us) for product, at, cycle_us in conn.execute(SQL["cycles"], span)],
    )


def read_hours(conn: Connection, equipment: Sequence[str], since: datetime, until: datetime) -> Hours:
    """The sums of the hours that begin in a span, by machine or line."""
    found: Hours = {}
    asked = {"equipment": list(equipment), "since": since, "until": until}
    for name, hour, *sums in conn.execute(SQL["hours"], asked):
        found.setdefault(name, {})[hour] = HourSums(*sums)
    return found
