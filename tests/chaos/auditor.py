"""The PLCs' own ledger against the tables of the database: lost, doubled, certified, never said.

A reading is compared with rows of tables `sample`, `collection_gap` and `sequence_gap`; of what is tested only the rule
of counters is called, because its result is what is compared.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import psycopg

from mes.facts.counters import Model, steps
from mes.facts.tape import Readings
from tests.chaos.plc import Plc, Reading

TAGS = ("tick", "total", "state", "load")
# As in the plant file of tests/chaos/shop.py; a cycle so short that what a PLC of ours counts between two answers,
# however close, may have been made.
# As in the plant file of the rows: these PLCs make parts whenever they are asked.
CYCLE_US, SILENT_US, RATE_FACTOR = 1_000, 3 * 3_600_000_000, 1000
FOREVER_US = 9_000_000_000_000_000
SAMPLES = """
SELECT machine, tag, epoch, seq, node, value, quality & 4 <> 0, (extract(epoch FROM at) * 1000000)::bigint,
       (extract(epoch FROM edge_at) * 1000000)::bigint
  FROM sample JOIN series USING (series) WHERE quality & 3 <> 2 ORDER BY at, edge_at, node, epoch, seq
"""
# Of our agent: strangers may say what they like, twice as well.
DOUBLED = """
SELECT count(*) - count(DISTINCT (series, at, s.node)) FROM sample s JOIN node n ON n.number = s.node
 WHERE n.node = 'edge-1'
"""
# What the ledger of frames says they held, against what is there.
UNEVEN = """
SELECT count(*) FROM (SELECT n.node, s.epoch, s.seq, count(*) AS samples
                        FROM sample s JOIN node n ON n.number = s.node GROUP BY n.node, s.epoch, s.seq) held
  FULL JOIN frame USING (node, epoch, seq) WHERE held.samples IS DISTINCT FROM frame.samples AND node = 'edge-1'
"""
UNREAD = f"""
SELECT series, (extract(epoch FROM from_at) * 1000000)::bigint,
       coalesce((extract(epoch FROM to_at) * 1000000)::bigint, {FOREVER_US}) FROM collection_gap
