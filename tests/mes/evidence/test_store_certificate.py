"""The certificate of what the collector wrote to a real database, on the command line and by the API."""

import json
import os
import subprocess
from collections.abc import Iterator
from itertools import pairwise

import psycopg
import pytest

from collector.writer import Message, Writer
from contract.frame import encode
from contract.gap import Cause, Gap
from contract.sample import Quality, Sample, from_us
from contract.topics import frame_topic
from mes.evidence.certificate_text import text_of
from mes.evidence.loss_certificate import Certificate
from mes.evidence.store_certificate import ask, certify, claimed_samples
from runtime.database import connect
from tests.mes.erp.plants import client
from tests.mes.house import PLANT, SECOND, START
from tests.support.frames import frame_of
from tests.support.program import finished
from tests.times import later

SITE = PLANT.site.id
FROM, TO = from_us(START), from_us(START + 100 * SECOND)


def frame(seq: int, *gaps: Gap, epoch: int = 1, node: str = "edge-1", ahead_s: int = 0) -> Message:
    """Ten samples, read in the second of their number; after `ahead_s` seconds of a clock that runs ahead."""
    now = START + seq * SECOND
    read = [Sample("press-1", "state", now + i + ahead_s * SECOND, now + i, 1.0, Quality.GOOD) for i in range(10)]
    made = frame_of(node, epoch, seq, read, before=10 * (seq - 1))
    return Message(frame_topic(SITE, node), encode(made.model_copy(update={"gaps": list(gaps)})))


@pytest.fixture
def writer(database: str) -> Iterator[Writer]:
    """A writer on this test's database."""
    made = Writer(database, SITE, now=later)
    yield made
    made.close()


def certificate(database: str, node: str | None = None, count: bool = False) -> Certificate:
    with connect(database, "audit") as conn:
        return ask(conn, certify(FROM, TO, node, count))


def numbers(made: Certificate) -> dict[str, tuple[int, ...]]:
    return {
        name: (a.produced, a.stored, a.refused, a.dropped, a.missing, a.awaited, a.unaccounted)
        for name, a in made.nodes.items()
    }


def test_a_second_delivery_counts_once_and_a_gap_is_missing(writer: Writer, database: str) -> None:
    writer.write([frame(1), frame(2), frame(6)])
    writer.write([frame(1), frame(2), frame(6)])

    made = certificate(database, count=True)

    assert numbers(made) == {"edge-1": (60, 30, 0, 0, 30, 0, 0)}
    assert made.adds_up
    assert [(e.epoch, e.after, e.up_to, e.account.known) for e in made.epochs] == [(1, 0, 6, "so_far")]
    assert [(loss.cause, loss.hole.first, loss.hole.last) for loss in made.epochs[0].account.losses] == [
        ("missing", 3, 5)
    ]


def test_refused_dropped_and_awaited_samples_of_two_lives(writer: Writer, database: str) -> None:
    broken = Message(frame(3).topic, frame(3).payload.replace(b'"quality":[0', b'"quality":[7'))
    full = Gap(cause=Cause.JOURNAL_FULL, from_us=START, to_us=START, lost=20, epoch=1, first_seq=5, last_seq=6)
    down = Gap(cause=Cause.AGENT_DOWN, device="plc", from_us=START, to_us=START, epoch=1, last_seq=9, numbered=90)
    writer.write([frame(1), frame(2), broken, frame(4), frame(7), frame(1, full, down, epoch=2)])

    made = certificate(database, count=True)

    assert numbers(made) == {"edge-1": (100, 50, 10, 20, 0, 20, 0)}
    assert [epoch.account.known for epoch in made.epochs] == ["whole", "so_far"]
    assert [span.cause for span in made.spans] == ["journal_full", "agent_down"]


def test_a_refused_frame_that_came_sound_as_well_is_stored_and_not_refused(writer: Writer, database: str) -> None:
    broken = Message(frame(2).topic, frame(2).payload.replace(b'"quality":[0', b'"quality":[7'))
    writer.write([frame(1), broken, frame(2), frame(3)])

    assert numbers(certificate(database)) == {"edge-1": (30, 30, 0, 0, 0, 0, 0)}


def test_a_life_whose_end_nobody_told_is_known_at_least(writer: Writer, database: str) -> None:
    damaged = Gap(cause=Cause.JOURNAL_DAMAGED, device="plc", from_us=START, to_us=START)
    writer.write([frame(1), frame(1, damaged, epoch=2), frame(1, node="edge-2")])

    made = certificate(database)

    assert [(e.node, e.epoch, e.account.known) for e in made.epochs] == [
        ("edge-1", 1, "at_least"),
        ("edge-1", 2, "so_far"),
        ("edge-2", 1, "so_far"),
    ]
    assert "at least" in text_of(made)
    assert list(certificate(database, "edge-2").nodes) == ["edge-2"]


def test_a_life_of_which_nothing_came_is_awaited(writer: Writer, database: str) -> None:
    down = Gap(cause=Cause.AGENT_DOWN, device="plc", from_us=START, to_us=START, epoch=1, last_seq=4, numbered=31)
    writer.write([frame(1, down, epoch=2)])

    assert numbers(certificate(database)) == {"edge-1": (41, 10, 0, 0, 0, 31, 0)}


