"""The running system of a journey: real broker, real database, every process on its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from laptop.broker import LocalBroker
from tests.journeys.system import System, lively_plant


@pytest.fixture
def system(tmp_path: Path, database: str, broker: LocalBroker, free_port: Callable[[], int]) -> Iterator[System]:
    """Everything but the processes; the plant polls each 500 ms. What still runs at the end is ended."""
    port = free_port()
    made = System(
        tmp_path,
        lively_plant(tmp_path, free_port, poll="500ms"),
        {
            "SHOPFLOOR_DATABASE": database,
            "SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{broker.port}",
            "SHOPFLOOR_PORT": str(port),
        },
        web=f"http://127.0.0.1:{port}",
    )
    yield made
    made.stop_all()
