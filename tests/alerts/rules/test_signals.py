"""Change, standstill and conditions over several tags: when the rule holds."""

import pytest

from alerts.rules.signals import Signal, signals_of
from alerts.rules.tapes import Verdict
from contract.sample import State
from tests.alerts.floor import plant_with

S = 1_000_000
RISES = "{id: r, kind: rate_of_change, tag: temperature, above: 5, within: 1min, machines: [press-1]}"
FALLS = "{id: f, kind: rate_of_change, tag: temperature, below: 5, within: 1min, machines: [press-1]}"
STUCK = "{id: s, kind: stuck, tag: current, longer_than: 10s, machines: [press-1]}"
IDLES = (
    "{id: e, kind: expression, if: \"state == 'idle' and current > 2\", delay: 5s, off_delay: 3s, machines: [press-1]}"
)


def signal(rule: str) -> Signal:
    [made] = signals_of(plant_with(f"[{rule}]"))
    return made


def said(made: Signal, *samples: tuple[float, str, float | None]) -> Verdict:
    """The last verdict; samples are (second, tag, value)."""
    return [made.feed(int(at * S), tag, value, None)[0] for at, tag, value in samples][-1]


def every_second(tag: str, *values: float, start: int = 0) -> list[tuple[float, str, float | None]]:
    return [(start + i, tag, value) for i, value in enumerate(values)]


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        (RISES, (20, 22, 24), "HOLD"),
        (RISES, (20, 22, 25.5), "ON"),
        # A rise is measured from the lowest value of the window, wherever it lies.
        (RISES, (24, 20, 23, 25.5), "ON"),
        (RISES, (30, 24), "OFF"),
        (RISES, (20, *[20 + i / 20 for i in range(200)]), "HOLD"),
        (FALLS, (30, 24), "ON"),
        (FALLS, (20, 30), "OFF"),
    ],
)
def test_a_value_changes_too_fast_on_one_side_only(rule: str, values: tuple[float, ...], expected: str) -> None:
    assert Verdict[expected] is said(signal(rule), *every_second("temperature", *values))


def test_over_a_silence_nothing_is_known_of_the_change() -> None:
    assert Verdict.OFF is said(signal(RISES), (0, "temperature", 20), (30, "temperature", 40))


def running(seconds: int, state: State = State.RUNNING, start: int = 0) -> list[tuple[float, str, float | None]]:
    return every_second("state", *[float(state)] * seconds, start=start)


def test_a_sensor_that_does_not_move_while_the_machine_runs_is_stuck_until_it_moves() -> None:
    made = signal(STUCK)
    both = sorted([*running(14), *every_second("current", *[7.0] * 14)])

    verdicts = [made.feed(int(at * S), tag, value, None)[0] for at, tag, value in both]

    assert verdicts.count(Verdict.ON) == 3
    assert verdicts[-1] is verdicts[-2] or Verdict.ON in verdicts[-2:]
    assert Verdict.OFF is said(made, (14, "current", 7.1))


def test_what_does_not_move_while_the_machine_stands_is_not_stuck() -> None:
    both = sorted([*running(30, State.STOPPED), *every_second("current", *[7.0] * 30)])

    assert Verdict.HOLD is said(signal(STUCK), *both)


def test_the_time_that_a_value_stood_counts_from_when_the_machine_began_to_run() -> None:
    states = [*running(30, State.STOPPED), *running(8, start=30)]

    assert Verdict.HOLD is said(signal(STUCK), *sorted([*states, *every_second("current", *[7.0] * 38)]))


def test_after_a_silence_the_time_that_a_value_stood_counts_anew() -> None:
    before = sorted([*running(9), *every_second("current", *[7.0] * 9)])
    after = sorted([*running(5, start=30), *every_second("current", *[7.0] * 5, start=30)])

    assert Verdict.HOLD is said(signal(STUCK), *before, *after)


def idle(seconds: int, current: float, start: int = 0) -> list[tuple[float, str, float | None]]:
    states = running(seconds, State.IDLE, start)
    return sorted([*states, *every_second("current", *[current] * seconds, start=start)])


def test_a_condition_holds_after_its_delay_and_ends_after_its_off_delay() -> None:
    made = signal(IDLES)
    ends = [said(made, *idle(5, 3.0)), said(made, *idle(2, 3.0, start=5))]
    ends += [said(made, *idle(2, 1.0, start=7)), said(made, *idle(3, 1.0, start=9))]

    assert ends == [Verdict.HOLD, Verdict.ON, Verdict.HOLD, Verdict.OFF]


def test_a_tag_that_is_not_read_any_more_leaves_a_condition_unknown() -> None:
    assert Verdict.HOLD is said(signal(IDLES), *idle(3, 3.0), *every_second("current", *[3.0] * 20, start=3))


def test_a_condition_says_what_was_read() -> None:
    made = signal(IDLES)
    said(made, *idle(2, 3.0))

    assert made.tick(3 * S)[1] == "current 3 A, state idle"


def test_what_holds_with_the_last_values_holds_when_the_delay_is_over() -> None:
    made = signal(IDLES)
    made.feed(100 * S, "state", float(State.IDLE), 500 * S)
    made.feed(100 * S, "current", 3.0, 500 * S)

    assert [made.tick(504 * S)[0], made.tick(505 * S)[0]] == [Verdict.HOLD, Verdict.ON]
