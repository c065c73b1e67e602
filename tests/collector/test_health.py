"""The collector's health as a process: what is away makes it unready, only a loop that hangs makes it not alive."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from contract.frame import encode
from contract.sample import Quality, Sample, to_us
from contract.topics import frame_topic
from laptop.broker import LocalBroker
from laptop.postgres import EmbeddedPostgres
from runtime.database import migrate
from tests.collector.senders import SAMPLES, SITE, Collector, rows, sender
from tests.frozen import frozen
from tests.health import Asked
from tests.support.eventually import eventually
from tests.support.frames import frame_of

FRAMES = "shopfloor_collector_frames_total"


@pytest.fixture
def port(free_port: Callable[[], int]) -> int:
    return free_port()


@pytest.fixture
def asked(port: int) -> Asked:
    return Asked(port)


@pytest.fixture
def collector(tmp_path: Path, broker: LocalBroker, database: str, port: int) -> Iterator[Collector]:
    """Not yet started."""
    with Collector(tmp_path, broker, database) as made:
        made.environment["SHOPFLOOR_HEALTH"] = f"127.0.0.1:{port}"
        yield made


def becomes(asked: Asked, live: int, ready: int) -> None:
    eventually(f"live {live}, ready {ready}", lambda: asked.codes() == (live, ready), 60)


def test_without_its_broker_it_is_alive_and_not_ready(collector: Collector, broker: LocalBroker, asked: Asked) -> None:
    collector.start()
    becomes(asked, 200, 200)
    broker.kill()
    becomes(asked, 200, 503)
    said = asked.ready()
    broker.start()
    becomes(asked, 200, 200)

    assert said["reason"].startswith("broker: no connection to 127.0.0.1:")
    assert "SHOPFLOOR_BROKER" in said["cure"]
    assert asked.number("shopfloor_collector_reconnects_total", to="broker") == 1


def test_without_its_database_it_is_alive_and_not_ready_though_nothing_comes(
    tmp_path: Path, broker: LocalBroker, open_folder: Path, port: int, asked: Asked
) -> None:
    server = EmbeddedPostgres(open_folder / "health")
    migrate(server.start())
    with Collector(tmp_path, broker, server.url) as collector:
        collector.environment["SHOPFLOOR_HEALTH"] = f"127.0.0.1:{port}"
        collector.start()
        becomes(asked, 200, 200)
        server.stop()
        becomes(asked, 200, 503)
        said = asked.ready()
        server.start()
        becomes(asked, 200, 200)
        again = asked.number("shopfloor_collector_reconnects_total", to="database")
    server.stop()

    assert said["reason"].startswith("database: ")
    assert "SHOPFLOOR_DATABASE" in said["cure"]
    assert again == 1


def test_a_database_that_stands_still_with_every_connection_open_makes_it_unready(
    tmp_path: Path, broker: LocalBroker, open_folder: Path, port: int, asked: Asked
) -> None:
    server = EmbeddedPostgres(open_folder / "frozen")
    migrate(server.start())
    with Collector(tmp_path, broker, server.url) as collector:
        collector.environment["SHOPFLOOR_HEALTH"] = f"127.0.0.1:{port}"
        collector.start()
        becomes(asked, 200, 200)
        with frozen(server):
            becomes(asked, 200, 503)
            said = asked.ready()
        becomes(asked, 200, 200)
    server.stop()

    assert said["reason"].startswith("database: no answer within ")
    assert "SHOPFLOOR_DATABASE" in said["cure"]


def test_a_database_that_connects_and_cannot_store_is_in_trouble_until_it_stores(
    collector: Collector, broker: LocalBroker, database: str, asked: Asked
) -> None:
    collector.start()
    becomes(asked, 200, 200)
    with sender(broker) as edge, psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        conn.execute("CREATE TRIGGER refuse BEFORE INSERT ON frame FOR EACH STATEMENT EXECUTE FUNCTION refuse()")
        edge.live(1)
        becomes(asked, 200, 503)
        connections = asked.number("shopfloor_collector_reconnects_total", to="database")
        codes = set()
        while asked.number("shopfloor_collector_reconnects_total", to="database") < connections + 3:
            codes.add(asked.codes())
        conn.execute("DROP TRIGGER refuse ON frame")
        becomes(asked, 200, 200)

    assert codes == {(200, 503)}
    assert edge.acked == [1]


def test_a_loop_that_hangs_is_not_alive_until_it_turns_again(
    collector: Collector, broker: LocalBroker, database: str, asked: Asked
) -> None:
    collector.environment["SHOPFLOOR_WATCHDOG"] = "1s"
    collector.start()
    with sender(broker) as edge:
        edge.send_until_acked([1])
        becomes(asked, 200, 200)
        with psycopg.connect(database) as conn:
            conn.execute("LOCK TABLE sample IN ACCESS EXCLUSIVE MODE")
            edge.live(2)
            becomes(asked, 503, 503)
            said = asked.get("/health/live").json()
        becomes(asked, 200, 200)

    assert "collect has not turned" in said["reason"]
    assert "restart" in said["cure"]


def test_what_came_is_counted_once_for_what_became_of_it(
    collector: Collector, broker: LocalBroker, database: str, asked: Asked
) -> None:
    collector.start()
    tomorrow = to_us(datetime.now(UTC) + timedelta(days=1))
    ahead = Sample("press-1", "temp", tomorrow, to_us(datetime.now(UTC)), 1.0, Quality.GOOD)
    with sender(broker) as edge:
        edge.live(1, 2, 5)
        eventually("the first", lambda: {1, 2, 5} <= set(edge.acked))
        edge.live(1)
        eventually("one again", lambda: edge.acked.count(1) == 2)
        edge.say(frame_topic(SITE, "edge-1"), b"no frame")
        edge.say(frame_topic(SITE, "edge-1"), encode(frame_of("edge-1", 1, 6, [ahead])))
        eventually("the last", lambda: 6 in edge.acked)
    eventually("a look at what is missing", lambda: asked.number("shopfloor_collector_missing_frames") == 2)

    counted = [asked.number(FRAMES, result=result) for result in ("stored", "duplicate", "rejected")]
    assert counted == [4, 1, 1]
    assert asked.number("shopfloor_collector_samples_total", result="stored") == 3 * SAMPLES
    assert asked.number("shopfloor_collector_samples_total", result="held_out") == 1
    assert rows(database, "SELECT count(*) FROM sample") == [(3 * SAMPLES + 1,)]
    assert asked.number("shopfloor_collector_batch_seconds_count") >= 3
    committed = datetime.fromtimestamp(asked.number("shopfloor_collector_last_commit_timestamp_seconds"), UTC)
    assert abs(datetime.now(UTC) - committed) < timedelta(minutes=1)


def test_maintenance_is_told_and_its_failure_too(
    collector: Collector, broker: LocalBroker, database: str, asked: Asked
) -> None:
    last = "shopfloor_collector_maintenance_last_success_timestamp_seconds"
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("ALTER TABLE clock RENAME TO clock_away")
        collector.start()
        becomes(asked, 200, 200)
        eventually("it to fail", lambda: asked.number("shopfloor_collector_maintenance_failures_total") >= 1)
        failed, never = asked.ready()["parts"]["maintenance"], asked.number(last)
        conn.execute("ALTER TABLE clock_away RENAME TO clock")

    assert (failed["ok"], never) == (False, 0.0)
    assert "clock" in failed["reason"]
    assert asked.codes() == (200, 200)


def test_maintenance_that_went_well_has_its_time(collector: Collector, asked: Asked) -> None:
    collector.start()
    eventually("a round", lambda: asked.number("shopfloor_collector_maintenance_last_success_timestamp_seconds") > 0)

    assert asked.ready()["parts"]["maintenance"]["ok"]
    assert asked.ready()["parts"]["maintenance"]["detail"].startswith("last round")
