"""Several collectors on one broker: they share the frames, and what reaches two of them is stored once."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from collector.subscriber import Subscriber
from laptop.broker import LocalBroker, mosquitto
from runtime.settings import Broker
from tests.collector.senders import SAMPLES, SITE, Collector, rows, sender
from tests.support.eventually import eventually

STORED = "SELECT seq, count(*), count(DISTINCT at) FROM sample GROUP BY seq ORDER BY seq"
needs_mosquitto = pytest.mark.skipif(mosquitto() is None, reason="mosquitto is not installed: amqtt shares nothing")


@pytest.fixture
def two(broker: LocalBroker) -> Iterator[tuple[Subscriber, Subscriber]]:
    """Two subscribers of one group."""
    place = Broker("127.0.0.1", broker.port, tls=False)
    made = Subscriber(place, SITE, "all"), Subscriber(place, SITE, "all")
    eventually("two connections", lambda: all(one.connection == 1 for one in made))
    yield made
    for one in made:
        one.close()


@needs_mosquitto
def test_each_frame_goes_to_one_collector_of_the_group(two: tuple[Subscriber, Subscriber], broker: LocalBroker) -> None:
    with sender(broker) as edge:
        edge.live(*range(1, 31))
        edge.backlog(*range(31, 61))
        eventually("all", lambda: sum(len(one.live) + len(one.backlog) for one in two) >= 60)
        taken = [{received.message.payload for received in one.take(99, seconds=1)} for one in two]

    assert len(taken[0] | taken[1]) == 60
    assert taken[0] & taken[1] == set()
    assert all(len(share) >= 20 for share in taken)


@needs_mosquitto
@pytest.mark.parametrize("group", ["all", ""])
def test_two_collectors_store_each_frame_once_and_one_that_dies_is_not_missed(
    tmp_path: Path, broker: LocalBroker, database: str, group: str
) -> None:
    with ExitStack() as stack, sender(broker) as edge:
        first, second = (
            stack.enter_context(Collector(tmp_path, broker, database, name, group)) for name in ("first", "second")
        )
        first.start()
        second.start()
        edge.send_until_acked(range(1, 101))
        edge.backlog(*range(101, 141))
        first.end(signal.SIGKILL)
        edge.send_until_acked(range(101, 201))
        code = second.end(signal.SIGTERM)

    assert rows(database, STORED) == [(seq, SAMPLES, SAMPLES) for seq in range(1, 201)]
    assert rows(database, "SELECT count(*) FROM sequence_gap") == [(0,)]
    assert rows(database, "SELECT count(*) FROM rejected_message") == [(0,)]
    assert code == 0
