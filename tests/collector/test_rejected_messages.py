"""What breaks the contract is on record once and whole, and neither stops the collector nor comes for ever."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from collector.rejected_messages import MOST_A_MINUTE
from collector.writer import Message, Writer
from contract.frame import encode
from contract.sample import Quality, Sample, to_us
from contract.topics import ack_topic, backlog_topic, frame_topic, status_topic
from tests.support.frames import frame_of
from tests.times import at, later

SITE = "suzhou"
NOON = to_us(at("2026-11-23 12:00"))


@pytest.fixture
def writer(database: str) -> Iterator[Writer]:
    """A writer on a database of this test's own."""
    made = Writer(database, SITE, now=later)
    yield made
    made.close()


def message(seq: int, changed: dict[str, object] | None = None, count: int = 3) -> Message:
    """A frame on the topic of edge-1, with other values under some keys."""
    read = [Sample("press-1", "temp", NOON + i, NOON + i, i / 8, Quality.GOOD) for i in range(count)]
    document = json.loads(encode(frame_of("edge-1", 1, seq, read)))
    return Message(frame_topic(SITE, "edge-1"), json.dumps(document | (changed or {})).encode())


def status(node: str, epoch: int) -> Message:
    text = {"node": node, "state": "online", "epoch": epoch, "at_us": 1}
    return Message(status_topic(SITE, node), json.dumps(text).encode())


def rows(database: str, query: str) -> list[Any]:
    with psycopg.connect(database) as conn:
        return conn.execute(query.encode()).fetchall()


@pytest.mark.parametrize(
    "broken", [message(5, {"index": [0, 1, 0, 1]}), message(5, {"colour": "red"}), message(5, {"a\0b": 1})]
)
def test_a_broken_frame_is_acknowledged_because_it_is_on_record(writer: Writer, database: str, broken: Message) -> None:
    held = [writer.write([broken]) for _ in range(3)]

    assert held == [{("edge-1", 1, 5)}] * 3
    assert rows(database, "SELECT topic, payload FROM rejected_message") == [(broken.topic, broken.payload)]
    assert rows(database, "SELECT * FROM frame") == []


def test_a_broken_frame_that_is_acknowledged_is_kept_whole(writer: Writer, database: str) -> None:
    broken = message(5, {"colour": "red"}, count=10_000)

    writer.write([broken])

    assert len(broken.payload) > 65_536
    assert rows(database, "SELECT payload FROM rejected_message") == [(broken.payload,)]


def test_a_frame_that_the_database_refuses_is_kept_whole_and_once(writer: Writer, database: str) -> None:
    refused = message(5, count=10_000)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("ALTER TABLE frame ADD CHECK (seq <> 5)")

    held = [writer.write([refused]) for _ in range(2)]

    assert held == [{("edge-1", 1, 5)}] * 2
    assert rows(database, "SELECT payload FROM rejected_message") == [(refused.payload,)]


@pytest.mark.parametrize(
    "broken",
    [
        Message(frame_topic(SITE, "edge-1"), message(5).payload[:-1]),
        message(5, {"node": "edge-2"}),
        message(5, {"epoch": 0}),
        message(5, {"epoch": "1"}),
        Message(status_topic(SITE, "edge-1"), message(5).payload),
        Message(frame_topic("elsewhere", "edge-1"), message(5).payload),
        Message(ack_topic(SITE, "edge-1"), message(5).payload),
        message(5, {"v": 3}),
    ],
    ids=[
        "cut off",
        "another's topic",
        "no such number",
        "a text",
        "a status",
        "another site",
        "an ack",
        "later version",
    ],
)
def test_what_is_not_surely_this_nodes_own_frame_is_not_acknowledged_but_on_record_once(
    writer: Writer, database: str, broken: Message
) -> None:
    held = [writer.write([broken, message(7)]) for _ in range(2)]

    assert held == [{("edge-1", 1, 7)}] * 2
    assert rows(database, "SELECT topic, payload FROM rejected_message") == [(broken.topic, broken.payload)]


def test_the_same_payload_on_another_topic_is_another_message(writer: Writer, database: str) -> None:
    broken = message(5, {"colour": "red"})

    writer.write([broken, Message(backlog_topic(SITE, "edge-1"), broken.payload)])

    assert rows(database, "SELECT count(*) FROM rejected_message") == [(2,)]


