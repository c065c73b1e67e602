"""Frames on disk until the database has them: SQLite, WAL, synchronous FULL.

Every append is one transaction that has reached the disk when it returns (as far as the disk keeps its word);
several frames in one append share that cost. Use it from one thread.
"""

import fcntl
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal

import structlog

from config.settings import BadSetting

log = structlog.get_logger()
Lane = Literal["live", "backlog"]
Pack = Callable[[int, int], bytes]
# Seconds since 2020 are an epoch that grows even when the journal itself was lost.
FIRST_EPOCH_AT = datetime(2020, 1, 1, tzinfo=UTC)
MAX_BYTES = 2 * 1024**3
SCHEMA = """
CREATE TABLE IF NOT EXISTS frame (
    id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, lane TEXT NOT NULL, payload BLOB NOT NULL,
    UNIQUE (epoch, seq));
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, number INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A frame in the journal."""

    id: int
    epoch: int
    seq: int
    lane: Lane
    payload: bytes


class Journal:
    """One agent's frames; `epoch` is this start's, `seq` counts without a hole from 1."""

    def __init__(self, path: Path, now: datetime, max_bytes: int = MAX_BYTES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.max_bytes = path, max_bytes
        self._lock = _locked(path)
        self.db = _opened(path)
        last = self.mark("epoch")
        self.epoch = max(last + 1, int((now - FIRST_EPOCH_AT).total_seconds()))
        self.seq = 0
        self.dropped = 0
        with self.db:
            self._set_mark("epoch", self.epoch)
        row = self.db.execute("SELECT coalesce(sum(length(payload)), 0), coalesce(max(id), 0) FROM frame").fetchone()
        self.bytes, self.last_id = int(row[0]), int(row[1])

    def append(self, packs: Sequence[tuple[Lane, Pack]], marks: Iterable[tuple[str, int]] = ()) -> list[Kept]:
        """Number, pack and keep frames, and set marks, all or nothing; on disk when it returns."""
        kept = []
        for number, (lane, pack) in enumerate(packs, start=1):
            payload = pack(self.epoch, self.seq + number)
            kept.append(Kept(self.last_id + number, self.epoch, self.seq + number, lane, payload))
        size = sum(len(frame.payload) for frame in kept)
        with self.db:
            self._make_room(size)
            self.db.executemany(
                "INSERT INTO frame (id, epoch, seq, lane, payload) VALUES (?, ?, ?, ?, ?)",
                [(frame.id, frame.epoch, frame.seq, frame.lane, frame.payload) for frame in kept],
            )
            for name, value in marks:
                self._set_mark(name, value)
        self.bytes += size
        self.seq += len(kept)
        self.last_id += len(kept)
        return kept

    def acknowledge(self, ranges: Iterable[tuple[int, int, int]]) -> list[int]:
        """Forget frames that the database holds, given as (epoch, first, last); their ids."""
        gone: list[tuple[int, int]] = []
        with self.db:
            for epoch, first, last in ranges:
                gone += self.db.execute(
                    "DELETE FROM frame WHERE epoch = ? AND seq BETWEEN ? AND ? RETURNING id, length(payload)",
                    (epoch, first, last),
                ).fetchall()
        self.bytes -= sum(size for _, size in gone)
        return [id_ for id_, _ in gone]

    def after(self, id_: int, most: int, up_to: int | None = None, lane: Lane | None = None) -> list[Kept]:
        """The next kept frames after an id, in order; up to an id, or of one lane, when given."""
        rows = self.db.execute(
            "SELECT id, epoch, seq, lane, payload FROM frame"
            " WHERE id > ?1 AND (?2 IS NULL OR id <= ?2) AND (?3 IS NULL OR lane = ?3) ORDER BY id LIMIT ?4",
            (id_, up_to, lane, most),
        )
        return [Kept(*row) for row in rows]

    def mark(self, name: str) -> int:
        """A number that was set with frames, 0 when it never was."""
        row = self.db.execute("SELECT number FROM mark WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Close the file and let another agent have it."""
        self.db.close()
        self._lock.close()

    def _set_mark(self, name: str, number: int) -> None:
        self.db.execute("INSERT OR REPLACE INTO mark (name, number) VALUES (?, ?)", (name, number))

    def _make_room(self, size: int) -> None:
        """When the journal is full the oldest frames go; their numbers stay missing, and the collector records that."""
        while self.bytes + size > self.max_bytes:
            row = self.db.execute("DELETE FROM frame WHERE id = (SELECT min(id) FROM frame) RETURNING length(payload)")
            oldest = row.fetchone()
            if oldest is None:
                return
            self.bytes -= oldest[0]
            if self.dropped == 0:
                log.error(
                    "journal_full", path=str(self.path), max_bytes=self.max_bytes, cure="bring the collector back"
                )
            self.dropped += 1


def _locked(path: Path) -> IO[str]:
    lock = path.with_suffix(".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as err:
        lock.close()
        raise BadSetting(f"{path} is in use: another agent of this edge runs; stop it, or give another id") from err
    return lock


def _opened(path: Path) -> sqlite3.Connection:
    """The database; a damaged file is set aside, reported, and a new one begun."""
    try:
        return _connected(path)
    except sqlite3.DatabaseError as err:
        aside = _free_name(path)
        log.error(
            "journal_damaged", reason=str(err), set_aside=str(aside), cure="keep that file: its frames were not sent"
        )
        path.rename(aside)
        for suffix in ("-wal", "-shm"):
            extra = Path(f"{path}{suffix}")
            if extra.exists():
                extra.rename(f"{aside}{suffix}")
        return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.executescript(SCHEMA)
        complaint = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if complaint != "ok":
            raise sqlite3.DatabaseError(complaint)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_suffix(f".damaged-{number}")).exists():
        number += 1
    return aside
