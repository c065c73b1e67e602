"""The whole way, from a PLC's register to the ERP's answer, against what really happened."""

import time
from itertools import pairwise

import psycopg
import pytest

from contract.sample import to_us
from laptop.broker import LocalBroker
from tests.journeys.answers import counts, now_us, oee, states, stored_twice
from tests.journeys.system import System
from tests.support.size import WHOLE
from tests.truth import Interval, Truth, read_truth

pytestmark = pytest.mark.journey
POLL_US = 500_000
# A poll that begins late on a busy machine; the agent's own schedule does not drift.
SLACK_US = 250_000
SECOND = 1_000_000


def rest(system: System) -> tuple[Truth, int, int]:
    """Wait until all machines stand still and the facts have taken everything in: truth, and the window."""
    system.wait_until("the machines stand still", lambda: "simulator_at_rest" in system.log("simulator"), 90)
    truth = read_truth(system.folder / "truth.jsonl")
    end = truth.end_us + 2 * SECOND
    system.wait_until("the facts reach the end", lambda: facts_reach(system, end), 60)
    return read_truth(system.folder / "truth.jsonl"), truth.start_us, end


def facts_reach(system: System, end_us: int) -> bool:
    """Every machine's newest state sample is later, nothing waits in a journal, and mes has made facts of all."""
    with psycopg.connect(system.environment["SHOPFLOOR_DATABASE"]) as conn:
        newest = conn.execute(
            "SELECT count(*), min(newest) FROM (SELECT max(at) AS newest FROM sample JOIN series USING (series)"
            " WHERE tag = 'state' AND quality < 2 GROUP BY series) AS by_machine"
        ).fetchone()
        open_ends = conn.execute(
            "SELECT (SELECT count(*) FROM sequence_gap),"
            " (SELECT count(*) FROM frame WHERE transaction >= (SELECT transaction FROM mes_position))"
            " + (SELECT count(*) FROM late_span WHERE done_at IS NULL)"
        ).fetchone()
    assert newest is not None
    reached = newest[0] == len(system.plant.machines) and to_us(newest[1]) > end_us
    imported = not list((system.folder / "logger").glob("*.csv"))
    return reached and imported and open_ends == (0, 0)


def disagreements(truth: list[Interval], tape: list[tuple[int, int, str]]) -> list[Interval]:
    """Slices in which the tape says another state than the truth; where it says no_data, it does not disagree."""
    edges = sorted({t for i in truth for t in (i.from_us, i.to_us)} | {t for a, b, _ in tape for t in (a, b)})
    found: list[Interval] = []
    for start, end in pairwise(edges):
        real = next((i.word for i in truth if i.from_us <= start < i.to_us), None)
        said = next((word for a, b, word in tape if a <= start < b), None)
        if real is None or said in (real, "no_data"):
            continue
        if found and found[-1].to_us == start:
            found[-1] = Interval(f"{real} not {said}", found[-1].from_us, end)
        else:
            found.append(Interval(f"{real} not {said}", start, end))
    return found


def set_back_at_one(truth: Truth, machine: str) -> int:
    """How often the rejects were set back when they stood at 1: where they are at 1 again seconds later, nobody can say
    that 0 was not misread, and no part is certain.
    """
    rejects, found = 0, 0
    for event in truth.events:
        if event.get("machine") == machine:
            rejects += event["event"] == "part" and not event["good"]
            if event["event"] == "reset":
                rejects, found = 0, found + (rejects == 1)
    return found


def assert_counts_are_exact(system: System, truth: Truth, start: int, end: int) -> None:
    for machine in truth.machines:
        real = truth.counts(machine, start, end)
        assert real.total > 20, machine
        told = counts(system.api, machine, start, end)
        assert (told["total"], told["good"] + told["scrap"]) == (real.total, real.total), machine
        assert 0 <= real.scrap - told["scrap"] <= set_back_at_one(truth, machine), machine


def test_counts_are_exact_states_within_a_poll_and_oee_is_the_truth(system: System) -> None:
    system.start_all(seconds=25 if WHOLE else 12)
    truth, start, end = rest(system)

    assert_counts_are_exact(system, truth, start, end)
    for machine in truth.machines:
        real = truth.states(machine, start, end)
        assert len(real) > 5, machine
        wrong = disagreements(real, states(system.api, machine, start, end))
        assert [w for w in wrong if w.to_us - w.from_us > POLL_US + SLACK_US] == [], machine
        assert_kpis_are_the_truth(system, truth, machine, start, end)
    assert stored_twice(system.environment["SHOPFLOOR_DATABASE"]) == 0
    assert set(system.stop_all().values()) == {0}


def assert_kpis_are_the_truth(system: System, truth: Truth, machine: str, start: int, end: int) -> None:
    """OEE = PRI x GQ / seen time: parts are exact, so OEE is exact. Availability may be wrong by one poll a change.

    State and counter are read for the first time one after the other, so a moment of running time is not heard.
    """
    body = oee(system.api, machine, start, end)
    elements = body["elements"]
    assert isinstance(elements, dict)
    planned = end - start
    seen = planned - elements["no_data_us"]
    cycle = 400_000
    real = truth.counts(machine, start, end)
    assert elements["planned_us"] == planned
    assert elements["no_data_us"] < 30 * SECOND  # while the simulator's servers started
    running, running_uncounted = elements["running_us"], elements["running_uncounted_us"]
    assert running_uncounted <= POLL_US + SLACK_US
    heard = cycle * real.good / seen * running / (running - running_uncounted)
    assert body["oee"]["value"] == pytest.approx(heard, abs=1e-12)  # type: ignore[index]
    intervals = truth.states(machine, start, end)
    running = sum(i.to_us - i.from_us for i in intervals if i.word == "running")
    bound = (len(intervals) + 1) * (POLL_US + SLACK_US) + elements["no_data_us"]
    assert abs(elements["producing_us"] - running) <= bound


def test_what_is_killed_loses_and_doubles_nothing(system: System, broker: LocalBroker) -> None:
    system.start_all(seconds=40 if WHOLE else 24)
    system.wait_until("live frames are stored", lambda: live_frames(system) > 10)

    system.kill("collector")
    time.sleep(3)
    system.start("collector")
    time.sleep(2)
    broker.kill(forget=True)
    time.sleep(3)
    broker.start()
    time.sleep(2)
    system.kill("edge-1")
    system.start("edge-1")
    system.kill("mes")
    system.start("mes")
    truth, start, end = rest(system)

    assert_counts_are_exact(system, truth, start, end)
    assert stored_twice(system.environment["SHOPFLOOR_DATABASE"]) == 0


def live_frames(system: System) -> int:
    with psycopg.connect(system.environment["SHOPFLOOR_DATABASE"]) as conn:
        row = conn.execute("SELECT count(*) FROM frame WHERE lane = 'live'").fetchone()
        assert row is not None
        return int(row[0])


def test_the_way_of_a_sample_is_open_within_the_hour_of_its_history(system: System) -> None:
    before = now_us()
    system.start_all(seconds=3, history="1h")
    truth, start, end = rest(system)

    assert start <= before - 3_500 * SECOND
    assert_counts_are_exact(system, truth, start, end)
