"""The journal's file: one agent at a time, sound or set aside."""

import fcntl
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import structlog

from runtime.settings import BadSetting

log = structlog.get_logger()
# Whatever this version cannot read is a new file's matter, as a damaged one is.
VERSION = 2
SCHEMA = """
CREATE TABLE IF NOT EXISTS frame (
    id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, lane TEXT NOT NULL, kind TEXT NOT NULL,
    samples INTEGER NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, payload BLOB NOT NULL,
    UNIQUE (epoch, seq));
CREATE INDEX IF NOT EXISTS frame_kind ON frame (kind, id);
CREATE INDEX IF NOT EXISTS frame_age ON frame (lane, last_us);
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS dropped (
    epoch INTEGER NOT NULL, kind TEXT NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    from_us INTEGER NOT NULL, to_us INTEGER NOT NULL, lost INTEGER NOT NULL, series TEXT NOT NULL,
    PRIMARY KEY (epoch, kind));
"""

# SQLite quotes what it complains of, and damaged text is no text.
DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)


def locked(path: Path) -> IO[str]:
    """The lock on a journal, or BadSetting when another agent on this machine holds it."""
    lock = path.with_suffix(".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as err:
        lock.close()
        raise BadSetting(f"{path} is in use: another agent of this edge runs; stop it, or give another id") from err
    return lock


def opened(path: Path) -> tuple[sqlite3.Connection, datetime | None]:
    """The database; a damaged file is set aside, reported, and a new one begun: then also when it was last written."""
    try:
        return _connected(path), None
    except DAMAGE as err:
        if isinstance(err, sqlite3.OperationalError) and not _says_read_only(err, path):
            cure = "make room on its disk, or give SHOPFLOOR_DATA another folder"
            raise BadSetting(f"{path} cannot be opened ({err}): {cure}") from err
        aside = _free_name(path)
        parts = [part for part in (path, Path(f"{path}-wal"), Path(f"{path}-shm")) if part.exists()]
        written = max(part.stat().st_mtime for part in parts)
        log.error(
            "journal_damaged", reason=str(err), set_aside=str(aside), cure="keep that file: its frames were not sent"
        )
        for part in parts:
            part.rename(f"{aside}{part.name.removeprefix(path.name)}")
        return _connected(path), datetime.fromtimestamp(written, UTC)


def _says_read_only(err: sqlite3.OperationalError, path: Path) -> bool:
    """True when it is the file's own first bytes that forbid writing, and neither its rights nor its disk."""
    return err.sqlite_errorcode == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK)


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError(f"written by another version ({version})")
        db.executescript(f"{SCHEMA}PRAGMA user_version = {VERSION};")
        # Not quick_check: an index that does not fit its table would stop the agent later, at each start again.
        complaint = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if complaint != "ok":
            raise sqlite3.DatabaseError(complaint)
    except DAMAGE:
        db.close()
        raise
    return db


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_suffix(f".damaged-{number}")).exists():
        number += 1
    return aside
