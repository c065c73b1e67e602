"""What a server remembers of an outage comes afterwards, once, with its own times; and the gap on record shrinks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
import pytest_asyncio

from config.device import Tag
from contract.gap import Cause
from contract.sample import Quality, Sample, State
from edge.buffer.batch import Unread
from edge.buffer.journal import Numbered
from edge.channel import Channel
from edge.opcua.history import holds
from tests.edge.opcua.plc import Plc, Reader, device, now_us, tag
from tests.edge.opcua.wire import Wire
from tests.support.eventually import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
FreePort = Callable[[], int]
STATES = {0: "stopped", 1: "running", 2: "starved"}
TAGS = [tag("State", role="state", states=STATES), tag("Total", role="total_count"), tag("Speed"), tag("Quiet")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(free_port: FreePort) -> AsyncIterator[tuple[Plc, int]]:
    """A PLC that keeps the history of all but one of its variables."""
    port = free_port()
    plc = await Plc(port, {"State": 1.0, "Total": 0.0, "Speed": 1.5, "Quiet": 3.0, "Forgetful": 9.0}).start()
    for name in ("State", "Total", "Speed", "Quiet"):
        await plc.remember(name)
    yield plc, port
    await plc.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def wire(house: tuple[Plc, int], free_port: FreePort) -> AsyncIterator[tuple[Plc, Wire]]:
    plc, port = house
    for name, value in plc.values.items():
        await plc.put(name, value)
    made = Wire(free_port(), port)
    await made.mend()
    yield plc, made
    await made.cut()


def gaps(reader: Reader) -> list[Unread]:
    return [gap for batch in reader.batches for gap in batch.gaps]


def late(reader: Reader, name: str) -> list[Sample]:
    """What came as backlog, in the order of time."""
    series = f"press-1/{name}"
    rows = [
        (int(at), value)
        for batch in reader.batches
        if batch.late
        for at, value, found in zip(batch.source_us, batch.value.tolist(), batch.series, strict=True)
        if found == series
    ]
    return [Sample("press-1", name, at, 0, value, Quality.GOOD) for at, value in sorted(rows)]


async def outage(plc: Plc, wire: Wire, reader: Reader) -> dict[str, list[tuple[int, float]]]:
    """The wire is cut for a while, in which values change; the changes, with their times."""
    changes: dict[str, list[tuple[int, float]]] = {"state": [], "total": [], "speed": []}
    count = len(reader.source.source.channels)
    await until("the first values", lambda: len({s.tag for s in reader.samples if s.value is not None}) == count)
    await wire.cut()
    await until("BAD", lambda: reader.source.source.trouble is not None)
    for number in range(1, 6):
        await asyncio.sleep(0.1)
        for name, value in (("State", float((number + 1) % 3)), ("Total", float(number)), ("Speed", number / 8)):
            at = now_us()
            await plc.put(name, value, at)
            changes[name.lower()].append((at, value))
    await wire.mend()
    await until("the history", lambda: reader.source.backfill.outages == [] and len(gaps(reader)) >= 3, 20)
    return changes


async def test_what_changed_in_an_outage_comes_once_with_its_own_time(wire: tuple[Plc, Wire]) -> None:
    plc, cable = wire
    async with Reader(device(cable.url), TAGS) as reader:
        changes = await outage(plc, cable, reader)

    for name in ("total", "speed"):
        # The last change is what was read first after the outage, and the first late one what had held before.
        assert changes[name][:-1] == [(s.source_us, s.value) for s in late(reader, name)][1:]
    everything = [(s.tag, s.source_us) for s in reader.samples]
    assert len(set(everything)) == len(everything)
    states = {State.STOPPED: 0.0, State.RUNNING: 1.0, State.STARVED: 2.0}
    found = [(s.source_us, states[State(int(s.value or 0))]) for s in late(reader, "state")]
    assert changes["state"][:-1] == found[1:]


async def test_what_held_before_an_outage_is_known_to_have_held_and_the_gap_is_gone(wire: tuple[Plc, Wire]) -> None:
    plc, cable = wire
    async with Reader(device(cable.url), TAGS) as reader:
        await outage(plc, cable, reader)

    began, ended, shrunk = gaps(reader)
    assert began.cause is ended.cause is shrunk.cause is Cause.DEVICE_AWAY
    assert began.from_us == ended.from_us == shrunk.from_us
    assert ended.to_us is not None
    assert ended.to_us > ended.from_us
    assert (shrunk.to_us, list(shrunk.series)) == (shrunk.from_us, [])
    [(at, value)] = [(s.source_us, s.value) for s in late(reader, "quiet")]
    bad = next(s for s in reader.of("quiet") if s.quality is Quality.BAD)
    assert (at, value) == (bad.source_us + 1, 3.0)


async def test_a_variable_without_history_stays_in_the_gap(wire: tuple[Plc, Wire]) -> None:
    plc, cable = wire
    async with Reader(device(cable.url), [*TAGS[:3], tag("Forgetful")]) as reader:
        await outage(plc, cable, reader)

    assert list(gaps(reader)[-1].series) == ["press-1/forgetful"]
    assert gaps(reader)[-1].to_us != gaps(reader)[-1].from_us
    assert late(reader, "forgetful") == []


async def test_history_is_not_asked_where_the_plant_file_says_so(wire: tuple[Plc, Wire]) -> None:
    _, cable = wire
    async with Reader(device(cable.url, history=False), TAGS) as reader:
        await until("the first values", lambda: len({s.tag for s in reader.samples}) == len(TAGS))
        await cable.cut()
        await until("BAD", lambda: reader.source.source.trouble is not None)
        await cable.mend()
        await until("the server again", lambda: reader.source.source.trouble is None)
        await asyncio.sleep(1)

    assert not any(batch.late for batch in reader.batches)


async def test_what_changed_while_the_agent_was_down_comes_afterwards(wire: tuple[Plc, Wire]) -> None:
    plc, cable = wire
    down = now_us()
    await asyncio.sleep(0.05)
    at = now_us()
    await plc.put("Total", 7.0, at)
    await asyncio.sleep(0.05)
    await plc.put("Total", 8.0)

    reader = Reader(device(cable.url), TAGS)
    reader.source.source.was_down(down, now_us(), Cause.AGENT_DOWN, Numbered(3, 4, 5))
    async with reader:
        await until("the history", lambda: late(reader, "total"))

    assert [(at, 7.0)] == [(s.source_us, s.value) for s in late(reader, "total")]


async def test_a_state_that_holds_for_long_does_not_fall_silent() -> None:
    channel = Channel("press-1", TAGS[0], timedelta(seconds=6))
    at, value = np.array([0, 10_000_000, 11_000_000], np.int64), np.array([1.0, 2.0, 0.0])

    times, values, qualities = holds(channel, at, value, np.zeros(3, np.int64), 20_000_000)

    assert all(later - earlier <= 3_000_000 for earlier, later in pairwise([*times.tolist(), 20_000_000]))
    assert set(zip(times.tolist(), values.tolist(), strict=True)) >= {(0, 1.0), (10_000_000, 2.0), (11_000_000, 0.0)}
    assert values[times < 10_000_000].tolist() == [1.0] * 4
    assert qualities.tolist() == [0] * len(times)


MADE_TAGS = [
    *TAGS[1:],
    tag("State"),
    Tag.model_validate(
        {
            "name": "made",
            "role": "state",
            "when": [{"if": "state == 1 and quiet > 2", "then": "running"}, {"if": "state == 2", "then": "starved"}],
            "else": "stopped",
        }
    ),
]


async def test_a_state_that_is_made_of_several_tags_is_filled_from_their_history_and_its_gap_is_gone(
    wire: tuple[Plc, Wire],
) -> None:
    plc, cable = wire
    async with Reader(device(cable.url), MADE_TAGS) as reader:
        await until("the first values", lambda: reader.changes("made")[-1:] == [State.RUNNING])
        changes = await outage(plc, cable, reader)
        await until("the state after it", lambda: reader.of("made")[-1].value is not None)

    words = {0.0: State.STOPPED, 1.0: State.RUNNING, 2.0: State.STARVED}
    told = late(reader, "made")
    # Also the last change, which was read afterwards, has its own time.
    wanted = [(at, words[value]) for at, value in changes["state"]]
    changed = [told[0], *(b for a, b in pairwise(told) if a.value != b.value)]
    assert changed[0].value == State.RUNNING
    assert [(s.source_us, s.value) for s in changed[1:]] == wanted
    assert (gaps(reader)[-1].to_us, list(gaps(reader)[-1].series)) == (gaps(reader)[-1].from_us, [])
    bad = next(s for s in reader.of("made") if s.quality is Quality.BAD)
    assert told[0].source_us == bad.source_us + 1
    live = next(s for s in reader.of("made") if s.value is not None and s.source_us > told[-1].source_us)
    assert live.value == words[changes["state"][-1][1]]


async def test_where_one_of_its_tags_keeps_no_history_the_state_stays_in_the_gap(wire: tuple[Plc, Wire]) -> None:
    plc, cable = wire
    rules = [{"if": "state == 1 and forgetful > 2", "then": "running"}]
    made = Tag.model_validate({"name": "made", "role": "state", "when": rules, "else": "stopped"})
    async with Reader(device(cable.url), [*TAGS[1:3], tag("State"), tag("Forgetful"), made]) as reader:
        await outage(plc, cable, reader)

    assert list(gaps(reader)[-1].series) == ["press-1/forgetful", "press-1/made"]
    assert late(reader, "made") == []
