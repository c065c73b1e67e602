"""A node writes the machines that the plant file gives it, and no other's."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from collector.writer import Message, Writer
from contract.frame import encode
from contract.sample import Quality, Sample, to_us
from contract.topics import frame_topic, status_topic
from tests.support.frames import frame_of

SITE = "works"
Given = dict[str, str]


def frame(node: str, machine: str, seq: int, ago: timedelta = timedelta(0)) -> Message:
    at = to_us(datetime.now(UTC) - ago)
    return Message(
        frame_topic(SITE, node),
        encode(frame_of(node, 1, seq, [Sample(machine, "total", at, at, 1.0, Quality.GOOD)])),
    )


def rows(database: str, query: str) -> list[Any]:
    with psycopg.connect(database) as conn:
        return conn.execute(query.encode()).fetchall()


@pytest.fixture
def writing(database: str) -> Iterator[Callable[[Given], Writer]]:
    """A collector's writer with a plant file that gives each machine to a node; the file can change."""
    made: list[Writer] = []

    def start(given: Given) -> Writer:
        made.append(Writer(database, SITE, machines=lambda: given))
        return made[-1]

    yield start
    for writer in made:
        writer.close()


def test_a_frame_of_anothers_machine_alone_is_on_record_with_the_cure(
    writing: Callable[[Given], Writer], database: str
) -> None:
    writer = writing({"press-1": "edge-1", "pack-1": "edge-2"})

    held = writer.write([frame("edge-1", "press-1", 1), frame("edge-1", "pack-1", 2), frame("edge-2", "pack-1", 1)])

    assert held == {("edge-1", 1, 1), ("edge-1", 1, 2), ("edge-2", 1, 1)}
    assert rows(database, "SELECT node, seq FROM frame ORDER BY node") == [("edge-1", 1), ("edge-2", 1)]
    [(reason,)] = rows(database, "SELECT reason FROM rejected_message")
    assert "'edge-1' does not read machine 'pack-1'" in reason
    assert "plant file" in reason


def test_a_machine_that_is_in_no_plant_file_is_nobodys(writing: Callable[[Given], Writer], database: str) -> None:
    writing({"press-1": "edge-1"}).write([frame("edge-1", "ghost", 1)])

    assert rows(database, "SELECT count(*) FROM series") == [(0,)]


def test_a_machine_that_the_plant_file_has_just_got_is_taken_at_once(
    writing: Callable[[Given], Writer], database: str
) -> None:
    given = {"press-1": "edge-1"}
    writer = writing(given)
    writer.ownership.asked_at -= 60  # type: ignore[union-attr]  # nothing foreign has come for a minute
    given["press-2"] = "edge-1"

    writer.write([frame("edge-1", "press-2", 1)])

    assert rows(database, "SELECT count(*) FROM rejected_message") == [(0,)]


def test_what_a_node_read_before_it_lost_a_machine_is_still_its_to_send(
    writing: Callable[[Given], Writer], database: str
) -> None:
    day = timedelta(days=1)
    writing({"press-1": "edge-1"})
    with psycopg.connect(database, autocommit=True) as conn:
        # The plant file has changed two days ago.
        conn.execute("INSERT INTO assignment VALUES ('press-1', now() - interval '2 days', 'edge-2')")
    writer = writing({"press-1": "edge-2"})

    writer.write([frame("edge-1", "press-1", 1, 3 * day), frame("edge-1", "press-1", 2, day)])
    writer.write([frame("edge-2", "press-1", 1, 3 * day), frame("edge-2", "press-1", 2)])

    assert rows(database, "SELECT node, seq FROM frame ORDER BY node, seq") == [
        ("edge-1", 1),
        ("edge-2", 1),
        ("edge-2", 2),
    ]


def test_a_status_of_a_node_that_the_plant_does_not_have_is_on_record(
    writing: Callable[[Given], Writer], database: str
) -> None:
    text = b'{"node": "mallory", "state": "online", "epoch": 1, "at_us": 1}'

    writing({"press-1": "edge-1"}).write([Message(status_topic(SITE, "mallory"), text)])

    assert rows(database, "SELECT node FROM node") == []
    assert "'mallory' is no edge of the plant file" in rows(database, "SELECT reason FROM rejected_message")[0][0]
