"""Every route of the API, asked all that its description allows: no server error, nothing that is not described."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.mes.erp.plants import alarm
from tests.mes.running import Running, mes
from tests.support.size import WHOLE

KEY = "erp-key-0123456789"
AUTHORIZED = {"Authorization": f"Bearer {KEY}"}
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# A bound of time would leave out whole routes on a busy machine: a small run asks each of them little.
ASKED = "--phases examples,coverage,fuzzing --max-time 120" if WHOLE else "--phases examples,fuzzing --max-examples 1"


@pytest.fixture
def running(database: str, free_port: Callable[[], int], tmp_path: Path) -> Iterator[Running]:
    """A mes in which the ids of the description's examples are there."""
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("ALTER TABLE alarm ALTER COLUMN id RESTART WITH 17")
    alarm(database)
    with mes(database, free_port(), tmp_path / "mes.log", API_KEY_ERP=KEY) as found:
        wish = {"product": "bracket-a", "quantity": 5, "due_at": "2026-12-01T00:00:00Z", "line": "stamping"}
        assert httpx.put(f"{found.url}/api/v1/orders/WO-1042", json=wish, headers=AUTHORIZED).status_code == 200
        yield found


def test_no_route_has_a_server_error_or_answers_what_is_not_described(running: Running, tmp_path: Path) -> None:
    """`st run` by hand, without --max-time, asks as long as one likes."""
    asking = subprocess.run(
        [
            *(Path(sys.executable).parent / "st", "run", f"{running.url}/api/v1/openapi.json"),
            *("--checks", CHECKS, *ASKED.split()),
            *("--header", f"Authorization: Bearer {KEY}", "--request-timeout", "20", "--no-color", "--warnings", "off"),
        ],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=250,
    )

    assert asking.returncode == 0, asking.stdout[-6000:]
    assert running.said("request_failed") == 0
