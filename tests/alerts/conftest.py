"""What the tests of alerts share: a floor, a chat that receives, the way to ask for health."""

from collections.abc import Callable, Iterator

import pytest

from tests.alerts.floor import Floor
from tests.alerts.receivers import HttpReceiver
from tests.health import Asked


@pytest.fixture
def floor(database: str) -> Iterator[Floor]:
    """A floor in this test's database."""
    made = Floor(database)
    yield made
    made.close()


@pytest.fixture
def chat(free_port: Callable[[], int]) -> Iterator[HttpReceiver]:
    """An HTTP receiver, running; what it answers is `answer`."""
    made = HttpReceiver(free_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture
def asked(free_port: Callable[[], int]) -> Asked:
    """Asks a service's health pages on a free port."""
    return Asked(free_port())
