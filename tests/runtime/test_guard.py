import itertools

import psycopg
import pytest
from structlog.testing import capture_logs

from runtime.database import connect
from runtime.guard import BACK_OFF_S, Guard


def failure_of(conn: psycopg.Connection, statement: str) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as caught:
        conn.execute(statement)
    return caught.value


@pytest.mark.parametrize(
    "ending",
    [
        "SET idle_in_transaction_session_timeout = '50ms'; BEGIN",  # the server's word is an InternalError
        "SET idle_session_timeout = '50ms'",
        "SELECT pg_terminate_backend(pg_backend_pid())",
    ],
)
def test_whatever_ends_a_connection_the_database_is_away(database: str, ending: str) -> None:
    guard = Guard("test")
    with connect(database, "test") as conn:
        failures = []
        for statement in itertools.chain([ending], itertools.repeat("SELECT pg_sleep(0.2)", 2)):
            try:
                conn.execute(statement)
            except psycopg.Error as err:
                failures.append(err)
                break
            with psycopg.connect(database) as other:
                other.execute("SELECT pg_sleep(0.2)")
        guard.failed(failures[0], conn)

    assert guard._told == "database_away"


def test_a_statement_that_is_refused_is_told_as_one_and_the_connection_is_kept(database: str) -> None:
    guard = Guard("test")
    with connect(database, "test") as conn:
        guard.failed(failure_of(conn, "SELECT 1 / 0"), conn)
        guard.connected()

        assert guard.trouble == "division by zero"
        assert conn.execute("SELECT 1").fetchone() == (1,)
    guard.works()
    assert guard.trouble == ""


def test_the_pause_between_two_attempts_never_grows_beyond_a_second() -> None:
    guard = Guard("test")

    pauses = [guard.failed(psycopg.OperationalError("away")) for _ in range(1_000)]

    assert sorted(pauses) == pauses
    assert max(pauses) == BACK_OFF_S[-1] == 1.0


def test_an_outage_is_told_once_and_its_end_once() -> None:
    guard = Guard("test")
    with capture_logs() as told:
        for _ in range(5):
            guard.failed(psycopg.OperationalError("away"))
        guard.works()
        guard.works()

    assert [entry["event"] for entry in told] == ["database_away", "database_back"]
