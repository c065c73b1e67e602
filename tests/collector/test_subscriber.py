"""Live before backlog; the broker keeps what is not confirmed; a connection that breaks loses nothing."""

from collections.abc import Iterator

import pytest

from collector.subscriber import Received, Subscriber
from contract.topics import frame_topic
from laptop.broker import LocalBroker
from runtime.settings import Broker
from tests.collector.senders import SITE, Sender, payload, sender
from tests.support.eventually import eventually


@pytest.fixture
def subscriber(any_broker: LocalBroker) -> Iterator[Subscriber]:
    """A subscriber that is connected to a broker of each kind."""
    made = Subscriber(Broker("127.0.0.1", any_broker.port, tls=False), SITE)
    eventually("a connection", lambda: made.connection == 1)
    yield made
    made.close()


@pytest.fixture
def edge(any_broker: LocalBroker, subscriber: Subscriber) -> Iterator[Sender]:
    """A pretend edge whose messages reach the subscriber."""
    with sender(any_broker) as made:
        eventually("the subscription", lambda: _heard(made, subscriber))
        yield made


def _heard(edge: Sender, subscriber: Subscriber) -> bool:
    edge.say(frame_topic(SITE, "probe"), b"")
    taken = subscriber.take(100, seconds=0.1)
    subscriber.confirm(taken, set())
    return bool(taken)


def here(subscriber: Subscriber, live: int, backlog: int) -> None:
    eventually("all messages", lambda: (len(subscriber.live), len(subscriber.backlog)) == (live, backlog))


def payloads(taken: list[Received]) -> list[bytes]:
    return [received.message.payload for received in taken]


def test_live_frames_are_taken_before_older_ones_that_came_first(subscriber: Subscriber, edge: Sender) -> None:
    edge.backlog(1, 2, 3)
    edge.live(10, 11)
    here(subscriber, live=2, backlog=3)

    taken = subscriber.take(4, seconds=1)

    assert [payload(seq) for seq in (10, 11, 1, 2)] == payloads(taken)


def test_what_is_put_back_is_taken_again_in_its_old_order(subscriber: Subscriber, edge: Sender) -> None:
    edge.backlog(1, 2, 3)
    edge.live(10, 11)
    here(subscriber, live=2, backlog=3)

    subscriber.put_back(subscriber.take(4, seconds=1))

    assert [payload(seq) for seq in (10, 11, 1, 2, 3)] == payloads(subscriber.take(9, seconds=1))


def test_each_node_hears_of_its_own_frames_only(subscriber: Subscriber, edge: Sender, any_broker: LocalBroker) -> None:
    with sender(any_broker, "edge-2") as other:
        subscriber.confirm([], {("edge-1", 1, 5), ("edge-1", 1, 6), ("edge-2", 1, 5)})
        eventually("the acknowledgements", lambda: len(edge.acked) + len(other.acked) == 3)

    assert (edge.acked, other.acked) == ([5, 6], [5])


def test_nothing_is_taken_when_nothing_comes(subscriber: Subscriber, edge: Sender) -> None:
    assert subscriber.take(9, seconds=0.01) == []


def test_frames_of_another_site_do_not_come(subscriber: Subscriber, edge: Sender) -> None:
    edge.say(frame_topic("elsewhere", "edge-1"), payload(1))
    edge.live(2)
    here(subscriber, live=1, backlog=0)

    assert [payload(2)] == payloads(subscriber.take(9, seconds=1))


def test_a_message_without_delivery_guarantee_does_not_cost_the_connection(
    subscriber: Subscriber, edge: Sender
) -> None:
    edge.say(frame_topic(SITE, "edge-1"), b"hello?", qos=0)
    here(subscriber, live=1, backlog=0)

    subscriber.confirm(subscriber.take(9, seconds=1), set())
    edge.live(2)
    here(subscriber, live=1, backlog=0)
    subscriber.confirm(subscriber.take(9, seconds=1), {("edge-1", 1, 2)})

    eventually("the acknowledgement", lambda: edge.acked == [2])
    assert subscriber.connection == 1


def test_what_came_before_the_broker_died_is_held_and_its_numbers_mean_nothing_after(
    subscriber: Subscriber, edge: Sender, any_broker: LocalBroker
) -> None:
    edge.live(1, 2)
    here(subscriber, live=2, backlog=0)
    edge.subscribed.clear()
    any_broker.kill(forget=True)
    any_broker.start()
    eventually("a second connection", lambda: subscriber.connection == 2)
    assert edge.subscribed.wait(40), "the sender would not hear the acknowledgement"

    taken = subscriber.take(9, seconds=1)
    subscriber.confirm(taken, {("edge-1", 1, 1), ("edge-1", 1, 2)})

    assert [payload(1), payload(2)] == payloads(taken)
    eventually("the acknowledgement", lambda: set(edge.acked) == {1, 2})
    assert subscriber.connection == 2


def test_the_broker_keeps_what_is_not_confirmed(subscriber: Subscriber, edge: Sender, any_broker: LocalBroker) -> None:
    if any_broker.kind != "mosquitto":
        pytest.skip("amqtt has no window: it sends on without a confirmation")
    edge.live(*range(1, 151))
    here(subscriber, live=100, backlog=0)

    subscriber.confirm(subscriber.take(60, seconds=1), set())

    here(subscriber, live=90, backlog=0)
