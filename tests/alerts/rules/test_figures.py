"""States, cycle, scrap, silent counters and OEE: when the rule holds."""

from collections.abc import Sequence

import pytest

from alerts.rules.figures import HourSums, Pace, Scrap, judge_figure, judge_oee
from alerts.rules.production import Cycle, Production, Step, ideal_of
from alerts.rules.tapes import Verdict
from config.rules.facts import OeeLow
from config.rules.kinds import AnyRule
from contract.sample import State
from tests.alerts.rules.counting import counting_plant

S = 1_000_000
MIN = 60 * S
ALWAYS = [(0, 10_000 * MIN)]
ON, OFF, HOLD = Verdict.ON, Verdict.OFF, Verdict.HOLD
RUNS = [(0, int(State.RUNNING))]
TWO_SECONDS = [Cycle(None, 0, 2 * S)]
SETUP = "{id: x, kind: state_too_long, states: [setup], longer_than: 30min}"
SILENT = "{id: x, kind: counter_silent, longer_than: 1min}"
SLOW = "{id: x, kind: slow_cycle, slower_by: 0.2, over: 10min}"
SCRAP = "{id: x, kind: scrap_rate, above: 0.05, over: 1h, at_least: 20}"
LAST_SCRAP = "{id: x, kind: scrap_rate, above: 0.05, parts: 100}"
OEE = "{id: x, kind: oee_low, below: 0.6, over: 1h, completeness: 0.9}"


def rule_of(text: str) -> AnyRule:
    return counting_plant(f"[{text}]").rules[0]


def judged(text: str, seen: Production, now_us: int) -> tuple[Verdict, object]:
    return judge_figure(rule_of(text), seen, ALWAYS, now_us)  # type: ignore[arg-type]  # one that rests on facts


def every(seconds: float, count: int, parts: int = 1, start_s: float = 0) -> list[Step]:
    return [Step(int((start_s + seconds * (i + 1)) * S), parts) for i in range(count)]


@pytest.mark.parametrize(
    ("tape", "expected"),
    [
        ([(0, State.RUNNING)], OFF),
        ([(0, State.RUNNING), (71 * MIN, State.SETUP)], OFF),
        ([(0, State.RUNNING), (69 * MIN, State.SETUP)], ON),
        # Silence is not counted and does not end it.
        ([(0, State.RUNNING), (65 * MIN, State.SETUP), (70 * MIN, State.NO_DATA), (80 * MIN, State.SETUP)], OFF),
        ([(0, State.RUNNING), (60 * MIN, State.SETUP), (70 * MIN, State.NO_DATA), (75 * MIN, State.SETUP)], ON),
        ([(0, State.RUNNING), (50 * MIN, State.SETUP), (90 * MIN, State.NO_DATA)], HOLD),
        ([(0, State.SETUP), (99 * MIN, State.RUNNING), (99 * MIN + S, State.SETUP)], OFF),
        ([], HOLD),
    ],
)
def test_a_setup_takes_too_long(tape: Sequence[tuple[int, int]], expected: Verdict) -> None:
    assert expected is judged(SETUP, Production(tape), 100 * MIN)[0]


def test_outside_planned_time_no_state_is_too_long() -> None:
    rule, seen = rule_of(SETUP), Production([(0, int(State.SETUP))])

    verdict = judge_figure(rule, seen, [(0, 40 * MIN)], 60 * MIN)[0]  # type: ignore[arg-type]  # as above

    assert HOLD is verdict


@pytest.mark.parametrize(
    ("tape", "counted_s", "expected"),
    [
        (RUNS, 580, OFF),
        (RUNS, 530, ON),
        # It counts from when the machine began to run.
        ([(0, State.DOWN), (560 * S, State.RUNNING)], 10, OFF),
        ([(0, State.RUNNING), (550 * S, State.DOWN)], 10, OFF),
        ([(0, State.RUNNING), (550 * S, State.NO_DATA)], 10, HOLD),
    ],
)
def test_a_counter_is_silent_only_while_its_machine_runs(
    tape: Sequence[tuple[int, int]], counted_s: int, expected: Verdict
) -> None:
    seen = Production(tape, {"total": [Step(counted_s * S, 1)]})

    assert expected is judged(SILENT, seen, 600 * S)[0]


