"""Rows: PostgreSQL's processes are killed or stand still, or it closes connections by its own rules."""

import os
import signal
from contextlib import suppress

import psycopg

from tests.chaos.auditor import Verdict
from tests.chaos.shop import Shop
from tests.chaos.stage import Row, Stage
from tests.frozen import frozen
from tests.support.eventually import eventually
from tests.support.size import sized

ROUNDS = sized(3)
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


def frozen_database(stage: Stage) -> Verdict:
    """All processes of the server stand still and go on: every connection stays open, and nothing is answered."""
    with stage.ground.own_server() as server, stage.shop(server.url) as shop:
        shop.start_all()
        for _ in range(ROUNDS):
            shop.moment(3)
            with frozen(server):
                shop.moment(8, least=1)
        return shop.settle()


def closing_database(stage: Stage) -> Verdict:
    """The server closes what rests and what takes long: idle sessions, idle transactions and long ones."""
    with stage.ground.own_server() as server, stage.shop(server.url) as shop:
        shop.start_all()
        for limit in ("idle_session_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"):
            shop.moment(3)
            impatient(server.url, limit, "15ms")
            shop.moment(4, least=1)
            impatient(server.url, limit, "0")
        return shop.settle()


def impatient(url: str, limit: str, value: str) -> None:
    """Set a limit for all who connect, and for those who are connected; on a busy machine it may meet us as well."""

    def is_set() -> bool:
        with psycopg.connect(url, autocommit=True, options=f"-c {limit}=0") as conn:
            conn.execute(f"ALTER SYSTEM SET {limit} = '{value}'".encode())
            conn.execute("SELECT pg_reload_conf()")
        return True

    eventually(f"{limit} {value}", is_set, despite=psycopg.OperationalError)


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


ROWS: dict[str, Row] = {
    "kill-backend": kill_backend,
    "kill-postmaster": kill_postmaster,
    "frozen-database": frozen_database,
    "closing-database": closing_database,
}
