"""Database → what bears on the facts of regions: their samples, texts, and where it is on record that none are."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from config.device import Role
from contract.sample import TEXT
from mes.facts.model import HIGHEST, Span
from mes.facts.source_tags import is_text
from mes.facts.tape import LARGEST, Readings
from mes.keeper.rebuild import Region
from runtime.database import queries

SQL = queries("mes.keeper")
Connection = psycopg.Connection[TupleRow]


def continued(conn: Connection, known: list[tuple[Region, Readings]]) -> list[tuple[Region, Readings]]:
    """Of counters that have no reading before some, whether they have facts of readings that were dropped."""
    first = [n for n, (region, readings) in enumerate(known) if region.begins(readings)]
    if not first:
        return known
    regions = [known[n][0] for n in first]
    wanted = {
        "machines": [region.machine.id for region in regions],
        "counters": [region.counter for region in regions],
        "before": [
            min(int(known[n][1].at[0]), region.floor or HIGHEST) for n, region in zip(first, regions, strict=True)
        ],
    }
    found = list(known)
    for n, (continues,) in zip(first, conn.execute(SQL["has_steps"], wanted), strict=True):
        found[n] = (replace(known[n][0], continues=continues), known[n][1])
    return found


def outage_spans(conn: Connection, reaches: Sequence[tuple[Region, int, int]]) -> list[list[Span]]:
    """For each region and its reach the spans of which it is on record that samples are not there."""
    wanted = {
        "n": list(range(len(reaches))),
        "machine": [region.machine.id for region, _, _ in reaches],
        "name": [f"{region.machine.id}/{region.tag.name}" for region, _, _ in reaches],
        "from": [start for _, start, _ in reaches],
        "to": [end for _, _, end in reaches],
    }
    found: list[list[Span]] = [[] for _ in reaches]
    for n, start, end in conn.execute(SQL["outage_spans"], wanted):
        found[n].append((start, end))
    return found


def readings_of(conn: Connection, regions: Sequence[Region]) -> list[Readings]:
    """Of each region the samples around it, and where there are any the last before and the first after these."""
    spans = np.array([region.span for region in regions], np.int64)
    wanted: dict[str, Any] = {
        "series": [region.series for region in regions],
        "usable": [region.tag.role is not Role.STATE for region in regions],
        "least": [0.0 if region.counter else -float(LARGEST) for region in regions],
        "memory": [region.memory_us for region in regions],
        "marked": [TEXT * is_text(region.tag) for region in regions],
        "from": spans[:, 0].copy(),
        "to": spans[:, 1].copy(),
    }
    around = conn.execute(SQL["around"], wanted).fetchall()
    wanted |= {"from": [begin for begin, _ in around], "to": [end for _, end in around]}
    found = [Readings.of(*row) for row in conn.execute(SQL["samples"], wanted, binary=True)]
    twice = [n for n, readings in enumerate(found) if readings.at_one_instant()]
    if twice:
        wanted = {name: [wanted[name][n] for n in twice] for name in ("series", "marked", "from", "to")}
        rows = conn.execute(SQL["samples_in_order"], wanted, binary=True)
        for n, row in zip(twice, rows, strict=True):
            found[n] = Readings.of(*row)
    return found


def texts_of(conn: Connection, known: Sequence[tuple[Region, Readings]]) -> dict[int, str]:
    """The texts that the values of text tags are the numbers of."""
    values = [np.unique(readings.value[readings.value > 0]) for region, readings in known if is_text(region.tag)]
    numbers = {int(number) for found in values for number in found}
    return dict(conn.execute(SQL["texts"], {"numbers": list(numbers)}).fetchall()) if numbers else {}
