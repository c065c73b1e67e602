"""The writer on a real database: each frame once, each broken message on record, its neighbours unharmed."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from collector.writer import Message, Writer
from contract.frame import encode
from contract.sample import Quality, Sample, to_us
from contract.topics import backlog_topic, frame_topic, status_topic
from tests.support.frames import frame_of
from tests.times import at, later

SITE = "suzhou"


@pytest.fixture
def writer(database: str) -> Iterator[Writer]:
    """A writer on a database of this test's own."""
    made = Writer(database, SITE, now=later)
    yield made
    made.close()


def samples(count: int, machine: str = "press-1") -> list[Sample]:
    start = to_us(at("2026-11-23 08:00"))
    return [
        Sample(machine, f"tag-{i % 3}", start + i, start + i + 7, None if i % 5 == 4 else i / 8, Quality(i % 5 // 2))
        for i in range(count)
    ]


def message(seq: int, count: int = 10, epoch: int = 1, node: str = "edge-1", topic: str | None = None) -> Message:
    return Message(topic or frame_topic(SITE, node), encode(frame_of(node, epoch, seq, samples(count))))


def rows(database: str, query: str) -> list[Any]:
    with psycopg.connect(database) as conn:
        return conn.execute(query.encode()).fetchall()


def test_every_sample_is_stored_as_it_was_read(writer: Writer, database: str) -> None:
    writer.write([message(1, count=40)])

    stored = rows(
        database,
        "SELECT machine, tag, (extract(epoch FROM at) * 1000000)::bigint,"
        " (extract(epoch FROM edge_at) * 1000000)::bigint, value, quality"
        " FROM sample JOIN series USING (series) ORDER BY at",
    )
    assert [(s.machine, s.tag, s.source_us, s.edge_us, s.value, s.quality) for s in samples(40)] == stored


def test_a_frame_that_comes_twice_is_stored_once_and_confirmed_twice(writer: Writer, database: str) -> None:
    first = writer.write([message(1), message(1)])
    second = writer.write([message(1)])

    assert first == second == {("edge-1", 1, 1)}
    assert rows(database, "SELECT count(*) FROM sample") == [(10,)]


def test_the_same_numbers_in_a_new_epoch_are_new_frames(writer: Writer, database: str) -> None:
    writer.write([message(1, epoch=1), message(1, epoch=2)])

    assert rows(database, "SELECT count(*) FROM sample") == [(20,)]


BROKEN = [
    (Message(frame_topic(SITE, "edge-1"), b"{"), "frame: "),
    (Message(frame_topic(SITE, "edge-1"), b"\xff\xfe"), "frame: "),
    (Message(frame_topic(SITE, "edge-1"), b" " * 1_000_001), "at most 1000000"),
    (Message(frame_topic(SITE, "edge-2"), message(2).payload), "speaks on the topic of 'edge-2'"),
    (Message(frame_topic("elsewhere", "edge-1"), message(2).payload), "not one of site"),
    (Message("some/other/topic", b"x"), "not one of site"),
    (
        Message(status_topic(SITE, "edge-1"), b'{"node": "edge-1", "state": "dancing", "epoch": 1, "at_us": 1}'),
        "state: ",
    ),
    (Message(frame_topic(SITE, "edge-1"), message(2).payload.replace(b'"quality":[0', b'"quality":[7')), "quality"),
    (Message(frame_topic(SITE, "edge-1"), message(2).payload.replace(b'"index":[0,', b'"index":[')), "index has"),
    (Message(frame_topic(SITE, "edge-1"), message(2).payload.replace(b'"v":1', b'"v":3')), "v: "),
]


@pytest.mark.parametrize(("broken", "reason"), BROKEN, ids=[reason.strip() for _, reason in BROKEN])
def test_a_broken_message_goes_on_record_and_its_neighbours_are_stored(
    writer: Writer, database: str, broken: Message, reason: str
) -> None:
    held = writer.write([message(1), broken, message(3)])

    assert held - {("edge-1", 1, 2)} == {("edge-1", 1, 1), ("edge-1", 1, 3)}
    [(topic, why, payload)] = rows(database, "SELECT topic, reason, payload FROM rejected_message")
    assert topic == broken.topic
    assert reason in why
    assert payload == broken.payload[:65_536]


def test_a_frame_that_the_database_refuses_is_found_and_its_neighbours_are_stored(
    writer: Writer, database: str
) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("ALTER TABLE frame ADD CHECK (seq <> 5)")

    held = writer.write([message(seq) for seq in range(1, 9)])

    assert len(held) == 8
    assert rows(database, "SELECT seq FROM frame ORDER BY seq") == [(s,) for s in (1, 2, 3, 4, 6, 7, 8)]
    assert rows(database, "SELECT count(*) FROM sample") == [(70,)]
    assert "violates check" in rows(database, "SELECT reason FROM rejected_message")[0][0]


def test_a_number_that_is_skipped_is_a_gap_until_it_comes(writer: Writer, database: str) -> None:
    writer.write([message(1), message(6)])
    gap = rows(database, "SELECT first_seq, last_seq FROM sequence_gap")
    writer.write([message(3, topic=backlog_topic(SITE, "edge-1"))])
    smaller = rows(database, "SELECT first_seq, last_seq FROM sequence_gap ORDER BY 1")
    writer.write([message(2), message(4), message(5)])

    assert gap == [(2, 5)]
    assert smaller == [(2, 2), (4, 5)]
    assert rows(database, "SELECT * FROM sequence_gap") == []


def test_the_first_numbers_of_an_epoch_can_be_missing_too(writer: Writer, database: str) -> None:
    writer.write([message(3)])

    assert rows(database, "SELECT first_seq, last_seq FROM sequence_gap") == [(1, 2)]


def test_samples_of_a_broken_clock_are_stored_without_a_partition_for_each_day(writer: Writer, database: str) -> None:
    old = [
        Sample("press-1", "state", day * 86_400_000_000, 1_000_000, 1.0, Quality.GOOD) for day in range(0, 40_000, 9)
    ]
    held = writer.write([Message(frame_topic(SITE, "edge-1"), encode(frame_of("edge-1", 1, 1, old)))])

    assert len(held) == 1
    assert rows(database, "SELECT count(*) FROM sample") == [(len(old),)]
    assert rows(database, "SELECT count(*) < 60 FROM pg_inherits WHERE inhparent = 'sample'::regclass") == [(True,)]


def status(state: str, epoch: int) -> Message:
    text = f'{{"node": "edge-1", "state": "{state}", "epoch": {epoch}, "at_us": 1}}'
    return Message(status_topic(SITE, "edge-1"), text.encode())


def test_a_node_is_online_until_its_will_speaks(writer: Writer, database: str) -> None:
    seen = []
    for told in (status("online", 1), status("offline", 1), status("online", 2), status("offline", 1)):
        writer.write([told])
        seen += rows(database, "SELECT state, epoch FROM node")

    assert seen == [("online", 1), ("offline", 1), ("online", 2), ("online", 2)]


def test_an_agent_that_speaks_is_online_although_a_later_one_came_and_went(writer: Writer, database: str) -> None:
    seen = []
    for told in (status("online", 1), status("offline", 5), status("online", 1), status("offline", 1)):
        writer.write([told])
        seen += rows(database, "SELECT state, epoch FROM node")

    assert seen == [("online", 1), ("offline", 5), ("online", 1), ("offline", 1)]


def test_whatever_a_frame_does_to_the_database_it_alone_is_rejected(writer: Writer, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        # A rule of the database that no contract knows of; its error belongs to none of the classes of bad data.
        conn.execute(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF NEW.seq = 3 THEN RAISE EXCEPTION 'not this one' USING ERRCODE = 'P0001'; END IF;"
            " RETURN NEW; END $$"
        )
        conn.execute("CREATE TRIGGER no BEFORE INSERT ON frame FOR EACH ROW EXECUTE FUNCTION no()")

    held = writer.write([message(seq) for seq in range(1, 6)])

    assert held == {("edge-1", 1, seq) for seq in range(1, 6)}
    assert rows(database, "SELECT seq FROM frame ORDER BY seq") == [(1,), (2,), (4,), (5,)]
    assert rows(database, "SELECT seq, reason FROM rejected_message") == [(3, "database: not this one")]


def test_a_database_that_stores_nothing_rejects_no_frame(writer: Writer, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$"
        )
        conn.execute("CREATE TRIGGER no BEFORE INSERT ON frame FOR EACH ROW EXECUTE FUNCTION is_full()")

    with pytest.raises(psycopg.errors.DiskFull):
        writer.write([message(1), message(2)])

    assert rows(database, "SELECT count(*) FROM rejected_message") == [(0,)]


def test_the_largest_numbers_of_the_contract_do_not_overflow_what_is_missing(writer: Writer) -> None:
    writer.write([message(2**40 - 1, epoch=epoch) for epoch in range(1, 6)])

    writer.look_for_gaps()
