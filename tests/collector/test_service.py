"""The collector as a process: each frame exactly once and acknowledged after the commit, whoever dies meanwhile."""

import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from contract.topics import backlog_topic, frame_topic
from laptop.broker import LocalBroker
from laptop.postgres import EmbeddedPostgres
from runtime.database import migrate
from tests.collector.senders import SAMPLES, SITE, Collector, payload, rows, sender
from tests.support.eventually import eventually

STORED = "SELECT seq, count(*), count(DISTINCT at) FROM sample GROUP BY seq ORDER BY seq"
LOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def collector(tmp_path: Path, broker: LocalBroker, database: str) -> Iterator[Collector]:
    """The service, running on real parts."""
    with Collector(tmp_path, broker, database) as made:
        made.start()
        yield made


@pytest.fixture
def own_server(open_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server of this test's own, that it may stop."""
    server = EmbeddedPostgres(open_folder / "stops")
    migrate(server.start())
    yield server
    server.stop()


def reaches(database: str, query: str, count: int) -> bool:
    return bool(rows(database, query)[0][0] >= count)


def once(*seqs: int) -> list[tuple[int, int, int]]:
    return [(seq, SAMPLES, SAMPLES) for seq in seqs]


def test_an_acknowledged_frame_is_in_the_database(any_broker: LocalBroker, database: str, tmp_path: Path) -> None:
    held: list[bool] = []
    with Collector(tmp_path, any_broker, database) as collector, psycopg.connect(database, autocommit=True) as conn:
        collector.start()

        def look(seq: int) -> None:
            held.append(conn.execute("SELECT 1 FROM sample WHERE seq = %s", (seq,)).fetchone() is not None)

        with sender(any_broker, on_ack=look) as edge:
            edge.send_until_acked(range(1, 41))

    assert set(held) == {True}
    assert rows(database, STORED) == once(*range(1, 41))


def test_nothing_is_acknowledged_before_the_commit(collector: Collector, broker: LocalBroker, database: str) -> None:
    with sender(broker) as edge:
        edge.send_until_acked([1])
        with psycopg.connect(database) as conn:
            conn.execute("LOCK TABLE sample IN ACCESS EXCLUSIVE MODE")
            edge.live(2)
            eventually("the collector to wait", lambda: rows(database, LOCKED) == [(1,)])
            before = list(edge.acked)
        eventually("the acknowledgement", lambda: 2 in edge.acked)

    assert before == [1]


def test_a_frame_that_comes_again_is_stored_once_and_acknowledged_again(
    collector: Collector, broker: LocalBroker, database: str
) -> None:
    with sender(broker) as edge:
        edge.send_until_acked([1])
        edge.live(1)
        eventually("a second acknowledgement", lambda: edge.acked == [1, 1])

    assert rows(database, STORED) == once(1)


def test_strangers_and_broken_messages_go_on_record_and_stop_nothing(
    collector: Collector, broker: LocalBroker, database: str
) -> None:
    topic = frame_topic(SITE, "edge-1")
    with sender(broker) as edge:
        for qos in (0, 1):
            edge.say(topic, b"hello", qos)
        edge.say(topic, b"")
        edge.say(topic, b"\xff" * 1_500_000)
        edge.say(topic, payload(7).replace(b'"index":[0', b'"index":[9'))
        edge.say(topic, payload(8)[:-1] + b',"a\\u0000b":1}')
        edge.say(topic, payload(9, "edge-2"))
        edge.say(backlog_topic(SITE, "Büro 3"), payload(9))
        edge.live(1)
        eventually("all that can be acknowledged", lambda: {*edge.acked} == {1, 7, 8})

    assert rows(database, "SELECT count(*), count(DISTINCT sha256) FROM rejected_message") == [(7, 7)]
    assert rows(database, STORED) == once(1)
    assert collector.end(signal.SIGTERM) == 0
    assert collector.text().count("message_rejected") == 7
    assert "broker_lost" not in collector.text()


def test_live_frames_are_written_before_the_backlog(collector: Collector, broker: LocalBroker, database: str) -> None:
    with sender(broker) as edge, psycopg.connect(database) as conn:
        conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('shopfloor-node-edge-1', 0))")
        edge.live(1)
        eventually("the collector to wait", lambda: rows(database, LOCKED) == [(1,)])
        edge.backlog(*range(2, 50))
        edge.live(100, 101)
        edge.flush()
        time.sleep(0.1)  # from the broker into the queues of the process: nothing tells when
        conn.commit()
        eventually("all", lambda: len(set(edge.acked)) == 51)

    assert rows(database, "SELECT array_agg(seq ORDER BY ingested_at) FROM frame") == [([1, 100, 101, *range(2, 50)],)]


