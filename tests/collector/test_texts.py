"""Texts in a real database: each once, by its number, whatever the frames that bring them come to."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from collector.writer import Message, Writer
from contract.frame import encode
from contract.sample import MAX_TEXT, Quality, Sample, to_us
from contract.topics import frame_topic
from tests.support.frames import frame_of
from tests.times import at, later

SITE = "suzhou"
NOON = to_us(at("2026-11-23 12:00"))
READ = """
SELECT tag, quality, CASE WHEN quality >= 8 THEN text END, CASE WHEN quality < 8 THEN value END
  FROM sample JOIN series USING (series) LEFT JOIN text_value ON number = value ORDER BY at, seq
"""


@pytest.fixture
def writer(database: str) -> Iterator[Writer]:
    """A writer on a database of this test's own."""
    made = Writer(database, SITE, now=later)
    yield made
    made.close()


def message(seq: int, *texts: str | float | None) -> Message:
    """A frame of readings: texts, numbers, and None for BAD."""
    read = [
        Sample(
            *("press-1", f"tag-{i}", NOON + i, NOON),
            value=text if isinstance(text, float) else None,
            quality=Quality.BAD if text is None else Quality.UNCERTAIN if i % 2 else Quality.GOOD,
            text=text if isinstance(text, str) else None,
        )
        for i, text in enumerate(texts)
    ]
    return Message(frame_topic(SITE, "edge-1"), encode(frame_of("edge-1", 1, seq, read)))


def rows(database: str, query: str) -> list[Any]:
    with psycopg.connect(database) as conn:
        return conn.execute(query.encode()).fetchall()


def test_texts_numbers_and_bad_readings_of_one_frame_are_told_apart(writer: Writer, database: str) -> None:
    longest = "批" * MAX_TEXT

    writer.write([message(1, "B-17", 1.0, "", None, longest, "B-17")])

    assert rows(database, READ) == [
        ("tag-0", 8, "B-17", None),
        ("tag-1", 1, None, 1.0),
        ("tag-2", 8, "", None),
        ("tag-3", 2, None, None),
        ("tag-4", 8, longest, None),
        ("tag-5", 9, "B-17", None),
    ]


def test_a_text_has_one_number_in_all_frames_and_after_a_restart(writer: Writer, database: str) -> None:
    writer.write([message(1, "a", "b"), message(2, "b", "c")])
    again = Writer(database, SITE, now=later)
    again.write([message(2, "b", "c"), message(3, "c", "a")])
    again.close()

    assert [text for _, _, text, _ in rows(database, READ)] == ["a", "b", "c", "b", "c", "a"]
    assert rows(database, "SELECT count(*), count(DISTINCT text) FROM text_value") == [(3, 3)]


def test_a_frame_that_the_database_refuses_takes_no_text_from_its_neighbours(writer: Writer, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("ALTER TABLE frame ADD CHECK (seq <> 2)")

    held = writer.write([message(1, "a"), message(2, "a", "only here"), message(3, "b", "a")])
    writer.write([message(4, "only here")])

    assert held == {("edge-1", 1, seq) for seq in (1, 2, 3)}
    assert [text for _, _, text, _ in rows(database, READ)] == ["a", "b", "only here", "a"]
    assert rows(database, "SELECT seq FROM rejected_message") == [(2,)]


def test_readers_of_numbers_see_no_text(writer: Writer, database: str) -> None:
    writer.write([message(1, "a", 5.0)])

    assert rows(database, "SELECT value FROM sample WHERE quality < 4") == [(5.0,)]
