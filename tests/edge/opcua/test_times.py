"""What is read now counts as of now, however old or wrong the times are that its server gives."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import structlog

from contract.sample import FUTURE_US, Quality, Sample
from edge.channel import Channel
from edge.opcua.times import Heard, Times, clock_cure
from tests.edge.opcua import wire as opcua_wire
from tests.edge.opcua.plc import Plc, Reader, device, now_us, tag
from tests.edge.opcua.wire import Wire
from tests.support.eventually import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR_US, SECOND_US = 3_600_000_000, 1_000_000
NO_COMMUNICATION = 0x80310000
EVERY_WAY = pytest.mark.parametrize("read", ["subscribe", "poll"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plc(free_port: Callable[[], int]) -> AsyncIterator[Plc]:
    made = await Plc(free_port(), {"State": 1.0}).start()
    yield made
    await made.stop()


def recent(sample: Sample) -> bool:
    """Dated to about when it was read: later than that a machine would count as silent."""
    return abs(sample.source_us - sample.edge_us) < 3 * SECOND_US


def in_order(samples: list[Sample]) -> bool:
    return all(earlier.source_us < later.source_us for earlier, later in pairwise(samples))


@EVERY_WAY
async def test_a_value_that_is_good_again_with_its_old_source_time_is_live_and_its_bad_span_stays(
    plc: Plc, read: str
) -> None:
    long_ago = now_us() - HOUR_US
    await plc.put("State", 1.0, long_ago)
    async with Reader(device(plc.url, read=read, poll="500ms"), [tag("State")]) as reader:
        await until("a heartbeat", lambda: len(reader.of("state")) >= 2)
        await plc.put("State", 1.0, status=NO_COMMUNICATION)
        await until("two heartbeats of BAD", lambda: [s.quality for s in reader.of("state")].count(Quality.BAD) >= 3)
        good_us = now_us()
        await plc.put("State", 1.0, long_ago)
        await until("good again", lambda: reader.of("state")[-1].quality is Quality.GOOD)
        good = len(reader.of("state"))
        await until("two heartbeats", lambda: len(reader.of("state")) >= good + 2)

    samples = reader.of("state")
    assert in_order(samples)
    assert all(recent(sample) for sample in samples[1:])
    bad = [sample.source_us for sample in samples if sample.quality is Quality.BAD]
    assert samples[good - 1].source_us - bad[0] > SECOND_US
    # No part of the span that was BAD is taken away.
    assert samples[good - 1].source_us >= good_us


@EVERY_WAY
async def test_a_value_whose_source_time_is_never_renewed_is_live(plc: Plc, read: str) -> None:
    long_ago = now_us() - HOUR_US
    await plc.put("State", 1.0, long_ago)
    async with Reader(device(plc.url, read=read), [tag("State")]) as reader:
        await until("a heartbeat", lambda: len(reader.of("state")) >= 2)
        for number in (2.0, 1.0, 3.0):
            await plc.put("State", number, long_ago)
            await until("the change", lambda number=number: reader.of("state")[-1].value == number)
        count = len(reader.of("state"))
        await until("two heartbeats", lambda: len(reader.of("state")) >= count + 2)

    assert reader.changes("state") == [1.0, 2.0, 1.0, 3.0]
    assert in_order(reader.of("state"))
    assert all(recent(sample) for sample in reader.of("state")[1:])


@EVERY_WAY
async def test_what_changed_while_the_connection_was_away_is_live_as_soon_as_it_is_back(
    plc: Plc, free_port: Callable[[], int], read: str
) -> None:
    await plc.put("State", 1.0)
    wire = Wire(free_port(), plc.port)
    await wire.mend()
    async with Reader(device(wire.url, read=read, history=False), [tag("State")]) as reader:
        await until("a heartbeat", lambda: len(reader.of("state")) >= 2)
        await wire.cut()
        await until("BAD", lambda: reader.of("state")[-1].quality is Quality.BAD)
        at = now_us()
        await plc.put("State", 2.0, at)
        # Longer than a machine may be silent.
        await until("an outage", lambda: now_us() - at > 7 * SECOND_US)
        await wire.mend()
        await until("three heartbeats", lambda: [s.value for s in reader.of("state")[-4:]] == [2.0] * 4)
    await wire.cut()

    assert all(recent(sample) for sample in reader.of("state") if sample.value == 2.0)
    assert in_order(reader.of("state"))


@EVERY_WAY
@pytest.mark.parametrize("hours", [8, -5])
@pytest.mark.parametrize("keys", [{"time": "server"}, {"time": "received"}, {"time_offset": ""}], ids=str)
async def test_a_plc_on_local_time_can_be_used(plc: Plc, read: str, hours: int, keys: dict[str, Any]) -> None:
    chosen = keys | ({"time_offset": f"{hours}h"} if "time_offset" in keys else {})
    await plc.put("State", 1.0, now_us() + hours * HOUR_US)
    with structlog.testing.capture_logs() as said:
        async with Reader(device(plc.url, read=read, **chosen), [tag("State")]) as reader:
            await until("the first value", lambda: reader.changes("state")[-1:] == [1.0])
            at = now_us()
            await plc.put("State", 2.0, at + hours * HOUR_US)
            await until("the change", lambda: reader.changes("state")[-2:] == [1.0, 2.0])
            count = len(reader.of("state"))
            await until("a heartbeat", lambda: len(reader.of("state")) > count)

    assert all(recent(sample) for sample in reader.of("state"))
    assert in_order(reader.of("state"))
    changed = next(sample for sample in reader.of("state") if sample.value == 2.0)
    assert "time_offset" not in keys or changed.source_us == at
    assert [line["event"] for line in said] == []


async def test_times_of_the_future_are_told_with_the_keys_that_cure_them(plc: Plc) -> None:
    await plc.put("State", 1.0, now_us() + 8 * HOUR_US)
    with structlog.testing.capture_logs() as said:
        async with Reader(device(plc.url), [tag("State")]) as reader:
            await until("the first value", lambda: reader.of("state"))

    assert reader.of("state")[0].source_us - now_us() > FUTURE_US
    [told] = [line for line in said if line["event"] == "server_clock_wrong"]
    assert "'time: server'" in told["cure"]
    assert "'time_offset: 8h'" in told["cure"]


@EVERY_WAY
async def test_a_source_clock_that_is_behind_never_makes_its_machine_silent_and_is_told(plc: Plc, read: str) -> None:
    await plc.put("State", 1.0, now_us() - 5 * HOUR_US)
    with structlog.testing.capture_logs() as said:
        async with Reader(device(plc.url, read=read), [tag("State")]) as reader:
            await until("a heartbeat", lambda: len(reader.of("state")) >= 2)
            await plc.put("State", 2.0, now_us() - 5 * HOUR_US)
            await until("the change", lambda: reader.changes("state")[-2:] == [1.0, 2.0])

    assert all(recent(sample) for sample in reader.of("state")[1:])
    [told] = [line for line in said if line["event"] == "old_source_time"]
    assert "'time_offset: -5h'" in told["cure"]


@pytest.mark.parametrize("behind", [timedelta(seconds=8), timedelta(hours=1)], ids=str)
async def test_a_server_whose_own_clock_is_behind_never_makes_its_machines_silent(
    plc: Plc, free_port: Callable[[], int], behind: timedelta
) -> None:
    await plc.put("State", 1.0)
    wire = Wire(free_port(), plc.port)
    wire.mood = opcua_wire.clock(-behind)
    await wire.mend()
    async with Reader(device(wire.url), [tag("State")]) as reader:
        await until("a heartbeat", lambda: len(reader.of("state")) >= 2)
        await plc.put("State", 2.0)
        await until("a heartbeat after the change", lambda: [s.value for s in reader.of("state")[-2:]] == [2.0, 2.0])
    await wire.cut()

    assert all(recent(sample) for sample in reader.of("state")[1:])


async def test_two_changes_that_were_published_together_keep_their_times_even_when_the_first_was_bad() -> None:
    times = Times(device("opc.tcp://plc:4840"), [Channel("press-1", tag("State"), timedelta(seconds=6))])
    now, nothing, fine = 1_000 * SECOND_US, np.zeros(1, np.int64), np.array([False])

    def said(at_us: int, bad: bool, was_bad: bool, more: bool) -> int:
        heard = Heard(np.array([True]), np.array([at_us]), nothing, now, more)
        found, _ = times.take(heard, np.array([bad]), np.array([was_bad]), nothing, now)
        return int(found[0])

    times.take(Heard(fine, nothing, nothing, now - SECOND_US, more=False), fine, fine, nothing, now - SECOND_US)

    assert said(now - 500_000, bad=True, was_bad=False, more=True) == now - 500_000
    assert said(now - 200_000, bad=False, was_bad=True, more=False) == now - 200_000


@pytest.mark.parametrize(
    ("ahead_h", "server_ahead_s", "expected"),
    [
        (8, 0, "'time: server' for this device; if it shows local time, 'time_offset: 8h'"),
        (
            -3.5,
            0,
            "'time: server' for this device; if it shows local time, 'time_offset: -210min'",
        ),
        (1.1, 0, "'time: server' for this device"),
        (1.1, 3_960, "'time: received' for this device"),
        (1.1, None, "'time: received' for this device"),
    ],
)
async def test_the_cure_of_a_clock_is_a_key(ahead_h: float, server_ahead_s: int | None, expected: str) -> None:
    server_us = None if server_ahead_s is None else server_ahead_s * SECOND_US

    assert clock_cure(round(ahead_h * HOUR_US), server_us) == f"set that clock, or write {expected}"
