"""Two agents with the id of one edge, on two computers: the second is refused and says so, the first goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from contract.messages import NodeState, Status
from contract.topics import status_topic
from laptop.broker import LocalBroker
from tests.collector.senders import SITE, until
from tests.edge.listeners import listening

EDGE = "edge-1"


class Agent:
    """`shopfloor edge edge-1` with a folder of its own, as on a computer of its own."""

    def __init__(self, folder: Path, broker: LocalBroker) -> None:
        self.log = folder / "edge.log"
        environment = {"SHOPFLOOR_DATA": str(folder), "SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{broker.port}"}
        folder.mkdir()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "shopfloor.py", "edge", EDGE], stdout=log, stderr=log, env=os.environ | environment
            )

    def says(self, word: str) -> bool:
        return word in self.log.read_text(encoding="utf-8")


@pytest.fixture
def agent(tmp_path: Path, any_broker: LocalBroker) -> Iterator[Callable[[str], Agent]]:
    with ExitStack() as running:

        @contextmanager
        def run(name: str) -> Iterator[Agent]:
            made = Agent(tmp_path / name, any_broker)
            try:
                yield made
            finally:
                made.process.kill()
                made.process.wait(10)

        yield lambda name: running.enter_context(run(name))


def test_the_second_agent_is_refused_and_says_so(agent: Callable[[str], Agent], any_broker: LocalBroker) -> None:
    with listening(any_broker, status_topic(SITE, EDGE)) as heard:
        first = agent("first")
        until("the first to be online", lambda: first.says("node_online"))
        second = agent("second")
        code = second.process.wait(15)
        time.sleep(0.3)

    assert code == 2
    assert second.says("another agent is already 'edge-1'")
    assert not second.says("node_online")
    assert not second.says("Traceback")
    assert first.process.poll() is None
    assert [Status.model_validate_json(text).state for text in heard] == [NodeState.ONLINE]


def test_the_will_of_a_refused_agent_does_not_make_the_first_one_offline(
    agent: Callable[[str], Agent], any_broker: LocalBroker
) -> None:
    with listening(any_broker, status_topic(SITE, EDGE)) as heard:
        first = agent("first")
        until("the first to be online", lambda: first.says("node_online"))
        second = agent("second")
        until("the second to be connected", lambda: second.says("broker_connected"))
        second.process.kill()
        until("a will or a refusal", lambda: len(heard) >= 2 or first.says("second_agent_refused"))
        time.sleep(0.5)

    assert Status.model_validate_json(heard[-1]).state is NodeState.ONLINE


def test_the_same_agent_may_start_again_at_once(agent: Callable[[str], Agent]) -> None:
    first = agent("first")
    until("online", lambda: first.says("node_online"))
    first.process.send_signal(signal.SIGKILL)
    first.process.wait(10)
    again = agent("again")

    until("online again", lambda: again.says("node_online"), 20)
