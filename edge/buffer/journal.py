"""Frames on disk until the database has them: SQLite, WAL, synchronous FULL.

Every append is one transaction that has reached the disk when it returns (as far as the disk keeps its word);
several frames in one append share that cost. Deleting a frame is not fsynced. Use it from one thread.
When it is full, or a live frame is older than `keep_us`, the oldest frames go: those with process values first, states
and counters later, frames that tell of gaps last. What went is counted in table `dropped` in the same transaction,
until a gap tells it; when the frame that tells it has to go as well, it is counted again.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import structlog

from contract.frame import BrokenFrame, decode
from contract.gap import Cause
from edge import metrics
from edge.buffer.journal_file import locked, opened

log = structlog.get_logger()
Lane = Literal["live", "backlog"]
Kind = Literal["process", "vital", "telling"]
# The order in which they are given up.
KINDS: tuple[Kind, ...] = ("process", "vital", "telling")
Pack = Callable[[int, int, int], bytes]
# Seconds since 2020 are an epoch that grows even when the journal itself was lost.
FIRST_EPOCH_AT = datetime(2020, 1, 1, tzinfo=UTC)
# A clock beyond 2050 is wrong; an epoch from it would leave no room for the starts after it.
LAST_EPOCH_OF_A_CLOCK = 2**30 - 1
MAX_BYTES = 2 * 1024**3
KEEP_US = 7 * 86_400_000_000
DROP_AT_ONCE = 50
# Each in the order of an index: an append costs the same however much is kept.
# An imported file is old from the beginning, and no reason to drop it.
TOO_OLD = "lane = 'live' AND last_us < ? AND kind <> 'telling' ORDER BY last_us"
OF_KIND = "kind = ? ORDER BY id"


@dataclass(frozen=True, slots=True)
class Entry:
    """A frame to be kept: `pack` makes its bytes from epoch, seq and the number of samples before; times in us."""

    lane: Lane
    kind: Kind
    samples: int
    first_us: int
    last_us: int
    pack: Pack


@dataclass(frozen=True, slots=True)
class Kept:
    """A frame in the journal."""

    id: int
    epoch: int
    seq: int
    lane: Lane
    payload: bytes


@dataclass(frozen=True, slots=True)
class Numbered:
    """How far a life of the agent has numbered: its epoch, its last seq, and all samples in its frames; 0 for none."""

    epoch: int
    seq: int
    samples: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """Frames of one kind and epoch that had to go, not yet told: a hull of numbers and times, and what was in them."""

    epoch: int
    kind: Kind
    first_seq: int
    last_seq: int
    from_us: int
    to_us: int
    lost: int
    series: tuple[str, ...]


class Journal:
    """One agent's frames; `epoch` is this start's, `seq` counts without a hole from 1, `samples` those numbered."""

    def __init__(self, path: Path, now: datetime, max_bytes: int = MAX_BYTES, keep_us: int = KEEP_US) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.max_bytes, self.keep_us = path, max_bytes, keep_us
        self._lock = locked(path)
        self.db, self.damaged = opened(path)
        last = self.mark("epoch")
        self.epoch = max(last + 1, min(int((now - FIRST_EPOCH_AT).total_seconds()), LAST_EPOCH_OF_A_CLOCK))
        self.seq = self.samples = 0
        # The time of the last reading that the agent's earlier life kept; 0 when there was none.
        self.alive_before_us = self.mark("alive")
        # The end of that life, by which the database knows what it has not got of it.
        self.earlier = Numbered(*(self.mark(f"numbered_{part}") for part in ("epoch", "seq", "samples")))
        with self.db:
            self._set_mark("epoch", self.epoch)
        totals = "SELECT coalesce(sum(length(payload)), 0), count(*), coalesce(max(id), 0) FROM frame"
        self.bytes, self.frames, self.last_id = map(int, self.db.execute(totals).fetchone())
        # True while something was dropped that no gap tells of yet.
        self.untold = bool(self.dropped())
        self._told_full = False
        # Samples that the append in hand drops; counted when it has reached the disk.
        self._dropping: Counter[str] = Counter()

    def append(
        self, entries: Sequence[Entry], marks: Iterable[tuple[str, int]] = (), told: Sequence[Dropped] = ()
    ) -> list[Kept]:
        """Number, pack and keep frames, set marks and forget what is now told, all or nothing; on disk on return."""
        kept = []
        samples = self.samples
        for number, entry in enumerate(entries, start=1):
            payload = entry.pack(self.epoch, self.seq + number, samples)
            kept.append(Kept(self.last_id + number, self.epoch, self.seq + number, entry.lane, payload))
            samples += entry.samples
        live = [entry.last_us for entry in entries if entry.lane == "live"]
        before = self.bytes, self.frames
        self._dropping.clear()
        numbered = (
            ("numbered_epoch", self.epoch),
            ("numbered_seq", self.seq + len(kept)),
            ("numbered_samples", samples),
        )
        try:
            with self.db:
                for dropped in told:
                    self._forget(dropped)
                self._make_room(sum(len(frame.payload) for frame in kept), max(live, default=0))
                self._insert(kept, entries)
                for name, value in [*marks, *(numbered if kept else ()), *([("alive", max(live))] if live else [])]:
                    self._set_mark(name, value)
        except sqlite3.Error:
            self.bytes, self.frames = before
            raise
        self.bytes += sum(len(frame.payload) for frame in kept)
        self.frames += len(kept)
        metrics.JOURNALLED.inc(len(kept))
        metrics.TOO_OLD.inc(self._dropping[TOO_OLD])
        metrics.FULL.inc(self._dropping[OF_KIND])
        self.seq += len(kept)
        self.last_id += len(kept)
        self.samples = samples
        if told:
            self.untold = bool(self.dropped())
        return kept

    def acknowledge(
        self, ranges: Iterable[tuple[int, int, int]], among: Collection[int] | None = None
    ) -> tuple[list[int], bool]:
        """Forget frames that the database holds, given as (epoch, first, last): their ids; and were others named?

        Of others than those `among`, where it is given, none is forgotten.
        """
        others = False
        chosen = None if among is None else json.dumps(sorted(among))
        gone: list[tuple[int, int]] = []
        # Not flushed by itself: a frame that a power cut brings back is sent again, and the database knows it.
        self.db.execute("PRAGMA synchronous = NORMAL")
        try:
            with self.db:
                for epoch, first, last in ranges:
                    gone += self.db.execute(
                        "DELETE FROM frame WHERE epoch = ?1 AND seq BETWEEN ?2 AND ?3"
                        " AND (?4 IS NULL OR id IN (SELECT value FROM json_each(?4))) RETURNING id, length(payload)",
                        (epoch, first, last, chosen),
                    ).fetchall()
                    others = others or self._holds(epoch, first, last)
        finally:
            self.db.execute("PRAGMA synchronous = FULL")
        self.bytes -= sum(size for _, size in gone)
        self.frames -= len(gone)
        metrics.ACKNOWLEDGED.inc(len(gone))
        return [id_ for id_, _ in gone], others

    def _holds(self, epoch: int, first: int, last: int) -> bool:
        asked = "SELECT 1 FROM frame WHERE epoch = ? AND seq BETWEEN ? AND ? LIMIT 1"
        return self.db.execute(asked, (epoch, first, last)).fetchone() is not None

    def after(self, id_: int, most: int, up_to: int | None = None, lane: Lane | None = None) -> list[Kept]:
        """The next kept frames after an id, in order; up to an id, or of one lane, when given."""
        rows = self.db.execute(
            "SELECT id, epoch, seq, lane, payload FROM frame"
            " WHERE id > ?1 AND (?2 IS NULL OR id <= ?2) AND (?3 IS NULL OR lane = ?3) ORDER BY id LIMIT ?4",
            (id_, up_to, lane, most),
        )
        return [Kept(*row) for row in rows]

    def dropped(self) -> list[Dropped]:
        """What had to go and is not yet told."""
        rows = self.db.execute("SELECT epoch, kind, first_seq, last_seq, from_us, to_us, lost, series FROM dropped")
        return [Dropped(*(*row[:7], tuple(json.loads(row[7])))) for row in rows]

    def mark(self, name: str) -> int:
        """A number that was set with frames, 0 when it never was."""
        row = self.db.execute("SELECT number FROM mark WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Close the file and let another agent have it."""
        self.db.close()
        self._lock.close()

    def _insert(self, kept: Sequence[Kept], entries: Sequence[Entry]) -> None:
        self.db.executemany(
            "INSERT INTO frame (id, epoch, seq, lane, kind, samples, first_us, last_us, payload)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (frame.id, frame.epoch, frame.seq, frame.lane, e.kind, e.samples, e.first_us, e.last_us, frame.payload)
                for frame, e in zip(kept, entries, strict=True)
            ],
        )

    def _forget(self, told: Dropped) -> None:
        """It is told now; what was dropped since it was asked for is still to be told, and nothing is told twice."""
        which = (told.epoch, told.kind)
        self.db.execute("UPDATE dropped SET lost = lost - ? WHERE (epoch, kind) = (?, ?)", (told.lost, *which))
        self.db.execute("DELETE FROM dropped WHERE (epoch, kind) = (?, ?) AND lost = 0", which)

    def _set_mark(self, name: str, number: int) -> None:
        self.db.execute("INSERT OR REPLACE INTO mark (name, number) VALUES (?, ?)", (name, number))

    def _make_room(self, size: int, now_us: int) -> None:
        """Within the caller's transaction: first what is too old, then process values, then the oldest of all."""
        too_old = now_us - self.keep_us
        while now_us and self._drop(TOO_OLD, too_old):
            pass
        while self.bytes + size > self.max_bytes:
            if not any(self._drop(OF_KIND, kind) for kind in KINDS):
                return

    def _drop(self, which: str, value: object) -> bool:
        """Drop the oldest frames that fit, some at once; False when there are none."""
        rows = self.db.execute(
            "DELETE FROM frame WHERE id IN"  # noqa: S608  - `which` is one of two texts of ours
            f" (SELECT id FROM frame WHERE {which} LIMIT {DROP_AT_ONCE})"
            " RETURNING epoch, kind, seq, first_us, last_us, samples, payload",
            (value,),
        ).fetchall()
        for epoch, kind, seq, first_us, last_us, samples, payload in rows:
            self.bytes -= len(payload)
            self.frames -= 1
            self._dropping[which] += samples
            names, untold = _names_and_drops(payload)
            for dropped in (Dropped(epoch, kind, seq, seq, first_us, last_us, samples, names), *untold):
                self._note(dropped)
        if rows and not self._told_full:
            self._told_full = True
            log.error(
                "journal_full",
                path=str(self.path),
                max_bytes=self.max_bytes,
                keep_hours=self.keep_us // 3_600_000_000,
                cure="bring broker and collector back; what is dropped is counted and told as a gap",
            )
        return bool(rows)

    def _note(self, new: Dropped) -> None:
        row = self.db.execute("SELECT series FROM dropped WHERE epoch = ? AND kind = ?", (new.epoch, new.kind))
        known = row.fetchone()
        self.untold = True
        series = json.dumps(sorted({*new.series, *(json.loads(known[0]) if known else ())}))
        self.db.execute(
            "INSERT INTO dropped (epoch, kind, first_seq, last_seq, from_us, to_us, lost, series)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (epoch, kind) DO UPDATE SET"
            " first_seq = min(first_seq, ?3), last_seq = max(last_seq, ?4), from_us = min(from_us, ?5),"
            " to_us = max(to_us, ?6), lost = lost + ?7, series = ?8",
            (new.epoch, new.kind, new.first_seq, new.last_seq, new.from_us, new.to_us, new.lost, series),
        )


def _names_and_drops(payload: bytes) -> tuple[tuple[str, ...], list[Dropped]]:
    """The names in a frame, and the drops that it tells of; none when the disk has damaged it."""
    try:
        frame = decode(payload)
    except BrokenFrame:
        return (), []
    return tuple(frame.series), [
        Dropped(
            gap.epoch,
            "telling",
            gap.first_seq,
            gap.last_seq,
            gap.from_us,
            gap.from_us if gap.to_us is None else gap.to_us,
            gap.lost,
            tuple(frame.series[i] for i in gap.series),
        )
        for gap in frame.gaps
        if gap.cause is Cause.JOURNAL_FULL
    ]
