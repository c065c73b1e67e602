"""Databases to measure on: the embedded one as the demo has it, and a TimescaleDB where one is given."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from laptop.postgres import EmbeddedPostgres
from runtime.database import migrate

NO_TIMESCALE = "not measured, SHOPFLOOR_TEST_TIMESCALE_URL names no server (.ci/timescale start FOLDER starts one)"


@contextmanager
def database() -> Iterator[str]:
    """A fresh, migrated database with the settings of the demo."""
    with tempfile.TemporaryDirectory(prefix="shopfloor-bench-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "postgres")
        url = server.start()
        migrate(url)
        yield url
        server.stop()


@contextmanager
def timescale() -> Iterator[str | None]:
    """A fresh, migrated database on the server of SHOPFLOOR_TEST_TIMESCALE_URL, None without one."""
    server = os.environ.get("SHOPFLOOR_TEST_TIMESCALE_URL")
    if not server:
        yield None
        return
    name = f"bench_{uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
            migrate(url)
            yield url
        finally:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