@pytest.mark.parametrize(("cycle", "expected"), [(2.0, OFF), (2.15, OFF), (2.3, HOLD), (2.5, ON)])
def test_a_cycle_is_slow_above_its_limit_and_right_again_at_half_of_it(cycle: float, expected: Verdict) -> None:
    seen = Production(RUNS, {"total": every(cycle, int(600 / cycle))}, cycles=TWO_SECONDS)

    verdict, pace = judged(SLOW, seen, 600 * S)

    assert verdict is expected
    assert isinstance(pace, Pace)
    assert (pace.cycle_us, pace.ideal_us) == (int(cycle * S), 2 * S)


def test_time_in_which_the_machine_stood_does_not_slow_its_cycle() -> None:
    tape = [(0, State.RUNNING), (200 * S, State.DOWN), (400 * S, State.RUNNING)]
    steps = [*every(2, 100), *every(2, 100, start_s=400)]

    assert OFF is judged(SLOW, Production(tape, {"total": steps}, cycles=TWO_SECONDS), 600 * S)[0]


def test_of_few_parts_and_of_a_machine_that_stands_no_cycle_is_told() -> None:
    few = Production(RUNS, {"total": every(100, 4)}, cycles=TWO_SECONDS)
    stands = Production([(0, State.RUNNING), (590 * S, State.DOWN)], {"total": every(3, 190)}, cycles=TWO_SECONDS)

    assert [judged(SLOW, seen, 600 * S)[0] for seen in (few, stands)] == [HOLD, HOLD]


def test_parts_made_at_an_unknown_time_do_not_tell_the_cycle() -> None:
    steps = [*every(2, 100), Step(500 * S, 10, bridged=True), *every(2, 50, start_s=500)]

    assert OFF is judged(SLOW, Production(RUNS, {"total": steps}, cycles=TWO_SECONDS), 600 * S)[0]


@pytest.mark.parametrize(
    ("scrap", "parts", "expected"), [(1, 19, HOLD), (1, 20, OFF), (2, 20, ON), (5, 100, OFF), (6, 100, ON)]
)
def test_scrap_is_told_of_enough_parts_only(scrap: int, parts: int, expected: Verdict) -> None:
    seen = Production(RUNS, {"total": [Step(MIN, parts)], "scrap": [Step(MIN, scrap)]})

    assert expected is judged(SCRAP, seen, 2 * MIN)[0]


def test_scrap_of_the_last_parts_forgets_those_before() -> None:
    seen = Production(RUNS, {"total": every(1, 300), "scrap": every(1, 100)})

    assert [judged(LAST_SCRAP, seen, at * S)[0] for at in (150, 300)] == [ON, OFF]
    assert judged(LAST_SCRAP, seen, 150 * S)[1] == Scrap(50, 100)
    assert HOLD is judged(LAST_SCRAP, seen, 90 * S)[0]


@pytest.mark.parametrize(
    "counts",
    [
        {"total": [Step(MIN, 100)], "good": [Step(MIN, 90)]},
        {"good": [Step(MIN, 90)], "scrap": [Step(MIN, 10)]},
        {"total": [Step(MIN, 100)], "scrap": [Step(MIN, 4)], "reported": [Step(MIN, 6)]},
    ],
)
def test_whatever_two_counters_tell_scrap_and_what_people_report(counts: dict[str, list[Step]]) -> None:
    assert judged(SCRAP, Production(RUNS, counts), 2 * MIN)[1] == Scrap(10, 100)


def test_an_ideal_cycle_is_that_of_the_product_and_the_day() -> None:
    cycles = [Cycle(None, 0, 2 * S), Cycle("cap", 0, 3 * S), Cycle("cap", MIN, 4 * S), Cycle("lid", 0, None)]

    assert [ideal_of(cycles, "cap", 0), ideal_of(cycles, "cap", MIN), ideal_of(cycles, "lid", 0)] == [
        3 * S,
        4 * S,
        2 * S,
    ]


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        (HourSums(60 * MIN, 0, 35 * MIN), ON),
        (HourSums(60 * MIN, 0, 36 * MIN), OFF),
        # Of the time that was seen; and nothing is said when too little was.
        (HourSums(60 * MIN, 5 * MIN, 34 * MIN), OFF),
        (HourSums(60 * MIN, 7 * MIN, 0), HOLD),
        (HourSums(0, 0, 0), HOLD),
        (None, HOLD),
    ],
)
def test_oee_is_low_only_where_enough_was_seen(sums: HourSums | None, expected: Verdict) -> None:
    rule = rule_of(OEE)
    assert isinstance(rule, OeeLow)

    assert expected is judge_oee(rule, sums)[0]
