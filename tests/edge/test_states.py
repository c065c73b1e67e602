"""A state that is made of several tags, and one that must hold before it counts."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.device import Tag
from contract.sample import Quality, State
from edge.buffer.batch import Batch
from edge.channel import Channel
from edge.modbus.line import Line
from edge.modbus.source import ModbusSource, modbus_sources
from edge.opcua.history import lasting
from edge.report import Reports
from edge.states import Hold, States
from edge.texts import Texts
from tests.edge.modbus import hostile
from tests.edge.modbus.hostile import Plc
from tests.edge.modbus.peers import device

GOOD, UNCERTAIN, BAD = (int(quality) for quality in Quality)
MS = 1_000
RUNNING, DOWN, IDLE, STOPPED = (float(state) for state in (State.RUNNING, State.DOWN, State.IDLE, State.STOPPED))
RULES = [
    {"if": "fault", "then": "down"},
    {"if": "run and speed > 5", "then": "running"},
    {"if": "run", "then": "idle"},
]
INPUTS = ["fault", "run", "speed"]


def channels(rules: Sequence[dict[str, str]] = RULES, **more: Any) -> list[Channel]:
    read = [{"name": name, "register": i} for i, name in enumerate(INPUTS)]
    made = {"name": "state", "role": "state", "when": rules, "else": "stopped"} | more
    tags = [Tag.model_validate(tag) for tag in [*read, {k: v for k, v in made.items() if v is not None}]]
    return [Channel("press-1", tag, timedelta(hours=1)) for tag in tags]


def state(
    values: Sequence[float | None], quality: Sequence[int] | None = None, **more: Any
) -> tuple[float | None, int]:
    """State and quality made of fault, run and speed; None is BAD."""
    raw = np.array([np.nan if v is None else v for v in values])
    given_quality = np.array([BAD if v is None else GOOD for v in values] if quality is None else quality, np.int64)
    value, found, _ = States(channels(**more), Texts()).take(raw, given_quality, np.zeros(3, np.int64), 0)
    return (None if np.isnan(value[3]) else float(value[3])), int(found[3])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0, 0], (STOPPED, GOOD)),
        ([0, 1, 0], (IDLE, GOOD)),
        ([0, 1, 9], (RUNNING, GOOD)),
        ([1, 1, 9], (DOWN, GOOD)),
        ([None, 1, 9], (None, BAD)),
        ([0, None, 9], (None, BAD)),
        ([0, 1, None], (None, BAD)),
        ([1, None, None], (DOWN, GOOD)),
        ([0, 0, None], (STOPPED, GOOD)),
        ([None, None, None], (None, BAD)),
    ],
)
def test_the_first_condition_that_holds_counts_and_what_is_not_known_is_never_guessed(
    values: Sequence[float | None], expected: tuple[float | None, int]
) -> None:
    assert expected == state(values)


def test_without_else_it_is_not_known_what_no_condition_says() -> None:
    assert state([0, 0, 0], **{"else": None}) == (None, BAD)


def test_it_is_as_certain_as_the_least_certain_of_its_tags() -> None:
    assert state([0, 1, 9], [GOOD, UNCERTAIN, GOOD]) == (RUNNING, UNCERTAIN)


def test_a_text_may_decide() -> None:
    texts = Texts()
    tags = [
        {"name": "item-state", "node": "ns=2;s=State", "type": "string"},
        {"name": "state", "role": "state", "when": [{"if": "item_state == 'Executing'", "then": "running"}]},
    ]
    some = [Channel("press-1", Tag.model_validate(tag), timedelta(hours=1)) for tag in tags]
    states, text_good = States(some, texts), np.array([8], np.int64)

    said = [
        states.take(np.array([texts.number(word)]), text_good, np.zeros(1, np.int64), 0)[0][1]
        for word in ("Executing", "NotExecuting")
    ]

    assert said[0] == RUNNING
    assert np.isnan(said[1])


def test_a_change_has_the_time_of_the_tag_that_made_it() -> None:
    states, good = States(channels(), Texts()), np.zeros(3, np.int64)
    states.take(np.array([0.0, 1.0, 9.0]), good, np.array([100, 100, 100]), 0)

    value, _, times = states.take(np.array([1.0, 1.0, 9.0]), good, np.array([250, 900, 800]), 1)

    assert (value[3], times[3]) == (DOWN, 250)


def told(hold_ms: int, *seen: tuple[int, float | None]) -> list[tuple[float | None, int]]:
    """What counts, and when it is so in ms, after each reading of (ms, state)."""
    hold = Hold(hold_ms * MS)
    found = [hold.settle(s, at * MS, at * MS, at * MS) for at, s in seen]
    return [(counts, -(-at_us // MS)) for counts, at_us in found]


def test_a_state_counts_when_it_has_held_and_then_from_when_it_began() -> None:
    assert told(500, (0, RUNNING), (500, RUNNING), (700, DOWN), (1000, DOWN), (1200, DOWN)) == [
        (None, 0),
        (RUNNING, 0),
        (RUNNING, 700),
        (RUNNING, 700),
        (DOWN, 700),
    ]


def test_a_flicker_never_counts() -> None:
    seen = told(500, (0, RUNNING), (500, RUNNING), (700, DOWN), (900, RUNNING), (1100, DOWN), (1300, RUNNING))

    assert [counts for counts, _ in seen] == [None, *[RUNNING] * 5]
    assert seen[3] == (RUNNING, 900)


def test_of_several_that_flicker_none_counts_until_one_holds() -> None:
    seen = told(500, (0, RUNNING), (500, RUNNING), (700, DOWN), (900, IDLE), (1100, DOWN), (1600, DOWN))

    assert seen[-2:] == [(RUNNING, 1100), (DOWN, 1100)]


def test_what_is_not_known_is_so_at_once_and_since_the_state_that_had_not_held_began() -> None:
    assert told(500, (0, RUNNING), (500, RUNNING), (700, DOWN), (900, None))[-1] == (None, 700)
    assert told(500, (0, RUNNING), (500, RUNNING), (900, None), (1000, RUNNING))[-2:] == [(None, 900), (None, 1000)]


def test_a_wall_clock_that_is_set_changes_no_duration() -> None:
    hold = Hold(500 * MS)
    hold.settle(RUNNING, 0, 0, 0)
    hold.settle(RUNNING, 500 * MS, 500 * MS, 500 * MS)
    hour = 3_600_000 * MS

    forward = hold.settle(DOWN, hour, hour, 600 * MS)
    still = hold.settle(DOWN, hour, hour, 1099 * MS)
    counts = hold.settle(DOWN, 0, 0, 1100 * MS)

    assert (forward[0], still[0], counts) == (RUNNING, RUNNING, (DOWN, hour))


SEEN = st.lists(st.tuples(st.integers(1, 400), st.sampled_from([RUNNING, DOWN, None])), max_size=40)


@given(SEEN, st.integers(1, 1000))
def test_times_never_run_backwards_and_each_state_that_counts_has_held(
    steps: list[tuple[int, float | None]], hold_ms: int
) -> None:
    at, seen = 0, []
    for passed, found in steps:
        at += passed
        seen.append((at, found))

    said = told(hold_ms, *seen)

    assert [time for _, time in said] == sorted(time for _, time in said)
    for (now, _), (counts, since), before in zip(seen, said, [(None, 0), *said], strict=False):
        if counts is not None and counts != before[0]:
            assert {found for t, found in seen if since <= t <= now} == {counts}
            assert now - since >= hold_ms


def test_history_knows_no_state_either_that_did_not_hold() -> None:
    at = np.array([0, 100, 300, 350, 900, 1000])
    value = np.array([1.0, 2.0, 1.0, 3.0, 3.0, 1.0])

    kept = lasting(at, value, 250)

    assert kept.tolist() == [True, False, False, True, True, True]


def columns(sent: Sequence[Batch], name: str) -> list[tuple[float | None, int]]:
    """Value and time of each sample of a series, None where BAD."""
    return [
        (None if np.isnan(value) else float(value), int(at))
        for batch in sent
        for series, at, value in zip(batch.series, batch.source_us, batch.value.tolist(), strict=True)
        if series == f"press-1/{name}"
    ]


def reader(port: int, **more: Any) -> tuple[ModbusSource, list[Batch]]:
    """Registers hold their own address: fault is 0, run is 1 and speed is 2."""
    sent: list[Batch] = []
    plc = device(port=port, poll="50ms")
    rules = [{"if": "fault", "then": "down"}, {"if": "run and speed > 1", "then": "running"}]
    [source] = modbus_sources(plc, channels(rules, **more), Line(plc), Reports(sent.append, 0))
    return source, sent


async def test_a_state_is_made_of_what_a_real_device_answers_and_its_tags_are_sent_too(
    free_port: Callable[[], int],
) -> None:
    port = free_port()
    source, sent = reader(port)
    async with Plc(port):
        await source.poll()

    made = columns(sent, "state")
    assert [(value, at) for value, at in made] == [(RUNNING, columns(sent, "run")[0][1])]
    assert {name for batch in sent for name in batch.series if batch.vital} == {"press-1/state"}
    source.close()


async def test_a_tag_that_cannot_be_read_any_more_makes_the_state_unknown_from_the_same_moment(
    free_port: Callable[[], int],
) -> None:
    port = free_port()
    source, sent = reader(port)
    async with Plc(port) as plc:
        await source.poll()
        plc.mood = hostile.cannot_read(2)
        await source.poll()

    [(_, began), (lost, at)] = columns(sent, "state")
    assert (lost, at) == (None, columns(sent, "speed")[-1][1])
    assert at == began + 1
    source.close()


async def test_a_device_that_is_lost_while_a_state_waits_leaves_unknown_what_it_did_since(
    free_port: Callable[[], int],
) -> None:
    port = free_port()
    source, sent = reader(port, hold="10min")
    async with Plc(port) as plc:
        await source.poll()
        plc.mood = hostile.silent
        await source.poll()

    assert [value for value, _ in columns(sent, "state")] == [None]
    assert source.source.trouble is not None
    source.close()
