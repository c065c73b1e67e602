"""How table sample is kept: three levels by what the server can do, three verbs on each.

PLAIN is PostgreSQL with native daily partitions, APACHE is TimescaleDB's Apache build with a hypertable,
COMMUNITY adds the columnstore. Nothing else in the system knows the difference.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

Connection = psycopg.Connection[TupleRow]
DAY = timedelta(days=1)
OLDEST = timedelta(days=400)
PREFIX = "sample_"
LOCK = 0x50415254  # "PART": only one makes partitions at a time


class Level(StrEnum):
    """What the server can do for bulk data."""

    PLAIN = "plain"
    APACHE = "apache"
    COMMUNITY = "community"


def adopt(conn: Connection) -> Level:
    """Make table sample a hypertable where the server can, with a columnstore where it may; doing it twice is nothing.

    An installation that began on plain PostgreSQL and holds samples stays with native partitions.
    """
    if _timescale(conn) and _is_partitioned(conn):
        with conn.transaction():
            conn.execute("LOCK TABLE sample IN ACCESS EXCLUSIVE MODE")
            if not _holds_samples(conn):
                _make_hypertable(conn)
    found = level(conn)
    if found is Level.COMMUNITY:
        conn.execute(
            "ALTER TABLE sample SET (timescaledb.compress, timescaledb.compress_segmentby = 'series',"
            " timescaledb.compress_orderby = 'at')"
        )
    return found


def level(conn: Connection) -> Level:
    """The level on which table sample stands."""
    if _is_partitioned(conn) or not _installed(conn):
        return Level.PLAIN
    row = conn.execute("SELECT current_setting('timescaledb.license', true)").fetchone()
    return Level.COMMUNITY if row and row[0] == "timescale" else Level.APACHE


def prepare(conn: Connection, days: Iterable[date]) -> None:
    """Room for samples of these UTC days; a hypertable makes its own.

    Days outside the window that a sound clock can show stay in the default partition, as do days whose
    samples came there before: a broken clock must not make a partition for every day since 1970.
    """
    if not _is_partitioned(conn):
        return
    today = datetime.now(UTC).date()
    sound = {day for day in days if today - OLDEST <= day <= today + DAY}
    if _has_default(conn) and not sound - _days(conn):
        return
    with conn.transaction():
        # Two collectors that make the same partition at once would fail each other.
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        conn.execute("CREATE TABLE IF NOT EXISTS sample_other PARTITION OF sample DEFAULT")
        for day in sorted(sound - _days(conn)):
            statement = sql.SQL("CREATE TABLE {} PARTITION OF sample FOR VALUES FROM ({}) TO ({})").format(
                sql.Identifier(f"{PREFIX}{day:%Y%m%d}"), sql.Literal(_midnight(day)), sql.Literal(_midnight(day + DAY))
            )
            with suppress(psycopg.errors.CheckViolation), conn.transaction():
                conn.execute(statement)


def compress(conn: Connection, before: datetime) -> int:
    """Compress what lies wholly before an instant; how many chunks. Only Community can, the others do nothing."""
    if level(conn) is not Level.COMMUNITY:
        return 0
    rows = conn.execute(
        "SELECT format('%%I.%%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks"
        " WHERE hypertable_name = 'sample' AND range_end <= %s AND NOT is_compressed",
        (before,),
    ).fetchall()
    for (chunk,) in rows:
        conn.execute("SELECT compress_chunk(%s::regclass, if_not_compressed => true)", (chunk,))
    return len(rows)


def drop(conn: Connection, before: datetime) -> int:
    """Drop what lies wholly before an instant; how many chunks or days' partitions."""
    if not _is_partitioned(conn):
        if not _installed(conn):
            return 0
        return len(conn.execute("SELECT drop_chunks('sample', older_than => %s)", (before,)).fetchall())
    dropped = [day for day in _days(conn) if _midnight(day + DAY) <= before]
    for day in dropped:
        conn.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(f"{PREFIX}{day:%Y%m%d}")))
    if _has_default(conn):
        conn.execute("DELETE FROM sample_other WHERE at < %s", (before,))
    return len(dropped)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _days(conn: Connection) -> set[date]:
    """The days that have a partition of their own."""
    rows = conn.execute(
        "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid"
        " WHERE inhparent = 'sample'::regclass AND relname ~ '^sample_[0-9]{8}$'"
    )
    return {datetime.strptime(name.removeprefix(PREFIX), "%Y%m%d").date() for (name,) in rows}  # noqa: DTZ007  - a day


def _has_default(conn: Connection) -> bool:
    row = conn.execute("SELECT to_regclass('sample_other') IS NOT NULL").fetchone()
    return bool(row and row[0])


def _timescale(conn: Connection) -> bool:
    """True when the extension is, or now has been, created in this database."""
    if _installed(conn):
        return True
    row = conn.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'timescaledb'").fetchone()
    loaded = conn.execute("SHOW shared_preload_libraries").fetchone()
    if not row or not row[0] or not loaded or "timescaledb" not in loaded[0]:
        return False
    conn.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    return True


def _installed(conn: Connection) -> bool:
    return conn.execute("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'").fetchone() is not None


def _is_partitioned(conn: Connection) -> bool:
    row = conn.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass('sample')").fetchone()
    return bool(row and row[0])


def _holds_samples(conn: Connection) -> bool:
    return conn.execute("SELECT 1 FROM sample LIMIT 1").fetchone() is not None


def _make_hypertable(conn: Connection) -> None:
    """Only an ordinary table can become one, so the empty partitioned table gives way to it."""
    conn.execute("CREATE TABLE sample_plain (LIKE sample INCLUDING ALL)")
    conn.execute("DROP TABLE sample")
    conn.execute("ALTER TABLE sample_plain RENAME TO sample")
    conn.execute("SELECT create_hypertable('sample', 'at', chunk_time_interval => interval '1 day')")