def test_windows_that_touch_add_up(writer: Writer, database: str) -> None:
    writer.write([frame(seq) for seq in (1, 2, 3, 7, 8, 20, 21)])
    edges = [FROM, *(from_us(START + s * SECOND) for s in (2, 5, 6, 7, 15, 20)), TO]

    with connect(database, "audit") as conn:
        parts = [ask(conn, certify(a, b)) for a, b in pairwise(edges)]
        whole = ask(conn, certify(FROM, TO))

    shown = [numbers(part).get("edge-1", (0,) * 7) for part in parts]
    assert all(part.adds_up for part in parts)
    assert tuple(sum(column) for column in zip(*shown, strict=True)) == numbers(whole)["edge-1"]
    assert numbers(whole) == {"edge-1": (210, 70, 0, 0, 140, 0, 0)}


def test_samples_of_a_wrong_clock_are_stored_and_held_out(database: str) -> None:
    writer = Writer(database, SITE, now=lambda: START + 50 * SECOND)
    writer.write([frame(1), frame(2, ahead_s=5_000), frame(3)])

    made = certificate(database, count=True)

    assert numbers(made) == {"edge-1": (30, 30, 0, 0, 0, 0, 0)}
    assert (made.nodes["edge-1"].held_out, made.nodes["edge-1"].counted) == (10, 20)
    assert made.adds_up


def test_samples_dropped_on_a_full_disk_before_they_had_a_number_are_told(writer: Writer, database: str) -> None:
    full = Gap(cause=Cause.JOURNAL_FULL, from_us=START, to_us=START, lost=70)
    writer.write([frame(1, full)])

    made = certificate(database)

    assert numbers(made) == {"edge-1": (80, 10, 0, 70, 0, 0, 0)}
    assert made.never_numbered == {"edge-1": 70}


@pytest.mark.parametrize(
    ("payload", "samples"),
    [
        (frame(1).payload, 10),
        (b'{"value": [1, 2]}', 2),
        (b'{"value": 5}', None),
        (b"[]", None),
        (b"{", None),
        (b"\xff", None),
    ],
)
def test_a_refused_frame_is_read_as_far_as_it_goes(payload: bytes, samples: int | None) -> None:
    assert claimed_samples(payload) == samples


def cli(database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SHOPFLOOR_")}
    return finished(["audit", *arguments], clean | {"SHOPFLOOR_DATABASE": database})


WINDOW = ("--from", FROM.isoformat(), "--to", TO.isoformat())


def test_the_command_says_whether_it_adds_up_by_its_exit_code(writer: Writer, database: str) -> None:
    writer.write([frame(1), frame(2), frame(6)])
    right = cli(database, *WINDOW)
    as_json = cli(database, *WINDOW, "--json")
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("DELETE FROM sample WHERE seq = 2 AND at = %s", (from_us(START + 2 * SECOND),))
    not_counted, counted = cli(database, *WINDOW), cli(database, *WINDOW, "--count")
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("UPDATE frame SET samples = 45 WHERE seq = 1")
    more = cli(database, *WINDOW)

    assert (right.returncode, as_json.returncode, not_counted.returncode) == (0, 0, 0)
    assert "edge-1" in right.stdout
    assert "epoch 1, frames 3 to 5" in right.stdout
    assert json.loads(as_json.stdout)["nodes"][0]["missing"] == 30
    assert counted.returncode == 1
    assert "does NOT add up: edge-1, epoch 1: table sample holds 29 rows of 30" in counted.stdout
    assert more.returncode == 1
    assert "35 samples more are on record than were produced" in more.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "--from"),
        (("--from", "2026-01-31T06:00:00"), "has no zone"),
        (("--from", "yesterday"), "yesterday"),
        (("--from", "1h", "--to", "2h"), "--from must be earlier than --to"),
    ],
)
def test_a_wrong_call_is_2(database: str, arguments: tuple[str, ...], complaint: str) -> None:
    done = cli(database, *arguments)

    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_a_window_without_anything_says_so(database: str) -> None:
    done = cli(database, "--from", "1h")

    assert done.returncode == 0
    assert "no agent numbered anything" in done.stdout


async def test_the_api_gives_the_same_certificate(writer: Writer, database: str) -> None:
    away = Gap(cause=Cause.DEVICE_AWAY, device="plc", from_us=START, series=[0])
    writer.write([frame(1), frame(4, away)])
    asked = {"from": FROM.isoformat(), "to": TO.isoformat()}

    async with client(database, PLANT) as http:
        answer = await http.get("/api/v1/audit", params=asked | {"count": "true"})
        elsewhere = await http.get("/api/v1/audit", params=asked | {"node": "edge-2"})
        wrong = await http.get("/api/v1/audit", params={"from": TO.isoformat(), "to": FROM.isoformat()})
        openapi = (await http.get("/api/v1/openapi.json")).json()

    body = answer.json()
    assert answer.status_code == 200
    assert body == json.loads(cli(database, *WINDOW, "--json", "--count").stdout)
    assert (body["adds_up"], body["nodes"][0]["missing"], body["nodes"][0]["counted"]) == (True, 20, 20)
    assert body["collection_gaps"][0]["series"] == ["press-1/state"]
    assert elsewhere.json()["nodes"] == []
    assert wrong.status_code == 422
    assert openapi["paths"]["/api/v1/audit"]["get"]["tags"] == ["audit"]
    assert not [name for name in openapi["components"]["schemas"] if "__" in name], "two models have one name"
    examples = openapi["components"]["schemas"]["NodeAccount"]["properties"]
    assert all("examples" in examples[name] for name in ("node", "produced", "dropped", "known"))
