"""The auditor finds what it is there to find: each kind of fault, put into the tables by hand."""

import random
import struct
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from collector.writer import Message, Writer
from contract.frame import encode
from contract.sample import Quality, Sample
from contract.topics import frame_topic
from tests.chaos.auditor import TAGS, Verdict, audit
from tests.chaos.plc import Plc
from tests.chaos.shop import EDGE, SITE
from tests.support.frames import frame_of

POLL_US = 50_000
READ_ALL = struct.pack(">BHH", 3, 0, 7)
TICK_5 = "SELECT at FROM sample JOIN series USING (series) WHERE tag = 'tick' AND value = 5"
ROWS_OF_TICK_5 = f"FROM sample WHERE at = ({TICK_5})"
GAP = (
    "INSERT INTO collection_gap (node, cause, device, from_at, to_at, series, lost, epoch, first_seq, last_seq)"
    " VALUES ('edge-1', 'agent_down', 'd', ({}) {}, ({}) {}, '{{press-1/tick,press-1/total}}', 0, 1, 0, 0)"
)


@pytest.fixture
def plc() -> Plc:
    """One that has answered ten times, as often as it is asked: no machine makes parts within microseconds."""
    made = Plc("press-1", 0, random.Random(1))
    for _ in range(10):
        made._answer(READ_ALL)
    first = made.readings[0].at_us
    made.readings = [replace(reading, at_us=first + n * POLL_US) for n, reading in enumerate(made.readings)]
    return made


@pytest.fixture
def stored(plc: Plc, database: str) -> Iterator[str]:
    """A database that holds exactly what the PLC has shown."""
    writer = Writer(database, SITE)
    for seq, reading in enumerate(plc.readings, start=1):
        samples = [
            Sample("press-1", tag, reading.at_us, reading.at_us, reading.values[tag], Quality.GOOD) for tag in TAGS
        ]
        writer.write([Message(frame_topic(SITE, EDGE), encode(frame_of(EDGE, 1, seq, samples)))])
    writer.close()
    return database


def after(database: str, plc: Plc, *statements: str) -> Verdict:
    """The verdict when the tables have been tampered with."""
    with psycopg.connect(database) as conn:
        for statement in statements:
            conn.execute(statement.encode())
    return audit(database, [plc])


def test_what_is_all_there_is_clean(stored: str, plc: Plc) -> None:
    verdict = audit(stored, [plc])

    assert (verdict.clean, verdict.produced, verdict.stored, verdict.certified) == (True, 40, 40, 0)


def test_a_sample_that_is_gone_is_lost(stored: str, plc: Plc) -> None:
    verdict = after(stored, plc, f"DELETE {ROWS_OF_TICK_5} AND value = 5")

    assert (verdict.clean, len(verdict.lost), verdict.uneven) == (False, 1, 1)
    assert "press-1/tick tick 5" in verdict.lost[0]


def test_a_gap_certifies_only_its_own_series_and_span(stored: str, plc: Plc) -> None:
    span = GAP.format(TICK_5, "- interval '1 us'", TICK_5, "+ interval '1 us'")

    verdict = after(stored, plc, span, f"DELETE {ROWS_OF_TICK_5}")
    earlier = after(stored, plc, "UPDATE collection_gap SET to_at = from_at, from_at = from_at - interval '1 h'")

    assert (verdict.certified, len(verdict.lost)) == (2, 2)
    assert (earlier.certified, len(earlier.lost)) == (0, 4)


def test_a_gap_over_what_is_stored_says_too_much(stored: str, plc: Plc) -> None:
    verdict = after(stored, plc, GAP.format(TICK_5, "- interval '1 us'", TICK_5, "+ interval '1 us'"))

    assert (verdict.clean, len(verdict.overclaimed)) == (False, 2)


def test_a_sample_that_is_there_twice_is_doubled_even_under_another_number(stored: str, plc: Plc) -> None:
    columns = "at, edge_at, series, epoch, {}, value, quality, node"
    copy = f"INSERT INTO sample ({columns.format('seq')}) SELECT {columns.format('seq + 100')} {ROWS_OF_TICK_5}"

    verdict = after(stored, plc, f"{copy} AND value = 5")

    assert (verdict.clean, verdict.duplicates) == (False, 1)


@pytest.mark.parametrize("tampering", ["value = value + 1", "at = at + interval '1 us'"])
def test_a_value_or_a_time_that_the_plc_never_showed_is_found(stored: str, plc: Plc, tampering: str) -> None:
    verdict = after(stored, plc, f"UPDATE sample SET {tampering} WHERE at = ({TICK_5}) AND value = 5")

    assert (verdict.clean, len(verdict.invented)) == (False, 1)


def test_a_frame_number_that_never_came_is_skipped(stored: str, plc: Plc) -> None:
    columns = "node, epoch, first_seq, last_seq, from_at, to_at"

    verdict = after(stored, plc, f"INSERT INTO sequence_gap ({columns}) VALUES ('edge-1', 1, 11, 12, now(), now())")

    assert (verdict.clean, verdict.skipped) == (False, 2)
