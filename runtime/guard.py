"""A database that is away: one judgement, by the state of the connection, and one pace for every loop of every service.

A loop that lives with a database reads, computes and writes until something of psycopg is raised.
Whatever its class: a connection that cannot be used any more means that the database is away, and one that still can
means that the database has refused a statement. Neither ends a loop; both are told once, and tried again.
"""

import os
import socket
from contextlib import suppress
from typing import Any

import psycopg
import structlog

log = structlog.get_logger()
# Bounded, so that a service is back soon after its database, however long that was away.
BACK_OFF_S = (0.25, 0.5, 1.0)
Connection = psycopg.Connection[Any] | psycopg.AsyncConnection[Any]


class DatabaseAway(psycopg.OperationalError):
    """The database does not answer."""


class Guard:
    """What one loop knows of its database; `trouble` is empty while it works, and says why it does not otherwise."""

    def __init__(self, loop: str, trouble: str = "") -> None:
        self.loop, self.trouble = loop, trouble
        self._failures = 0
        self._told = ""

    def failed(self, err: psycopg.Error, conn: Connection | None = None) -> float:
        """Note a failure, told once for each kind; how many seconds to wait before the next attempt.

        `conn` is the connection it happened on, None where a pool has looked at it.
        """
        refused = err.sqlstate is not None and (conn is None or usable(conn))
        kind = "database_refuses" if refused else "database_away"
        self.trouble = reason_of(err)
        if kind != self._told:
            log.warning(kind, loop=self.loop, reason=self.trouble, cure="tried again until it works")
        self._told = kind
        self._failures += 1
        return BACK_OFF_S[min(self._failures, len(BACK_OFF_S)) - 1]

    def connected(self) -> None:
        """A connection stands; where a statement was refused, only the statement itself can show that it works now."""
        if self._told != "database_refuses":
            self.works()

    def works(self) -> None:
        """Something has been read or written: told when there was trouble before."""
        if self._told:
            log.info("database_back", loop=self.loop)
        self.trouble, self._told, self._failures = "", "", 0


def usable(conn: Connection) -> bool:
    """Whether a connection can take another statement."""
    return not conn.closed and not conn.broken


# Classes of SQLSTATE that say that the server cannot do it now, whatever it was asked for: no resources, a rollback for
# the sake of others, a lock, an operator, its disk, a standby, its own configuration or fault.
OF_THE_SERVER = frozenset({"08", "25", "40", "53", "54", "55", "57", "58", "F0", "XX"})


def of_the_server(err: psycopg.Error, conn: Connection) -> bool:
    """Whether a failure is the database's own and would meet any other statement too, not the data's."""
    return err.sqlstate is None or not usable(conn) or err.sqlstate[:2] in OF_THE_SERVER


def reason_of(err: BaseException) -> str:
    """The first line of an error, or its class where it says nothing."""
    return str(err).strip().splitlines()[0] if str(err).strip() else type(err).__name__


def cut(conn: Connection) -> None:
    """End a connection under whoever waits on it; closing it would only take its number away."""
    with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(conn.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)
