"""The loss certificate against what happened: a journal that overflows, frames that somebody has taken out of it."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from laptop.broker import LocalBroker
from tests.collector.senders import rows
from tests.journeys.system import System, lively_plant
from tests.support.program import finished

pytestmark = pytest.mark.journey
EDGE = "edge-1"
STORED = "SELECT count(*) FROM frame"


def system_of(
    folder: Path, database: str, broker: LocalBroker, free_port: Callable[[], int], journal_mb: str
) -> System:
    """Simulator, one edge and the collector, none of them started."""
    environment = {
        "SHOPFLOOR_DATABASE": database,
        "SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{broker.port}",
        "SHOPFLOOR_JOURNAL_MB": journal_mb,
    }
    return System(folder, lively_plant(folder, free_port), environment, web="")


def start_plant(system: System) -> None:
    system.start("simulator", "simulator", "--truth", str(system.folder / "truth.jsonl"), "--pace", "lively")
    system.wait_until("the simulator", lambda: "simulator_ready" in system.log("simulator"), 60)
    system.start("collector", "collector")
    system.start(EDGE, "edge", EDGE)


def journal(system: System, query: str) -> Any:
    """One number of the agent's journal."""
    path = system.folder / "data" / "edge" / f"{EDGE}.journal"
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as db:
        row = db.execute(query).fetchone()
    return row[0] if row else None


def audit(system: System, *more: str) -> tuple[int, str]:
    """`shopfloor audit` of the last hour: its exit code, and what it said."""
    done = finished(["audit", "--from", "1h", *more], os.environ | dict(system.environment))
    return done.returncode, done.stdout + done.stderr


def node(system: System) -> dict[str, Any]:
    code, said = audit(system, "--json", "--count", "--node", EDGE)
    assert code == 0, said
    [found] = json.loads(said)["nodes"]
    return dict(found)


def test_what_a_full_journal_gave_up_is_certified_to_the_sample(
    tmp_path: Path, database: str, broker: LocalBroker, free_port: Callable[[], int]
) -> None:
    system = system_of(tmp_path, database, broker, free_port, journal_mb="0.06")
    try:
        start_plant(system)
        system.wait_until("frames", lambda: rows(database, STORED)[0][0] > 5)
        system.kill("collector")
        system.wait_until("the journal to overflow", lambda: "journal_full" in system.log(EDGE), 60)
        lost = "SELECT coalesce(sum(lost), 0) FROM dropped"
        before = journal(system, lost)
        system.wait_until("more to be dropped", lambda: journal(system, lost) > before + 100)
        system.start("collector")
        told = "SELECT count(*) FROM collection_gap WHERE cause = 'journal_full'"
        system.wait_until("it to be told", lambda: rows(database, told)[0][0] > 0, 60)
        system.wait_until("all of it", lambda: journal(system, "SELECT count(*) FROM dropped") == 0, 60)
        assert system.stop(EDGE) == 0
        # What was given up, by two witnesses that are not the agent's own count: its numbering, and the rows stored.
        numbered = journal(system, "SELECT number FROM mark WHERE name = 'numbered_samples'")
        system.start(EDGE, "edge", EDGE)
        system.wait_until(
            "its new life", lambda: rows(database, "SELECT count(*) FROM collection_gap WHERE numbered > 0")[0][0]
        )
        epoch = rows(database, "SELECT min(epoch) FROM frame")[0][0]
        kept = f"SELECT count(*) FROM frame WHERE epoch = {epoch}"
        system.wait_until("the backlog", lambda: journal(system, kept) == 0, 60)
        certified = node(system)
    finally:
        system.stop_all()

    stored = rows(database, f"SELECT count(*) FROM sample WHERE epoch = {epoch}")[0][0]
    [first, *_] = certified["epochs"]
    assert first["epoch"] == epoch
    assert (first["produced"], first["stored"]) == (numbered, stored)
    assert first["dropped"] == numbered - stored
    assert first["dropped"] > 100
    assert (first["missing"], first["awaited"], first["refused"], first["unaccounted"]) == (0, 0, 0, 0)
    assert (first["known"], certified["adds_up"]) == ("whole", True)


def test_frames_that_somebody_takes_out_of_a_journal_are_missing_to_the_sample(
    tmp_path: Path, database: str, broker: LocalBroker, free_port: Callable[[], int]
) -> None:
    system = system_of(tmp_path, database, broker, free_port, journal_mb="100")
    try:
        start_plant(system)
        system.wait_until("frames", lambda: rows(database, STORED)[0][0] > 5)
        system.kill("collector")
        system.wait_until("frames in the journal", lambda: journal(system, STORED) > 60)
        system.stop(EDGE)
        some = "FROM frame WHERE id IN (SELECT id FROM frame ORDER BY id LIMIT 20 OFFSET 10)"
        taken = journal(system, f"SELECT sum(samples) {some}")
        journal(system, f"DELETE {some}")
        numbered = journal(system, "SELECT number FROM mark WHERE name = 'numbered_samples'")
        epoch = journal(system, "SELECT number FROM mark WHERE name = 'epoch'")
        system.start("collector")
        system.start(EDGE)
        new_life = "SELECT count(*) FROM collection_gap WHERE numbered > 0"
        system.wait_until("its new life", lambda: rows(database, new_life)[0][0] > 0, 60)
        left = f"SELECT count(*) FROM frame WHERE epoch = {epoch}"
        system.wait_until("the backlog", lambda: journal(system, left) == 0, 60)
        certified = node(system)
        text = audit(system)
    finally:
        system.stop_all()

    assert (certified["epochs"][0]["epoch"], certified["epochs"][0]["produced"]) == (epoch, numbered)
    assert (certified["missing"], certified["dropped"], certified["unaccounted"]) == (taken, 0, 0)
    assert [gap["cause"] for gap in certified["epochs"][0]["gaps"]] == ["missing"]
    assert text[0] == 0
    assert "It adds up" in text[1]
    assert " missing " in text[1]