"""
# Frames that the agent says it had to drop are no riddle: their samples are in `collection_gap`.
SKIPPED = (
    "SELECT coalesce(sum(last_seq - first_seq + 1), 0)::bigint FROM sequence_gap"
    " WHERE cause = 'missing' AND node = 'edge-1'"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """The samples of one poll of one machine, as the database holds them."""

    at_us: int
    edge_us: int
    epoch: int
    held_out: bool
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the samples that were read: stored, certified as missing by a gap, or one of these.

    `lost`: neither stored nor in a gap; `invented`: stored, never read; `overclaimed`: stored, in the middle of a gap;
    `skipped`: frame numbers that never came; `uneven`: frames whose samples are not those the ledger of frames says;
    `miscounted`: counters of which the steps are not the parts that were made.
    """

    produced: int
    stored: int
    certified: int
    duplicates: int
    skipped: int
    uneven: int
    lost: Sequence[str] = ()
    invented: Sequence[str] = ()
    overclaimed: Sequence[str] = ()
    miscounted: Sequence[str] = ()
    gaps: Sequence[tuple[Sequence[str], int, int]] = field(default=(), repr=False)

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing doubled, nothing invented."""
        found = (self.lost, self.invented, self.overclaimed, self.miscounted)
        return not (any(found) or self.duplicates or self.skipped or self.uneven)


def audit(database: str, plcs: Sequence[Plc]) -> Verdict:
    """What became of all that the PLCs have shown."""
    with psycopg.connect(database) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        stored = polls(conn)
        doubled, uneven, skipped = (_one(conn, query) for query in (DOUBLED, UNEVEN, SKIPPED))
        gaps = [(series, begin, end) for series, begin, end in conn.execute(UNREAD)]
    lost: list[str] = []
    invented: list[str] = []
    over: list[str] = []
    miscounted: list[str] = []
    produced = held = certified = 0
    for plc in plcs:
        readings = list(plc.readings)
        # The agent dates a reading after the PLC has shown it, and before it asks for the next.
        shown_until = [*(reading.at_us for reading in readings), FOREVER_US][1:]
        of_machine = stored.get(plc.machine, [])
        found, wrong = _matched(plc.machine, readings, of_machine)
        invented += wrong
        miscounted += _miscounted(plc, of_machine)
        for tag in TAGS:
            fresh = [(reading, until) for reading, until in zip(readings, shown_until, strict=True) if reading.fresh]
            missing = [(reading, until) for reading, until in fresh if tag not in found.get(reading.tick, ())]
            spans = [(begin, end) for series, begin, end in gaps if f"{plc.machine}/{tag}" in series]
            over += [
                f"{plc.machine}/{tag} at {poll.at_us}"
                for poll in of_machine
                if tag in poll.values and any(begin < poll.at_us < end for begin, end in spans)
            ]
            unsaid = [r for r, until in missing if not any(begin < until and r.at_us <= end for begin, end in spans)]
            produced += len(fresh)
            held += len(fresh) - len(missing)
            certified += len(missing) - len(unsaid)
            lost += [f"{plc.machine}/{tag} tick {r.tick} at {r.at_us} run {r.run}" for r in unsaid]
    return Verdict(produced, held, certified, doubled, skipped, uneven, lost, invented, over, miscounted, gaps)


def polls(conn: psycopg.Connection[tuple[object, ...]]) -> dict[str, list[Stored]]:
    """All good samples, put together poll by poll, in the order of their times."""
    made: dict[tuple[object, ...], dict[str, float]] = {}
    ahead: set[tuple[object, ...]] = set()
    for machine, tag, epoch, _seq, node, value, held_out, at_us, edge_us in conn.execute(SAMPLES):
        poll = (machine, node, epoch, at_us, edge_us)
        made.setdefault(poll, {})[str(tag)] = float(str(value))
        ahead |= {poll} if held_out else set()
    found: dict[str, list[Stored]] = {}
    for (machine, node, epoch, at_us, edge_us), values in made.items():
        held_out = (machine, node, epoch, at_us, edge_us) in ahead
        row = Stored(int(str(at_us)), int(str(edge_us)), int(str(epoch)), held_out, values)
        found.setdefault(str(machine), []).append(row)
    return found


def _matched(
    machine: str, readings: Sequence[Reading], stored: Iterable[Stored]
) -> tuple[dict[int, set[str]], list[str]]:
    """Which tags of which tick are stored; and what is stored although nobody read it, or more often than read."""
    by_tick = {reading.tick: reading for reading in readings}
    totals = Counter(reading.total for reading in readings if reading.fresh)
    by_total = {reading.total: reading for reading in readings if totals[reading.total] == 1}
    given = Counter(reading.tick for reading in readings)
    found: dict[int, set[str]] = {}
    times: Counter[int] = Counter()
    wrong: list[str] = []
    for poll in stored:
        reading = by_tick.get(int(poll.values.get("tick", -1))) or by_total.get(int(poll.values.get("total", -1)))
        if reading is None or any(reading.values[tag] != value for tag, value in poll.values.items()):
            wrong.append(f"{machine} {dict(poll.values)} at {poll.at_us}")
            continue
        found.setdefault(reading.tick, set()).update(poll.values)
        times[reading.tick] += 1
    wrong += [f"{machine} tick {tick} at {n} times, read {given[tick]}" for tick, n in times.items() if n > given[tick]]
    return found, wrong


def _miscounted(plc: Plc, stored: Sequence[Stored]) -> list[str]:
    """The parts by the rule of counters against those that were made from the first to the last stored reading.

    What was made between a reading and a reset that nobody read is known to nobody: the rule does not guess it.
    """
    by_tick = {reading.tick: reading for reading in plc.readings}
    known = [poll for poll in stored if "total" in poll.values and int(poll.values.get("tick", -1)) in by_tick]
    read = [by_tick[int(poll.values["tick"])] for poll in known]
    made = sum(b.made - a.made if a.run == b.run else b.since_reset for a, b in pairwise(read))
    columns = np.array([poll.at_us for poll in known]), np.array([poll.values["total"] for poll in known], np.float64)
    counted = steps(Readings(*columns), Model(plc.wraps_at, rate_factor=RATE_FACTOR), CYCLE_US, SILENT_US)
    # A counter that was set back by a few parts only may have been corrected: its parts then have bounds.
    parts, most = int(counted.parts.sum()), int(counted.most.sum())
    return [] if parts <= made <= most else [f"{plc.machine}: {parts} to {most} parts counted, {made} made"]


def _one(conn: psycopg.Connection[tuple[object, ...]], query: str) -> int:
    row = conn.execute(query.encode()).fetchone()
    return int(str(row[0])) if row else 0
