"""New frames → dirty spans → exactly those facts again. Incremental and from scratch give the same rows."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import structlog
from psycopg.rows import TupleRow

from config.device import Machine, Role
from config.plant import Plant
from contract.sample import FUTURE_US, MICROSECOND, from_us
from mes import metrics
from mes.calendar.ideal_cycles import IdealCycles, ideal_of
from mes.calendar.store import calendar_now, follow_plant_file
from mes.calendar.store_ideal_cycles import follow_cycles, ideal_now
from mes.calendar.store_targets import follow_targets
from mes.facts.model import HIGHEST, Span
from mes.facts.source_tags import COUNTERS, inputs_hash, source_tags
from mes.facts.tape import Readings
from mes.keeper.difference import Doubt, Patch
from mes.keeper.dirty import batches, cut, dirty_spans
from mes.keeper.misread import Misread
from mes.keeper.rebuild import Region, facts_of, reach_of
from mes.keeper.store_changes import Change, take_in
from mes.keeper.store_difference import write
from mes.keeper.store_late import LateSpans, is_long, split
from mes.keeper.store_pieces import Pieces
from mes.keeper.store_reported import ReportedScrap
from mes.keeper.store_restatements import LATE, Tell, closed_until, late_changes, nobody, restate
from mes.keeper.store_samples import continued, outage_spans, readings_of, texts_of
from mes.keeper.store_sums import drop_hours
from mes.kpi.policy import policies_of
from mes.kpi.store_policies import follow_plant_policy
from runtime.arrays import use_arrays
from runtime.database import queries
from runtime.guard import reason_of

SQL = queries("mes.keeper")
Connection = psycopg.Connection[TupleRow]
MOST_TRANSACTIONS = 400
DAY_US = 86_400_000_000
EVERYWHERE, NOWHERE = (0, HIGHEST), (HIGHEST, 0)
# No sound sample is dated further ahead of its arrival.
AHEAD_US = 2 * FUTURE_US
log = structlog.get_logger()


@dataclass
class Keeper:
    """Keeps the facts of one plant in step with the frames, over one connection."""

    conn: Connection
    plant: Plant
    # Tells the world outside, in the transaction of what it tells.
    tell: Tell = nobody
    ideal: IdealCycles = field(init=False)
    rebuilding: list[str] = field(default_factory=list)
    pieces: Pieces = field(init=False)
    begun: bool = False
    # Of the machines to rebuild those that had facts by other rules before: theirs are restated.
    remade: set[str] = field(default_factory=set)
    # No sample of a machine is newer; the newest one itself may be older, for a time that cannot be true is none.
    newest: dict[str, int] = field(default_factory=dict)
    # What this transaction changes is known since this instant; each transaction has a later one.
    known_us: int = 0
    before_us: int = 0
    # For each machine where this transaction has changed facts.
    changed: dict[str, list[Span]] = field(default_factory=dict)
    misread: Misread = field(default_factory=Misread)
    # Hours that were taken away because of it, for whoever makes them anew.
    gone_hours: list[tuple[str, int]] = field(default_factory=list)
    late: LateSpans = field(init=False)
    reported: ReportedScrap = field(init=False)
    # From when to when there are samples of some machines, until the next frame.
    reached: dict[str, Span] = field(default_factory=dict)
    # Machines whose facts could not be made, with the reason; until the next start.
    faulty: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        use_arrays(self.conn)
        self.late = LateSpans(self.conn)
        self.reported = ReportedScrap(self.conn, self.plant)
        self.pieces = Pieces(self.conn)
        self.ideal = ideal_of(self.plant)

    def step(self) -> bool:
        """Take in the next frames, and remake a piece of what the plant file has changed; True when there was any.

        Each is one transaction: facts and position move together, and a stop in between loses nothing.
        """
        if not self.begun:
            self._begin()
        changes, frames = self._take_changes(), self._take_frames()
        late, reported = self._make_late_piece(), self._take_reported()
        if changes or frames or late or reported:
            self.pieces.read_again()
        if self._remake_piece() or frames or changes or late or reported:
            return True
        self.conn.execute(SQL["tick"])
        return False

    def rebuild(self) -> None:
        """Make all facts of all machines anew, piece by piece, in the next steps."""
        with self.conn.transaction():
            self._move(self._position()[0] or self._horizon(), {})
        self.begun = False

    def _begin(self) -> None:
        """What the plant file says of some machines has changed, or is new: their facts are made anew."""
        with self.conn.transaction():
            position, known = self._position()
            self.ideal = ideal_now(self.conn, self.plant)
            inputs_hashes = {machine.id: self._inputs_hash(machine) for machine in self.plant.machines}
            self.rebuilding = [name for name, text in inputs_hashes.items() if known.get(name) != text]
            self.remade = known.keys() & set(self.rebuilding)
            kept = {name: text for name, text in inputs_hashes.items() if known.get(name) == text}
            follow_plant_file(self.conn, self.plant.site, from_us(self.known_us))
            follow_cycles(self.conn, self.plant, from_us(self.known_us))
            follow_targets(self.conn, self.plant, from_us(self.known_us))
            self._follow_policy()
            self.newest = self._newest(inputs_hashes)
            self.late.begin(name for name in inputs_hashes if name not in self.rebuilding)
            # Whatever the ledger holds before the first position is in the pieces.
            self._move(position or self._horizon(), kept)
        self.pieces.begin(())
        self.begun = True

    def _follow_policy(self) -> None:
        """Another policy of the plant's own restates all that is final: every number is told by it from now on."""
        policy = policies_of(self.plant.policies)[self.plant.policy]
        why = follow_plant_policy(self.conn, policy, self.known_us)
        if why is None:
            return
        self.conn.execute(SQL["revise"])
        if why:
            span = (self._first_data(), self.known_us)
            self._restate([Change("policy", None, span, None, "plant file", why)])

    def _take_changes(self) -> bool:
        """What people have put down since the last step becomes known, in one transaction."""
        if not self._one("anything_new"):
            return False
        with self.conn.transaction():
            position, known = self._position()
            changes = take_in(self.conn, self.plant, self.known_us, self._first_data())
            self.reported.mark(self.known_us, {}, changes)
            changes = self._book_reported(changes)
            self._restate(changes)
            self._drop_hours(changes)
            self._move(position, known)
            self.conn.execute(SQL["revise"])
            self.conn.execute(SQL["notify"])
        # The shortest cycle bounds what a counter may have made: where it has changed, steps are made anew.
        ideal = ideal_now(self.conn, self.plant)
        self.begun = all(ideal.shortest(m.id) == self.ideal.shortest(m.id) for m in self.plant.machines)
        self.ideal = ideal
        return True

    def _take_reported(self) -> bool:
        """What counters told since may be what people have reported to be scrap; False when nothing waits."""
        if not self.reported.waits():
            return False
        with self.conn.transaction():
            position, known = self._position()
            changes = self._book_reported(())
            self._restate(changes)
            self._drop_hours()
            self._move(position, known)
            if changes:
                self.conn.execute(SQL["revise"])
                self.conn.execute(SQL["notify"])
        return True

    def _book_reported(self, changes: Sequence[Change]) -> list[Change]:
        """Scrap that people report becomes scrap of the parts that it was; gives the changes with its own."""
        self._write(self.reported.take(calendar_now(self.conn, self.plant.site), self.known_us))
        return self.reported.changes(changes, self.changed)

    def _restate(self, changes: Sequence[Change]) -> None:
        closed = closed_until(calendar_now(self.conn, self.plant.site), self.known_us)
        restate(self.conn, changes, closed, self.before_us, self.known_us, self.plant.site.id, self.tell)

    def _restate_changed(self, cause: str) -> None:
        """Facts that this transaction has changed in what is final already."""
        if self.changed:
            whole = {name: (min(a for a, _ in spans), max(b for _, b in spans)) for name, spans in self.changed.items()}
            oldest = min(start for start, _ in whole.values())
            if oldest < self.known_us - self.plant.site.closes_after // MICROSECOND:
                self._restate(late_changes(whole, cause))

    def _drop_hours(self, changes: Sequence[Change] = ()) -> None:
        self.gone_hours += drop_hours(self.conn, self.plant, self.changed, changes, self.known_us)

    def _first_data(self) -> int:
        asked = {"machines": [machine.id for machine in self.plant.machines]}
        row = self.conn.execute(SQL["first_data"], asked).fetchone()
        return self.known_us if row is None or row[0] is None else int(row[0])

    def _take_frames(self) -> bool:
        with self.conn.transaction():
            position, known = self._position()
            wanted = {"from": position, "horizon": self._horizon(), "most": MOST_TRANSACTIONS}
            frames = self.conn.execute(SQL["new_frames"], wanted).fetchall()
            if not frames:
                return False
            dirty = dirty_spans((machines, first, last) for _, machines, first, last in frames if machines)
            for machine, spans in dirty.items():
                self.newest[machine] = max(self.newest.get(machine, 0), min(spans[-1][1], self.known_us + AHEAD_US))
            self.reached.clear()
            metrics.DIRTY.inc(sum(len(spans) for spans in dirty.values()))
            live = self._put_off(dirty)
            for some in batches(self._regions(live)):
                self.misread.tell(self._apply(some))
            self.reported.mark(self.known_us, self.changed)
            self._restate_changed(LATE)
            self._drop_hours()
            self.conn.execute(SQL["notify"])
            self._move(str(int(frames[-1][0]) + 1), known)
            return True

    def _put_off(self, dirty: Mapping[str, Sequence[Span]]) -> dict[str, list[Span]]:
        """What is late waits; gives what is live."""
        long = [name for name, spans in dirty.items() if is_long(spans, self.known_us)]
        reaches = dict.fromkeys(long, NOWHERE) | self._reaches(long)
        parts = {name: split(dirty[name], self.known_us, reaches.get(name, EVERYWHERE)) for name in dirty}
        ours = {machine.id for machine in self.plant.machines}
        self.late.add({name: late for name, (_, late) in parts.items() if late and name in ours})
        return {name: live for name, (live, _) in parts.items() if live}

    def _make_late_piece(self) -> bool:
        """One piece of what came late; False when nothing waits."""
        piece = self.late.next_piece()
        if piece is None:
            return False
        name, spans = piece
        began = time.monotonic()
        with self.conn.transaction():
            position, known = self._position()
            self.misread.tell(self._apply(self._regions({name: spans})))
            self.reported.mark(self.known_us, self.changed)
            self._restate_changed(LATE)
            self._drop_hours()
            self.conn.execute(SQL["notify"])
            self._move(position, known)
            self.late.done(name, spans, self.known_us, time.monotonic() - began)
        return True

    def _remake_piece(self) -> bool:
        """The newest piece that is left of the first machine that is left; live frames go on between pieces."""
        if not self.rebuilding:
            return False
        machine = self.plant.machine(self.rebuilding[0])
        with self.conn.transaction():
            position, known = self._position()
            if not self.pieces:
                self.pieces.begin(self._pieces_of(machine))
            if self.pieces:
                self._apply(*self.pieces.take())
            self.reported.mark(self.known_us, self.changed)
            if machine.id in self.remade:
                self._restate_changed("plant file")
            self._drop_hours()
            done = known | {machine.id: self._inputs_hash(machine)}
            self._move(position, known if self.pieces else done)
            self.conn.execute(SQL["notify"])
        if not self.pieces:
            self.rebuilding.pop(0)
        if not self.rebuilding:
            self.pieces.close()
        return True

    def _pieces_of(self, machine: Machine) -> list[Region]:
        """All samples of a machine as regions in the order of time; roles without a tag lose the facts they had."""
        rows = self.conn.execute(SQL["reach"], {"machines": [machine.id]}).fetchall()
        if not rows:
            return []
        _, first, last = rows[0]
        self._apply_absent(machine, first)
        regions = self._regions({machine.id: [(first, last)]})
        return sorted(
            (replace(region, floor=first if region.span[0] == first else None) for region in regions),
            key=lambda region: region.span,
        )

    def _apply_absent(self, machine: Machine, floor: int) -> None:
        """Take away the facts from the floor on of roles that no tag with samples has."""
        numbers = self._numbers()
        there = {(tag.role, counter) for tag, counter in source_tags(machine) if (machine.id, tag.name) in numbers}
        patch, region = Patch(), (floor - 1, HIGHEST)
        if (Role.STATE, "") not in there:
            patch.nothing("state", machine.id, region)
        for role, kind in ((Role.PRODUCT, "product"), (Role.ORDER, "order")):
            if (role, "") not in there:
                patch.nothing(kind, machine.id, region)
        for role, counter in COUNTERS.items():
            if (role, counter) not in there:
                patch.nothing("step", machine.id, region, counter)
        self._write(patch)

    def _write(self, patch: Patch) -> None:
        for machine, spans in write(self.conn, patch, self.known_us).items():
            self.changed.setdefault(machine, []).extend(spans)

    def _inputs_hash(self, machine: Machine) -> str:
        return inputs_hash(machine, self.ideal.shortest(machine.id))

    def _regions(self, dirty: Mapping[str, Sequence[Span]]) -> list[Region]:
        numbers = self._numbers()
        return [
            Region(machine, tag, counter, numbers[machine.id, tag.name], piece, self.ideal.shortest(machine.id))
            for machine in self.plant.machines
            for span in dirty.get(machine.id, ())
            for piece in cut(span)
            for tag, counter in source_tags(machine)
            if (machine.id, tag.name) in numbers
        ]

    def _apply(self, regions: Sequence[Region], samples: Sequence[Readings] | None = None) -> Sequence[Doubt]:
        """Make the facts of regions anew, from their samples where these are read already."""
        if not regions:
            return ()
        patch = Patch()
        read = list(zip(regions, samples or readings_of(self.conn, regions), strict=True))
        known = continued(self.conn, self._heard(read))
        spans = outage_spans(self.conn, [(region, *reach_of(region, readings)) for region, readings in known])
        texts = texts_of(self.conn, known)
        for (region, readings), outages in zip(known, spans, strict=True):
            self._make(region, readings, outages, patch, texts)
        self._write(patch)
        return patch.doubts

    def _make(
        self, region: Region, readings: Readings, spans: Sequence[Span], patch: Patch, texts: Mapping[int, str]
    ) -> None:
        """A region's facts; where they cannot be made it is told once, and all other machines go on."""
        machine = region.machine.id
        try:
            facts_of(region, readings, spans, patch, texts)
        except Exception as err:
            if machine not in self.faulty:
                log.exception("facts_not_made", machine=machine, tag=region.tag.name, at=str(from_us(region.span[0])))
            self.faulty[machine] = f"tag {region.tag.name}: {reason_of(err)}"

    def _heard(self, known: list[tuple[Region, Readings]]) -> list[tuple[Region, Readings]]:
        """Counters that may be silent while their machine is heard, with until when it is."""
        names = {r.machine.id for r, readings in known if self.newest.get(r.machine.id, 0) > r.silent_from(readings)}
        self.reached |= self._reaches(names - self.reached.keys())
        newest = {name: last for name, (_, last) in self.reached.items()}
        return [(replace(region, heard_us=newest.get(region.machine.id, 0)), readings) for region, readings in known]

    def _newest(self, machines: Iterable[str]) -> dict[str, int]:
        """The instant of the newest sample of each machine."""
        return {machine: last for machine, (_, last) in self._reaches(machines).items()}

    def _reaches(self, machines: Iterable[str]) -> dict[str, Span]:
        """From when to when there are samples of each machine; those without any are left out."""
        asked = list(machines)
        rows = self.conn.execute(SQL["reach"], {"machines": asked}) if asked else ()
        return {machine: (int(first), int(last)) for machine, first, last in rows}

    def _numbers(self) -> dict[tuple[str, str], int]:
        return {(machine, tag): series for machine, tag, series in self.conn.execute(SQL["series"])}

    def _position(self) -> tuple[str, dict[str, str]]:
        """The transaction up to which frames are in the facts, '' at first, and what each machine's rest on.

        Every transaction that changes facts begins with this: it sets the instant of its knowledge.
        """
        row = self.conn.execute(SQL["position"]).fetchone()
        self.changed = {}
        if row is None:
            self.known_us = self.before_us = self._one("first_moment")
            return "", {}
        self.known_us, self.before_us = row[2], row[3]
        return row[0], json.loads(row[1] or "{}")

    def _move(self, transaction: str, inputs_hashes: Mapping[str, str]) -> None:
        text = json.dumps(inputs_hashes, sort_keys=True)
        known = {"known": from_us(self.known_us)}
        self.conn.execute(SQL["set_position"], {"transaction": transaction, "inputs_hash": text} | known)

    def _horizon(self) -> str:
        return str(self._one("horizon"))

    def _one(self, name: str) -> Any:
        row = self.conn.execute(SQL[name]).fetchone()
        assert row is not None  # noqa: S101  - a SELECT without FROM has a row
        return row[0]
