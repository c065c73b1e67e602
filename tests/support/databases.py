"""Databases for tests: each has one of its own, cloned from a template.

None is cloned ahead in the background: what is certain waits for the oldest transaction of the whole server.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql


def make_database(server: str, name: str, template: str = "template0") -> str:
    """The URL of a new database on a server."""
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def drop_database(server: str, name: str) -> None:
    """End whoever is still connected, and drop it."""
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def cloned(server: str, template: str) -> Iterator[str]:
    """The URL of a clone, for as long as it is needed."""
    name = f"test_{uuid4().hex[:12]}"
    yield make_database(server, name, template)
    drop_database(server, name)
