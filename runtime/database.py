"""PostgreSQL: connections, named queries, migrations. The one way in."""

import hashlib
import re
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from runtime.lending import Pool
from runtime.storage import adopt

LOCK = 0x53484F50  # "SHOP": only one migrates at a time
OPTIONS = "-c timezone=UTC -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000"
# A connection whose other end has vanished without a word is noticed by both sides, the server's locks included.
OPTIONS += " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=30000"
ALIVE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


class NotMigrated(RuntimeError):
    """The database lacks tables that this version needs; the text says what to run."""


def connect(url: str, service: str) -> psycopg.Connection[TupleRow]:
    """A connection in autocommit, in UTC, named after the service."""
    return psycopg.connect(url, **settings_of(service))


def async_pool(url: str, service: str, max_size: int = 4, statement_timeout_s: float = 60.0) -> Pool:
    """A pool of such connections, not yet open; a connection that died is replaced before it is lent."""
    arguments = settings_of(service, statement_timeout_s)
    return Pool(url, kwargs=arguments, min_size=1, max_size=max_size, open=False, reconnect_timeout=0)


def settings_of(service: str, statement_timeout_s: float = 60.0) -> dict[str, Any]:
    """How every connection of a service is made: autocommit, UTC, its name, and no end of a wire waited for."""
    options = f"{OPTIONS} -c statement_timeout={round(statement_timeout_s * 1000)}"
    return {"autocommit": True, "application_name": f"shopfloor-{service}", "options": options, **ALIVE}


def queries(package: str, file: str = "queries.sql") -> dict[str, str]:
    """The named statements of a package's SQL file; a name is a line '-- name --'."""
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    parts = re.split(r"^-- (\w+) --$", text, flags=re.MULTILINE)
    names, bodies = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{package}/{file}: a name occurs twice")
    return {name: body.strip() for name, body in zip(names, bodies, strict=True)}


def migrations() -> list[tuple[str, str]]:
    """(name, text) of all migrations in their order."""
    found = [entry for entry in files("contract.migrations").iterdir() if entry.name.endswith(".sql")]
    return [(entry.name, entry.read_text(encoding="utf-8")) for entry in sorted(found, key=lambda entry: entry.name)]


def migrate(url: str) -> list[str]:
    """Bring the database to this version; the names of what was applied, none when it was there already.

    Each migration is one transaction. A released migration whose text has changed is refused.
    """
    with connect(url, "migrate") as conn:
        conn.execute("SET statement_timeout = 0")  # a large table takes as long as it takes
        conn.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        conn.execute(
            "CREATE TABLE IF NOT EXISTS migration"
            " (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        applied = _applied(conn)
        _need_ours(applied)
        new = []
        for name, text in migrations():
            if name not in applied:
                with conn.transaction():
                    conn.execute(text.encode())
                    conn.execute("INSERT INTO migration (name, sha256) VALUES (%s, %s)", (name, _sha256(text)))
                new.append(name)
        adopt(conn)
        return new


def require_schema(url: str) -> None:
    """NotMigrated unless every migration of this version has been applied."""
    with connect(url, "check") as conn:
        exists = conn.execute("SELECT to_regclass('migration') IS NOT NULL").fetchone()
        applied = _applied(conn) if exists and exists[0] else {}
    _need_ours(applied)
    missing = [name for name, _ in migrations() if name not in applied]
    if missing:
        raise NotMigrated(f"the database lacks {', '.join(missing)}: run `shopfloor migrate` once, then start again")


def _need_ours(applied: dict[str, str]) -> None:
    """NotMigrated where the tables are those of another build: a migration that we do not have, or with other text."""
    ours = {name: _sha256(text) for name, text in migrations()}
    strange = sorted(name for name, digest in applied.items() if ours.get(name) != digest)
    if strange:
        raise NotMigrated(
            f"this database was made by another build of shopfloor ({strange[0]} is not that of this one): "
            "go on with that build, or give this one an empty database (of the demo: move its data folder away)"
        )


def _applied(conn: psycopg.Connection[TupleRow]) -> dict[str, str]:
    return {row[0]: row[1] for row in conn.execute("SELECT name, sha256 FROM migration")}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
