"""What changes after it was final is on record with cause and author, and can be read before and after."""

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from collector.writer import Message, Writer
from config.plant import Plant
from config.shifts import day_span
from contract.frame import encode
from contract.sample import Quality, Sample, from_us, to_us
from contract.topics import frame_topic
from mes.feed.store_outbox import tell_in_thread
from mes.keeper.store import Keeper
from mes.keeper.store_restatements import closed_until
from mes.kpi.store_policies import keep_policies
from runtime.database import connect
from tests.config.test_shifts import BERLIN, HOUR, THREE, local, site
from tests.mes.erp.plants import client, keeping
from tests.mes.keeper.test_store import absorb
from tests.mes.losses.test_routes_edits import SMALL
from tests.mes.screens.lines import MINUTE, SECOND, plant
from tests.support.frames import frame_of
from tests.times import at, later

NOON = to_us(at("2026-10-05 12:00"))  # long closed
PERSON = {"by": "Li Wei", "why": "seen from the camera"}
ASKED = {"from": from_us(NOON - HOUR).isoformat(), "to": from_us(NOON + 2 * HOUR).isoformat()}
SEQ = itertools.count(1)


def states(*points: tuple[int, float], machine: str = "press-1") -> list[Sample]:
    return [Sample(machine, "state", NOON + at_us, NOON, state, Quality.GOOD) for at_us, state in points]


@pytest.fixture
def writer(database: str) -> Iterator[Writer]:
    made = Writer(database, "works", now=later)
    yield made
    made.close()


def send(writer: Writer, samples: list[Sample]) -> None:
    frame = frame_of("edge-1", 1, next(SEQ), samples)
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame))])


def take(database: str, small: Plant = SMALL) -> None:
    with connect(database, "mes") as conn:
        absorb(Keeper(conn, small, tell_in_thread))


