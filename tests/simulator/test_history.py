"""The data loggers' files hold exactly what happened, in order, without a silence; half a history leaves nothing."""

import csv
from itertools import pairwise
from pathlib import Path

import pytest

from config.device import Role
from simulator.floor import Floor
from simulator.history import History, live_through
from simulator.machine import SECOND_US
from simulator.pace import Pace
from simulator.truth import TruthFile, read_before
from tests.simulator.plants import DEMO
from tests.truth import Truth, read_truth

START_US = 1_790_000_000 * SECOND_US
NOW_US = START_US + 2 * 3600 * SECOND_US

# The tests look at one history, which takes seconds to make.
pytestmark = pytest.mark.xdist_group("history")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    history = History(DEMO, Floor(DEMO, 11, Pace.lively(), START_US), folder / "logger")
    with TruthFile(folder / "truth.jsonl") as truth:
        reached = live_through(history, truth, 11, 0, START_US, clock=lambda: NOW_US, stopping=lambda: False)
    assert reached == NOW_US
    return folder


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return read_truth(folder / "truth.jsonl")


@pytest.fixture(scope="module")
def rows(folder: Path) -> dict[tuple[str, str], list[tuple[int, float]]]:
    """(machine, tag) → (at, raw), from all files, each checked to be in order."""
    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for path in sorted((folder / "logger").iterdir()):
        with path.open(newline="") as file:
            assert next(csv.reader(file)) == ["at_us", "machine", "tag", "raw"]
            last_us = 0
            for at_us, machine, tag, raw in csv.reader(file):
                assert int(at_us) >= last_us
                last_us = int(at_us)
                found.setdefault((machine, tag), []).append((last_us, float(raw)))
    return found


def changes(rows: list[tuple[int, float]]) -> list[tuple[int, float]]:
    return rows[:1] + [row for before, row in pairwise(rows) if row[1] != before[1]]


def test_each_edge_agent_gets_one_complete_file_with_its_own_machines(folder: Path) -> None:
    names = sorted(path.name for path in (folder / "logger").iterdir())

    assert names == ["edge-1-0001.csv", "edge-2-0001.csv"]
    for edge in DEMO.edges:
        lines = (folder / "logger" / f"{edge}-0001.csv").read_text().splitlines()[1:]
        mine = {machine.id for machine in DEMO.machines if DEMO.device(machine.device).edge == edge}
        assert mine == {line.split(",")[1] for line in lines}


def test_states_and_products_in_the_files_are_the_truth(
    rows: dict[tuple[str, str], list[tuple[int, float]]], truth: Truth
) -> None:
    for machine in DEMO.machines:
        for role, kind in ((Role.STATE, "state"), (Role.PRODUCT, "product")):
            tag = machine.tag_of(role)
            assert tag is not None
            words = tag.states or tag.products
            shown = [(at_us, words[int(raw)]) for at_us, raw in changes(rows[machine.id, tag.name])]
            assert [(e["at_us"], e[kind]) for e in truth.of(machine.id, kind)] == shown


def test_counter_steps_in_the_files_are_the_parts_of_the_truth(
    rows: dict[tuple[str, str], list[tuple[int, float]]], truth: Truth
) -> None:
    for machine in DEMO.machines:
        for tag in machine.tags:
            if tag.is_counter:
                steps = changes(rows[machine.id, tag.name])
                resets = {event["at_us"] for event in truth.of(machine.id, "reset")}
                made = sum((b - a) % (tag.wraps_at or 0) for (_, a), (at, b) in pairwise(steps) if at not in resets)
                counts = truth.counts(machine.id)
                assert made == (counts.total if tag.role is Role.TOTAL_COUNT else counts.scrap)
                assert all(raw == 0 for at, raw in steps if at in resets)


def test_no_machine_is_silent_in_the_files_longer_than_two_seconds_nor_a_process_value_than_five(
    rows: dict[tuple[str, str], list[tuple[int, float]]],
) -> None:
    for (machine, name), found in rows.items():
        tag = next(tag for tag in DEMO.machine(machine).tags if tag.name == name)
        longest_s = 5 if tag.role is Role.PROCESS_VALUE else 2
        times = [at_us for at_us, _ in found]
        assert times[0] == START_US
        assert max(b - a for a, b in pairwise([*times, NOW_US])) <= longest_s * SECOND_US


def test_state_intervals_of_the_truth_are_contiguous(truth: Truth) -> None:
    for machine in DEMO.machines:
        intervals = truth.states(machine.id, START_US, NOW_US)
        assert intervals[0].from_us == START_US
        assert intervals[-1].to_us == NOW_US
        assert all(a.to_us == b.from_us and a.word != b.word for a, b in pairwise(intervals))


def test_a_history_that_is_stopped_half_way_leaves_no_file_and_no_truth(tmp_path: Path) -> None:
    history = History(DEMO, Floor(DEMO, 1, Pace.normal(), START_US), tmp_path / "logger")
    asked = iter([False] * 100)

    with TruthFile(tmp_path / "truth.jsonl") as truth:
        reached = live_through(history, truth, 1, 0, START_US, clock=lambda: NOW_US, stopping=lambda: next(asked, True))

    assert reached is None
    assert list((tmp_path / "logger").iterdir()) == []
    assert read_before(tmp_path / "truth.jsonl") == (0, None)


def test_a_second_history_gets_new_files_though_the_first_have_been_imported(tmp_path: Path) -> None:
    (tmp_path / "edge-1-0001.csv.done").touch()
    (tmp_path / "edge-1-0002.csv").touch()
    history = History(DEMO, Floor(DEMO, 1, Pace.normal(), START_US, run=1), tmp_path)

    with TruthFile(tmp_path / "truth.jsonl") as truth:
        live_through(history, truth, 1, 1, START_US, clock=lambda: START_US + 1, stopping=lambda: False)

    assert {"edge-1-0003.csv", "edge-2-0001.csv"} < {path.name for path in tmp_path.iterdir()}


def test_a_half_line_of_a_killed_run_spoils_neither_the_old_truth_nor_the_new(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text('{"at_us":5,"event":"start","seed":1,"run":0}\n{"at_us":9,"machine":"a","event":"reset"}\n{"at_')

    before = read_before(path)
    with TruthFile(path) as truth:
        truth.write(['{"at_us":12,"event":"start","seed":1,"run":1}\n'])

    assert before == (1, 9)
    assert read_before(path) == (2, 12)
    assert [event["at_us"] for event in read_truth(path).events] == [5, 9, 12]