def test_long_frames_that_differ_only_at_their_end_are_two(writer: Writer, database: str) -> None:
    topic = frame_topic(SITE, "edge-1")

    writer.write([Message(topic, b"x" * 70_000 + end) for end in (b"a", b"b")])

    assert rows(database, "SELECT length(payload) FROM rejected_message") == [(65_536,), (65_536,)]


@pytest.mark.parametrize("topic", [frame_topic(SITE, "e" * 60_000), frame_topic(SITE, "edge\0-1"), "a/b\0c"])
def test_a_monstrous_topic_is_on_record(writer: Writer, database: str, topic: str) -> None:
    held = [writer.write([Message(topic, b"{}"), message(7)]) for _ in range(2)]

    assert held == [{("edge-1", 1, 7)}] * 2
    assert rows(database, "SELECT count(*), max(length(topic)) <= 1000 FROM rejected_message") == [(1, True)]


def test_a_monstrous_key_does_not_make_a_monstrous_reason(writer: Writer, database: str) -> None:
    writer.write([message(5, {"k" * 500_000: 1})])

    assert rows(database, "SELECT length(reason) <= 1000 FROM rejected_message") == [(True,)]


def test_a_status_that_no_database_can_hold_is_on_record(writer: Writer, database: str) -> None:
    held = writer.write([status("edge-1", 2**31), message(7)])

    assert held == {("edge-1", 1, 7)}
    assert rows(database, "SELECT reason ~ '^epoch: ' FROM rejected_message") == [(True,)]


def test_a_flood_is_counted_and_a_frame_that_is_acknowledged_is_kept_all_the_same(
    writer: Writer, database: str
) -> None:
    topic = frame_topic(SITE, "edge-1")
    flood = [Message(topic, b"junk %d" % number) for number in range(MOST_A_MINUTE + 40)]

    writer.write(flood[: MOST_A_MINUTE + 10])
    held = writer.write([*flood[MOST_A_MINUTE + 10 :], message(5, {"colour": "red"}), message(7)])

    assert held == {("edge-1", 1, 5), ("edge-1", 1, 7)}
    assert rows(database, "SELECT count(*) FROM rejected_message WHERE topic <> ''") == [(MOST_A_MINUTE + 1,)]
    assert rows(database, "SELECT reason ~ '^40 more broken messages' FROM rejected_message WHERE topic = ''") == [
        (True,)
    ]


def test_a_batch_that_lies_in_two_minutes_counts_both(database: str) -> None:
    topic, flood, beyond = frame_topic(SITE, "edge-1"), 2 * MOST_A_MINUTE + 15, MOST_A_MINUTE + 5
    clock = iter([later()] * beyond + [later() + 60_000_000] * flood)
    writer = Writer(database, SITE, now=lambda: next(clock))

    writer.write([Message(topic, b"junk %d" % number) for number in range(flood)])

    told = rows(
        database, "SELECT substring(reason FROM '[0-9]+')::int FROM rejected_message WHERE topic = '' ORDER BY 1"
    )
    assert told == [(5,), (10,)]
    writer.close()


def test_large_junk_fills_no_disk(writer: Writer, database: str) -> None:
    topic = frame_topic(SITE, "edge-1")

    writer.write([Message(topic, b"%d" % number + b"x" * 70_000) for number in range(200)])

    assert rows(database, "SELECT sum(length(payload)) <= 8000000, count(*) > 100 FROM rejected_message") == [
        (True, True)
    ]


def test_more_nodes_than_there_are_numbers_stop_nothing(writer: Writer, database: str) -> None:
    writer.write([status("edge-1", 1)])
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("ALTER TABLE node ALTER number RESTART WITH 32767")
    writer.write([status("edge-2", 1)])

    held = writer.write([status("edge-3", 1), message(7)])

    assert held == {("edge-1", 1, 7)}
    assert rows(database, "SELECT reason ~ '^database: ' FROM rejected_message") == [(True,)]


def test_a_flickering_node_uses_up_no_numbers(database: str) -> None:
    for epoch in range(1, 30):
        writer = Writer(database, SITE, now=later)
        writer.write([status("edge-1", epoch), message(epoch)])
        writer.close()
    writer = Writer(database, SITE, now=later)
    writer.write([status("edge-2", 1)])
    writer.close()

    assert rows(database, "SELECT number, node FROM node ORDER BY number") == [(1, "edge-1"), (2, "edge-2")]