def rows(database: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as conn:
        return conn.execute("SELECT machine, cause, by, from_at, to_at FROM restatement ORDER BY id").fetchall()


def told(database: str) -> list[tuple[str, int, dict[str, Any]]]:
    with psycopg.connect(database) as conn:
        asked = (
            "SELECT subject, subject_version, data FROM outbox_event WHERE type = 'quantity.restated' ORDER BY written"
        )
        return conn.execute(asked).fetchall()  # type: ignore[return-value]  # so are the columns


def an_hour(step: int = 5) -> list[tuple[int, float]]:
    return [(second * SECOND, 1.0) for second in range(0, 3600, step)]


def test_a_day_is_closed_so_long_after_its_end() -> None:
    calendar = site(BERLIN, *THREE)

    closed = [closed_until(calendar, local(BERLIN, text)) for text in ("2026-11-24 13:59", "2026-11-24 14:00")]

    assert closed == [local(BERLIN, "2026-11-23 06:00"), local(BERLIN, "2026-11-24 06:00")]
    assert closed[1] == day_span(calendar, at("2026-11-23 12:00").date())[1]


def test_the_first_data_of_a_machine_restate_nothing_and_late_ones_do_once(database: str, writer: Writer) -> None:
    send(writer, states(*an_hour()))
    take(database)
    assert rows(database) == []

    hole = states((1002 * SECOND, 5.0), (1003 * SECOND, 1.0))
    send(writer, hole)
    take(database)
    send(writer, hole)
    take(database)

    span = from_us(NOON + 1002 * SECOND), from_us(NOON + 1003 * SECOND + 1)
    assert rows(database) == [("press-1", "late data", "edge", *span)]


def test_late_data_that_trickle_in_are_one_restatement(database: str, writer: Writer) -> None:
    send(writer, states(*an_hour()))
    take(database)
    for second in (100, 2000, 3000):
        send(writer, states((second * SECOND + 1, 5.0)))
        take(database)

    assert [(row[1], (row[4] - row[3]).total_seconds() > 2900) for row in rows(database)] == [("late data", True)]
    events = told(database)
    assert [(subject, version) for subject, version, _ in events] == [("machine/press-1", n) for n in (1, 2, 3)]
    assert len({data["restatement"] for _, _, data in events}) == 1
    assert [data["from"] for _, _, data in events] == [events[0][2]["from"]] * 3
    assert sorted(data["to"] for _, _, data in events) == [data["to"] for _, _, data in events]


def test_a_restatement_that_is_not_committed_is_told_to_nobody(database: str, writer: Writer) -> None:
    """As where mes is killed at that moment: the keeper takes the samples in again, and tells once."""
    send(writer, states(*an_hour()))
    take(database)

    def killed(conn: psycopg.Connection[Any], *event: Any) -> None:
        tell_in_thread(conn, *event)
        raise SystemExit(9)

    send(writer, states((1002 * SECOND, 5.0), (1003 * SECOND, 1.0)))
    with connect(database, "mes") as conn, pytest.raises(SystemExit):
        absorb(Keeper(conn, SMALL, killed))
    before = rows(database), told(database)
    take(database)

    assert before == ([], [])
    assert (len(rows(database)), len(told(database))) == (1, 1)


def test_what_is_not_final_yet_changes_without_a_word(database: str, writer: Writer) -> None:
    with psycopg.connect(database) as conn:
        row = conn.execute("SELECT now()").fetchone()
        assert row is not None
        now = to_us(row[0]) - NOON
    send(writer, states((now - 40 * MINUTE, 1.0), (now - 5 * MINUTE, 1.0)))
    take(database)
    send(writer, states((now - 30 * MINUTE, 5.0)))
    take(database)

    assert rows(database) == []


async def kpis(http: httpx.AsyncClient, **more: Any) -> Any:
    return (await http.get("/api/v1/equipment/press-1/kpis", params=ASKED | more)).json()


@pytest.mark.parametrize("cause", ["edit", "calendar", "ideal cycle", "late data"])
async def test_both_numbers_can_be_read_whatever_the_cause(database: str, writer: Writer, cause: str) -> None:
    counted = [
        Sample("press-1", "total", NOON + second * SECOND, NOON, float(number), Quality.GOOD)
        for number, second in enumerate(range(0, 3600, 4))
    ]
    send(writer, [*states(*an_hour(), (3605 * SECOND, 5.0)), *counted])
    take(database)
    with keeping(database, SMALL):
        async with client(database, SMALL) as http:
            before = await kpis(http)
            await change(http, writer, cause)
            while not (items := (await http.get("/api/v1/restatements")).json()["items"]):
                pass
            after = await kpis(http)
            one = items[0]
            then, since = [await kpis(http, as_of=one[key]) for key in ("as_of_before", "as_of_after")]
            elsewhere = (await http.get("/api/v1/restatements", params={"equipment": "saw"})).json()["items"]

    assert [row["cause"] for row in items] == [cause]
    [(subject, _, event)] = told(database)
    assert subject == ("site/works" if cause == "calendar" else "machine/press-1")
    names = {"restatement": "id"} | {key: key for key in event if key not in ("restatement", "machine")}
    assert {key: event[key] for key in names} == {key: one[name] for key, name in names.items()}
    assert before["elements"] == then["elements"]
    assert after["elements"] == since["elements"] != then["elements"]
    assert not before["provisional"]
    assert [row["cause"] for row in elsewhere] == (["calendar"] if cause == "calendar" else [])
    if cause != "late data":
        assert (one["by"], one["why"]) == tuple(PERSON.values())
        assert one["cause_id"] is not None


async def change(http: httpx.AsyncClient, writer: Writer, cause: str) -> None:
    span = {"from": from_us(NOON).isoformat(), "to": from_us(NOON + HOUR // 2).isoformat()}
    path = "/api/v1/equipment/press-1"
    match cause:
        case "edit":
            await http.post(f"{path}/edits", json=PERSON | span | {"kind": "reclassify", "state": "setup"})
        case "calendar":
            pause = {"kind": "breaks", "breaks": [{"starts": "12:00", "ends": "12:30"}]}
            await http.put("/api/v1/calendar/2026-10-05/day", json=PERSON | pause)
        case "ideal cycle":
            await http.post(f"{path}/ideal-cycles", json=PERSON | {"from": span["from"], "cycle_s": 3})
        case _:
            send(writer, states((1002 * SECOND, 5.0)))


async def test_another_policy_of_the_plant_restates_and_the_old_numbers_stay(database: str, writer: Writer) -> None:
    stop = [(1000 * SECOND, 5.0), (1060 * SECOND, 1.0)]
    send(writer, states(*[p for p in an_hour() if not 1000 <= p[0] / SECOND <= 1060], *stop))
    take(database)
    tpm = SMALL.model_copy(update={"policy": "tpm-classic"})
    with connect(database, "mes") as conn:
        keep_policies(conn, SMALL)
    take(database, tpm)

    async with client(database, tpm) as http:
        one = (await http.get("/api/v1/restatements")).json()["items"][0]
        now, then = await kpis(http), await kpis(http, as_of=one["as_of_before"])

    assert (one["cause"], one["equipment"]) == ("policy", "works")
    assert "tpm-classic" in one["why"]
    assert (now["policy"]["name"], then["policy"]["name"]) == ("tpm-classic", "iso-22400-2")
    assert now["availability"]["value"] > then["availability"]["value"]


async def test_the_list_comes_in_pages(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        for n in range(7):
            conn.execute(
                "INSERT INTO restatement (machine, from_at, to_at, cause, by, why, known_before, known_at)"
                " VALUES ('press-1', %s, now(), 'edit', 'x', %s, now(), now())",
                (from_us(NOON), str(n)),
            )
    found: list[str] = []
    asked: dict[str, str] = {"limit": "3", "equipment": "line-1"}
    async with client(database, plant(1)) as http:
        while True:
            page = (await http.get("/api/v1/restatements", params=asked)).json()
            found += [row["why"] for row in page["items"]]
            if page["next_cursor"] is None:
                break
            asked["cursor"] = page["next_cursor"]

    assert found == ["6", "5", "4", "3", "2", "1", "0"]
