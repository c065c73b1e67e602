"""Two agents with the id of one edge, on two computers: the second sends nothing and says so, the first goes on.

Anybody who may write to the topics of an edge can forge such messages: none of them stops an agent.
"""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from contract.messages import Ack, Claim, NodeState, Status
from contract.topics import ack_topic, claim_topic, status_topic
from edge.buffer.journal import Journal
from edge.buffer.window import MOST_ON_THE_WAY
from laptop.broker import LocalBroker
from runtime.broker import connect_client
from runtime.settings import Broker
from tests.collector.senders import SITE
from tests.edge.buffer.frames import START, entry
from tests.edge.listeners import listening
from tests.support.eventually import eventually
from tests.support.program import Program

EDGE = "edge-1"


class Agent:
    """`shopfloor edge edge-1` with a folder of its own, as on a computer of its own."""

    def __init__(self, folder: Path, broker: LocalBroker) -> None:
        self.folder, self.log = folder, folder / "edge.log"
        environment = {"SHOPFLOOR_DATA": str(folder), "SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{broker.port}"}
        folder.mkdir(exist_ok=True)
        self.log.write_bytes(b"")
        self.process = Program(["edge", EDGE], os.environ | environment, self.log)

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


def test_the_second_agent_sends_nothing_and_says_so_until_the_first_is_gone(
    agent: Callable[[str], Agent], any_broker: LocalBroker
) -> None:
    with listening(any_broker, status_topic(SITE, EDGE)) as heard:
        first = agent("first")
        eventually("the first to be online", lambda: first.says("node_online"))
        second = agent("second")
        eventually("the second to be told", lambda: second.says("another agent is already 'edge-1'"), 15)
        time.sleep(2)
        seen = [Status.model_validate_json(text).state for text in heard]
        online = second.says("node_online")
        running = first.process.poll() is None and second.process.poll() is None
        first.process.kill()
        first.process.wait(10)
        eventually("the second to be online", lambda: second.says("node_online"), 30)

    assert running
    assert not online
    assert seen == [NodeState.ONLINE]
    assert first.says("second_agent_refused")
    assert not first.says("claim_ignored")


@pytest.mark.parametrize("retain", [False, True])
def test_a_forged_claim_neither_ends_an_agent_nor_keeps_one_from_starting(
    agent: Callable[[str], Agent], any_broker: LocalBroker, retain: bool
) -> None:
    forged = Claim(node=EDGE, epoch=1, instance="a", settled=True).model_dump_json()
    first = agent("first")
    eventually("it to be online", lambda: first.says("node_online"))
    publish(any_broker, claim_topic(SITE, EDGE), forged, retain)
    eventually("it to be told", lambda: first.says("claim_ignored"))
    with listening(any_broker, status_topic(SITE, EDGE)) as statuses:
        eventually("its status", lambda: bool(statuses))
    alive = first.process.poll() is None
    first.process.terminate()
    code = first.process.wait(20)
    again = agent("again")
    eventually("it to be online again", lambda: again.says("node_online"), 20)

    assert alive
    assert code == 0
    assert Status.model_validate_json(statuses[-1]).state is NodeState.ONLINE
    assert again.says("claim_ignored") is retain


def test_a_forged_acknowledgement_deletes_nothing_that_was_not_sent(
    agent: Callable[[str], Agent], any_broker: LocalBroker, tmp_path: Path
) -> None:
    """The journal of an earlier life holds more frames than may be on the way, and nobody collects."""
    path = tmp_path / "first" / "edge" / f"{EDGE}.journal"
    with closing(Journal(path, START)) as earlier:
        earlier.append([entry(second, lane="backlog") for second in range(10 * MOST_ON_THE_WAY)])
        epoch = earlier.epoch
    first = agent("first")
    eventually("it to be online", lambda: first.says("node_online"))
    publish(any_broker, ack_topic(SITE, EDGE), Ack(ranges=[(epoch, 1, 2**39)]).model_dump_json())
    eventually("it to be told", lambda: first.says("acknowledgement_ignored"))
    with closing(sqlite3.connect(path)) as journal:
        left = frames(journal)

    assert left >= 9 * MOST_ON_THE_WAY
    assert first.process.poll() is None


def frames(journal: sqlite3.Connection) -> int:
    return int(journal.execute("SELECT count(*) FROM frame").fetchone()[0])


def publish(broker: LocalBroker, topic: str, payload: str, retain: bool = False) -> None:
    """As anybody may who can reach the broker."""
    connected = threading.Event()
    client = connect_client(
        Broker("127.0.0.1", broker.port, tls=False), client_id="stranger", on_connect=lambda _: connected.set()
    )
    assert connected.wait(15)
    client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def test_the_will_of_a_refused_agent_does_not_make_the_first_one_offline(
    agent: Callable[[str], Agent], any_broker: LocalBroker
) -> None:
    with listening(any_broker, status_topic(SITE, EDGE)) as heard:
        first = agent("first")
        eventually("the first to be online", lambda: first.says("node_online"))
        second = agent("second")
        eventually("the second to be connected", lambda: second.says("broker_connected"))
        second.process.kill()
        eventually("a will or a refusal", lambda: len(heard) >= 2 or first.says("second_agent_refused"))
        time.sleep(0.5)

    assert Status.model_validate_json(heard[-1]).state is NodeState.ONLINE


def test_the_same_agent_may_start_again_at_once(agent: Callable[[str], Agent]) -> None:
    first = agent("first")
    eventually("online", lambda: first.says("node_online"))
    first.process.send_signal(signal.SIGKILL)
    first.process.wait(10)
    again = agent("again")

    eventually("online again", lambda: again.says("node_online"), 20)
