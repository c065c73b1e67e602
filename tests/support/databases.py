"""Databases for tests: each has one of its own, made of a template before it is asked for."""

import threading
from contextlib import suppress
from queue import Empty, Queue
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

# A test that waits leaves time to make so many.
AHEAD = 3


def make_database(server: str, name: str, template: str = "template0") -> str:
    """The URL of a new database on a server."""
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def drop_database(server: str, name: str) -> None:
    """End whoever is still connected, and drop it."""
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class Databases:
    """Clones of a template that wait for a test; those that are given back are dropped in between."""

    def __init__(self, server: str, template: str) -> None:
        self._server, self._template = server, template
        self._ready: Queue[str | psycopg.Error] = Queue(AHEAD)
        self._used: Queue[str] = Queue()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._make, name="databases", daemon=True)
        self._thread.start()

    def take(self) -> str:
        """The URL of an empty one."""
        found = self._ready.get()
        if isinstance(found, psycopg.Error):
            raise found
        return found

    def give_back(self, url: str) -> None:
        """Nobody needs it any more."""
        self._used.put(url)

    def close(self) -> None:
        """Make no more, and drop what is left."""
        self._ending.set()
        while self._thread.is_alive() or not self._ready.empty():
            with suppress(Empty):
                self._used.put(str(self._ready.get(timeout=0.1)))
        self._drop()

    def _make(self) -> None:
        while not self._ending.is_set():
            try:
                self._drop()
                made: str | psycopg.Error = make_database(self._server, f"test_{uuid4().hex[:12]}", self._template)
            except psycopg.Error as err:
                made = err
            self._ready.put(made)

    def _drop(self) -> None:
        while not self._used.empty():
            drop_database(self._server, urlsplit(self._used.get()).path.removeprefix("/"))
