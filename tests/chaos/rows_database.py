"""Rows: kill -9 of the collector's PostgreSQL backend and of the postmaster."""

import os
import signal
from contextlib import suppress

import psycopg

from tests.chaos.auditor import Verdict
from tests.chaos.shop import Shop
from tests.chaos.stage import Row, Stage

ROUNDS = 3
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'shopfloor-collector'"


def kill_backend(stage: Stage) -> Verdict:
    """kill -9 of the backend that serves the collector: the server ends all others and recovers."""
    with stage.ground.own_server() as server, stage.shop(server.url) as shop:
        shop.start_all()
        for _ in range(ROUNDS):
            shop.moment(3)
            shop.until("the collector's backend", lambda: backend(server.url) > 0)
            with suppress(ProcessLookupError):
                os.kill(backend(server.url), signal.SIGKILL)
        shop.until("the server", lambda: answers(shop))
        return shop.settle()


def kill_postmaster(stage: Stage) -> Verdict:
    """kill -9 of the server's first process, then a start after a while."""
    with stage.ground.own_server() as server, stage.shop(server.url) as shop:
        shop.start_all()
        for _ in range(ROUNDS):
            shop.moment(3)
            assert server.process is not None
            server.process.kill()
            server.process.wait(10)
            shop.moment(2)
            server.stop()  # only its lock: the process is dead
            server.start()
        return shop.settle()


def backend(url: str) -> int:
    """The process that serves the collector, 0 when there is none or the server does not answer."""
    with suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute(BACKENDS).fetchone()
        return int(row[0]) if row else 0
    return 0


def answers(shop: Shop) -> bool:
    """True when the server has recovered."""
    try:
        psycopg.connect(shop.database, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


ROWS: dict[str, Row] = {"kill-backend": kill_backend, "kill-postmaster": kill_postmaster}