def test_killed_again_and_again_in_the_middle_everything_is_stored_exactly_once(
    collector: Collector, broker: LocalBroker, database: str
) -> None:
    with sender(broker) as edge:
        for first, in_a_transaction in ((1, True), (61, False), (121, True)):
            with psycopg.connect(database) as conn:
                if in_a_transaction:
                    conn.execute("LOCK TABLE sample IN ACCESS EXCLUSIVE MODE")
                edge.backlog(*range(first, first + 60))
                busy, query = (1, LOCKED) if in_a_transaction else (first, "SELECT count(*) FROM frame")
                eventually("it to be busy", partial(reaches, database, query, busy))
                collector.end(signal.SIGKILL)
            collector.start()
            edge.send_until_acked(range(first, first + 60))

    assert rows(database, STORED) == once(*range(1, 181))
    assert rows(database, "SELECT * FROM sequence_gap") == []


def test_a_broker_that_dies_and_forgets_loses_nothing(collector: Collector, broker: LocalBroker, database: str) -> None:
    with sender(broker) as edge:
        edge.backlog(*range(1, 41))
        broker.kill(forget=True)
        broker.start()
        edge.send_until_acked(range(1, 81))

    assert rows(database, STORED) == once(*range(1, 81))
    assert collector.text().count("broker_lost") == 1


def test_a_database_that_stops_is_waited_for(broker: LocalBroker, own_server: EmbeddedPostgres, tmp_path: Path) -> None:
    with Collector(tmp_path, broker, own_server.url) as collector, sender(broker) as edge:
        collector.start()
        edge.send_until_acked([1, 2])
        own_server.stop()
        edge.live(3, 4)
        eventually("it to notice", lambda: "database_away" in collector.text())
        edge.live(5)
        before = set(edge.acked)
        own_server.start()
        # Nothing is sent again: what came while the database was away was kept.
        eventually("all", lambda: set(edge.acked) == {1, 2, 3, 4, 5})
        code = collector.end(signal.SIGTERM)

    assert (before, code) == ({1, 2}, 0)
    assert rows(own_server.url, STORED) == once(1, 2, 3, 4, 5)
    assert [collector.text().count(said) for said in ("database_away", "Traceback")] == [1, 0]


def test_sigterm_ends_it_within_three_seconds_with_one_line(collector: Collector, broker: LocalBroker) -> None:
    with sender(broker) as edge:
        edge.send_until_acked(range(1, 10))
        seen, began = collector.text(), time.monotonic()

        code = collector.end(signal.SIGTERM)

    assert (code, time.monotonic() - began < 3) == (0, True)
    [line] = collector.text().removeprefix(seen).splitlines()
    assert '"collector_stopped"' in line


@pytest.mark.parametrize("away", ["broker", "database"])
def test_it_ends_as_fast_while_it_waits_for_another(
    broker: LocalBroker, database: str, tmp_path: Path, free_port: Callable[[], int], away: str
) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    urls = {"broker": f"mqtt://{nobody}", "database": f"postgresql://u:secret-word@{nobody}/shopfloor"}
    with Collector(tmp_path, broker, database) as collector:
        collector.environment[f"SHOPFLOOR_{away.upper()}"] = urls[away]
        collector.start(ready={"broker": "database_connected", "database": "database_away"}[away])
        began = time.monotonic()

        code = collector.end(signal.SIGTERM)

    assert (code, time.monotonic() - began < 3) == (0, True)
    assert "secret-word" not in collector.text()
