"""Edge agents and their clocks: what the API and the page say of them."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from collector.writer import Message, Writer
from contract.frame import encode
from contract.messages import NodeState, Status
from contract.sample import Quality, Sample, to_us
from contract.topics import frame_topic, status_topic
from mes.nodes.pages import milliseconds
from mes.web.words import words
from tests.mes.erp.plants import client
from tests.mes.screens.lines import plant
from tests.support.frames import frame_of

SITE = "works"


def says(database: str, state: NodeState, *frames: bytes, epoch: int = 7) -> None:
    """What the collector writes when an edge tells its state and sends frames."""
    now = to_us(datetime.now(UTC))
    status = Status(node="edge-1", state=state, epoch=epoch, at_us=now)
    writer = Writer(database, SITE)
    writer.write([Message(frame_topic(SITE, "edge-1"), frame) for frame in frames])
    writer.write([Message(status_topic(SITE, "edge-1"), status.model_dump_json().encode())])
    writer.close()


def frame(seq: int, *late: timedelta) -> bytes:
    """A frame that was read now, of samples that are dated so much later."""
    now = datetime.now(UTC)
    samples = [Sample("press-1", "total", to_us(now + by), to_us(now), 1.0, Quality.GOOD) for by in late]
    return encode(frame_of("edge-1", 7, seq, samples))


def clock(database: str, source: str, minutes: int, ahead_ms: float, ppm: float = 0.0, ago_min: int = 1) -> None:
    """A clock as the collector notes it: least (ours - theirs) of each minute."""
    newest = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=ago_min)
    with psycopg.connect(database, autocommit=True) as conn, conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO clock VALUES (%s, %s, %s, 100)",
            [(source, newest - timedelta(minutes=i), -round(ahead_ms * 1000 - ppm * 60 * i)) for i in range(minutes)],
        )


async def test_an_edge_that_has_never_told_anything_is_unknown(database: str) -> None:
    async with client(database, plant()) as http:
        [node] = (await http.get("/api/v1/nodes")).json()["items"]

    assert (node["id"], node["state"], node["since"], node["last_frame_at"]) == ("edge-1", "unknown", None, None)
    assert node["machines"] == ["press-1", "press-2", "press-3", "press-4", "saw"]
    assert (node["clocks"], node["missing_frames"], node["held_out"]["of"]) == ([], 0, 0)


async def test_its_state_newest_frame_and_what_is_missing_are_told(database: str) -> None:
    zero = timedelta(0)
    says(database, NodeState.ONLINE, frame(1, zero), frame(4, zero, timedelta(days=1)))
    async with client(database, plant()) as http:
        [node] = (await http.get("/api/v1/nodes")).json()["items"]

    assert (node["state"], node["epoch"], node["missing_frames"]) == ("online", 7, 2)
    assert (node["held_out"]["samples"], node["held_out"]["of"]) == (1, 3)
    assert 0 <= node["last_frame_age_s"] < 60
    assert 0 <= node["lag_s"] < 60


async def test_the_offset_and_drift_of_each_source_come_with_their_age(database: str) -> None:
    says(database, NodeState.ONLINE, frame(1, timedelta(0)))
    clock(database, "edge-1", 60, ahead_ms=-3.5, ppm=12.0)
    clock(database, "edge-1/press-2", 5, ahead_ms=90_000, ago_min=30)
    clock(database, "edge-9/press-2", 5, ahead_ms=1)
    async with client(database, plant()) as http:
        [node] = (await http.get("/api/v1/nodes")).json()["items"]

    own, press = node["clocks"]
    assert (own["machine"], own["minutes"]) == (None, 60)
    assert own["offset_ms"] == pytest.approx(-3.5, abs=0.01)
    assert own["drift_ppm"] == pytest.approx(12.0, abs=0.05)
    assert (press["machine"], press["offset_ms"], press["drift_ppm"]) == ("press-2", 90_000, None)
    assert 0 <= own["age_s"] < 120
    assert 28 * 60 < press["age_s"] < 31 * 60


async def test_a_node_that_left_the_plant_file_is_still_told(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO node (node, state, epoch, since, machines) VALUES ('old', 'offline', 3, now(), '{lathe}')"
        )
    async with client(database, plant()) as http:
        nodes = (await http.get("/api/v1/nodes")).json()["items"]

    assert [(node["id"], node["machines"][-1]) for node in nodes] == [("edge-1", "saw"), ("old", "lathe")]


async def test_nodes_need_a_key_and_the_page_does_not(database: str) -> None:
    async with client(database, plant(), {"erp": "0123456789abcdef"}) as http:
        api, page = await http.get("/api/v1/nodes"), await http.get("/nodes")

    assert (api.status_code, page.status_code) == (401, 200)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_page_says_in_words_what_is_wrong(database: str, language: str) -> None:
    w = words("zh" if language == "zh" else "en")
    says(database, NodeState.OFFLINE, frame(3, timedelta(0), timedelta(days=1)))
    clock(database, "edge-1", 60, ahead_ms=3_600_000, ppm=12.0)
    async with client(database, plant()) as http:
        page = (await http.get(f"/nodes?lang={language}")).text

    assert f"▲ {w['node.offline']}" in page
    assert f"▲ {w['node.of'].format(1, 2)}" in page
    assert '<b class="late">▲ 2</b>' in page
    assert "▲ +3\u202f600.0 s" in page
    assert "+12.0 ppm" in page
    assert "压力机 1" in page if language == "zh" else "Press 1" in page


@pytest.mark.parametrize(
    ("offset_ms", "text"), [(3.24, "+3.2 ms"), (-0.5, "−0.5 ms"), (-3_600_000, "−3\u202f600.0 s"), (0, "+0.0 ms")]
)
def test_an_offset_is_readable(offset_ms: float, text: str) -> None:
    assert text == milliseconds(offset_ms)
