"""The floor keeps its own laws: same seed same day, no part appears or vanishes, every kind of event happens."""

from collections import Counter
from functools import cache

import pytest

from config.device import Role
from simulator.floor import Floor
from simulator.machine import SECOND_US, Event
from simulator.pace import Pace
from tests.simulator.plants import DEMO
from tests.support.size import sized

# The tests look at the same days, which take seconds to live through.
pytestmark = pytest.mark.xdist_group("floor")
HOUR_US = 3600 * SECOND_US
SEEDS = range(1, 1 + sized(3))
PACES = {"normal": (Pace.normal(), 8 * HOUR_US), "lively": (Pace.lively(), HOUR_US // 4)}


def live(floor: Floor, until_us: int) -> list[Event]:
    events = []
    while floor.due_us <= until_us:
        events += floor.step()
    return events


@cache
def day(pace: str, seed: int, run: int = 0) -> tuple[Floor, list[Event]]:
    parameters, until_us = PACES[pace]
    floor = Floor(DEMO, seed, parameters, 0, run)
    return floor, live(floor, until_us)


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    _, again = day.__wrapped__("normal", 1)

    assert day("normal", 1)[1] == again
    assert day("normal", 4)[1] != again


@pytest.mark.parametrize("pace", PACES)
def test_parts_neither_appear_nor_vanish_between_machines(pace: str) -> None:
    parameters, until_us = PACES[pace]
    floor = Floor(DEMO, 3, parameters, 0)
    begin = [[len(buffer) for buffer in line.buffers] for line in floor.lines]
    begun = [[machine.loaded for machine in line.machines] for line in floor.lines]

    live(floor, until_us)

    for line, levels, loaded in zip(floor.lines, begin, begun, strict=True):
        assert all(loaded)
        for place, buffer in enumerate(line.buffers):
            ahead, behind = line.machines[place], line.machines[place + 1]
            # The first part of the machine behind was taken before we looked.
            assert levels[place] + (ahead.made - ahead.rejected) - (behind.taken - 1) == len(buffer)
            assert 0 <= len(buffer) <= parameters.buffer
        for machine in line.machines:
            assert machine.taken == machine.made + machine.loaded


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_state_is_shown_for_less_than_the_dwell_and_none_twice_in_a_row(pace: str, seed: int) -> None:
    _, events = day(pace, seed)

    shown = {machine.id: ("running", 0) for machine in DEMO.machines}
    for event in events:
        if event.kind == "state":
            word, since_us = shown[event.machine]
            assert event.word != word
            assert event.at_us - since_us >= PACES[pace][0].dwell_s * SECOND_US
            shown[event.machine] = (event.word, event.at_us)


@pytest.mark.parametrize("pace", PACES)
def test_parts_are_made_only_while_running(pace: str) -> None:
    _, events = day(pace, 5)

    state = {machine.id: "running" for machine in DEMO.machines}
    for event in events:
        if event.kind == "state":
            state[event.machine] = event.word
        assert event.kind != "part" or state[event.machine] == "running"
        assert event.kind != "product" or state[event.machine] == "setup"
        assert event.kind != "reset" or state[event.machine] == "stopped"


def test_a_part_never_takes_less_than_its_ideal_cycle() -> None:
    _, events = day("normal", 4)

    last: dict[str, int] = {}
    for event in events:
        if event.kind == "part":
            assert event.at_us - last.get(event.machine, -HOUR_US) >= 2 * SECOND_US
            last[event.machine] = event.at_us


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("seed", SEEDS)
def test_everything_happens_within_a_day(pace: str, seed: int) -> None:
    floor, events = day(pace, seed)

    words = {event.word for event in events if event.kind == "state"}
    kinds = {event.kind for event in events}
    wrapped = [
        machine.id
        for machine in floor.machines.values()
        for role, counter in machine.counters.items()
        if role is Role.TOTAL_COUNT and machine.initial[role] > counter.limit // 2 > counter.value
    ]
    assert words == {"running", "idle", "starved", "blocked", "down", "setup", "stopped", "maintenance"}
    assert kinds == {"state", "part", "product", "reset", "values"}
    assert len(wrapped) >= 3


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("seed", SEEDS)
def test_counters_show_the_parts_since_birth_or_power_cycle(pace: str, seed: int) -> None:
    floor, events = day(pace, seed)

    for machine in floor.machines.values():
        mine = [event for event in events if event.machine == machine.id and event.kind in ("part", "reset")]
        resets = [place for place, event in enumerate(mine) if event.kind == "reset"]
        since = mine[resets[-1] + 1 :] if resets else mine
        for role, counter in machine.counters.items():
            parts = [event for event in since if role is Role.TOTAL_COUNT or not event.good]
            base = 0 if resets else machine.initial[role]
            assert (base + len(parts)) % counter.limit == counter.value


@pytest.mark.parametrize("pace", PACES)
def test_a_counter_is_seen_before_and_after_it_is_reset(pace: str) -> None:
    for seed in SEEDS:
        _, events = day(pace, seed)
        for machine in DEMO.machines:
            mine = [event for event in events if event.machine == machine.id and event.kind in ("part", "reset")]
            for before, event, after in zip(mine, mine[1:], mine[2:], strict=False):
                if event.kind == "reset":
                    assert event.at_us - before.at_us >= 3 * SECOND_US
                    assert after.at_us - event.at_us >= 3 * SECOND_US


def test_after_a_halt_every_machine_stops_and_nothing_but_process_values_moves() -> None:
    floor = Floor(DEMO, 1, Pace.lively(), 0)
    before = live(floor, HOUR_US // 60)

    floor.halt(HOUR_US // 60)
    after = live(floor, HOUR_US)

    last = {event.machine: event.word for event in before + after if event.kind == "state"}
    assert {"stopped"} == set(last.values())
    assert {"state", "values"} == {event.kind for event in after}
    assert len([event for event in after if event.kind == "state"]) <= len(DEMO.machines)


def test_counters_start_at_zero_when_the_plcs_were_off() -> None:
    floor = Floor(DEMO, 1, Pace.normal(), 0, run=1)

    assert {0} == {counter.value for machine in floor.machines.values() for counter in machine.counters.values()}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_working_day_has_a_realistic_oee_and_reject_ratio(seed: int) -> None:
    floor, events = day("normal", seed)

    good = Counter(event.machine for event in events if event.kind == "part" and event.good)
    for machine in floor.machines.values():
        oee = good[machine.id] * min(machine.cycles_us) / (8 * HOUR_US)
        assert 0.5 <= oee <= 0.9
        assert 0.005 <= machine.rejected / machine.made <= 0.06


def test_process_values_follow_the_machine_and_now_and_then_go_astray() -> None:
    floor = Floor(DEMO, 2, Pace.normal(), 0)
    floor.values_every_us = 5 * SECOND_US
    tags = {tag.name: tag for tag in DEMO.machine("press-1").tags}
    panel = floor.panels["press-1"]

    current: dict[str, list[float]] = {}
    hottest = 0.0
    while floor.due_us <= 24 * HOUR_US:
        for event in floor.step():
            if event.kind == "values" and event.machine == "press-1":
                current.setdefault(panel.machine.shown, []).append(panel.raw(tags["current"]))
                hottest = max(hottest, panel.raw(tags["temperature"]) / 10)

    middle = {word: sorted(values)[len(values) // 2] for word, values in current.items()}
    assert middle["running"] > 2 * middle["blocked"] > 2 * middle["down"] > 0
    assert max(current["running"]) > 1.4 * middle["running"]
    assert 45 < hottest < 110
