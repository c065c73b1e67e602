"""A server whose queues are too short drops values: in between nothing is known, and it is on record."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from config.device import Tag
from config.opcua import OpcUaDevice
from contract.gap import Cause
from contract.sample import Quality
from edge.opcua.overflow import OVER_AFTER_US, Overflow
from tests.edge.opcua.peer import PeerPlc
from tests.edge.opcua.plc import URI, Reader
from tests.support.eventually import until

SECOND_US = 1_000_000
RULES = [{"then": "running", "if": "c0 > 0"}]


def test_what_begins_to_drop_together_is_one_gap_and_told_once() -> None:
    overflow = Overflow()

    told = [overflow.dropped(names, 5, now) for now, names in ((10, ["a", "b"]), (20, ["b", "a"]), (30, ["b"]))]

    assert told == [[(5, None, ["a", "b"])], [], []]


def test_what_joins_later_is_a_gap_of_its_own_with_another_begin() -> None:
    overflow = Overflow()
    overflow.dropped(["a"], 5, 10)

    assert overflow.dropped(["a", "b"], 5, 20) == [(6, None, ["b"])]


def test_gaps_end_when_nothing_was_dropped_for_a_while() -> None:
    overflow = Overflow()
    overflow.dropped(["a"], 5, 10)
    overflow.dropped(["a"], 15, SECOND_US)

    before, after = (overflow.over(SECOND_US + OVER_AFTER_US + late) for late in (0, 1))

    assert (before, after) == ([], [(5, SECOND_US, ["a"])])
    assert overflow.over(10**12) == []
    assert overflow.dropped(["a"], 10**9, 10**9) == [(10**9, None, ["a"])]


def plc_device(url: str, queue: int) -> OpcUaDevice:
    keys = {"id": "plc", "edge": "edge-1", "protocol": "opcua", "url": url, "poll": "600ms", "sampling": "50ms"}
    return OpcUaDevice.model_validate(keys | {"queue": queue, "heartbeat": "2s"})


def tags(count: int) -> list[Tag]:
    keys = {"type": "float64", "role": "total_count"}
    read = [Tag.model_validate({"name": f"c{i}", "node": f"nsu={URI};s=c{i}"} | keys) for i in range(count)]
    speed = Tag.model_validate({"name": "speed", "node": f"nsu={URI};s=c{count - 1}", "type": "float64"})
    return [*read, speed, Tag.model_validate({"name": "state", "role": "state", "when": RULES, "else": "idle"})]


@pytest.mark.parametrize(("queue", "drops"), [(2, True), (50, False)])
async def test_between_values_of_which_some_were_dropped_nothing_is_known(
    queue: int, drops: bool, open62541_program: Path, free_port: Callable[[], int]
) -> None:
    plc = await PeerPlc(open62541_program, free_port(), {}).start()
    await plc.order("count 3 10")
    async with Reader(plc_device(plc.url, queue), tags(3)) as reader:
        await until("values", lambda: all(len(set(reader.changes(f"c{i}"))) > 15 for i in range(3)))
    await plc.stop()

    gaps = [gap for batch in reader.batches for gap in batch.gaps if gap.cause is Cause.VALUES_DROPPED]
    for name in ("c0", "c1", "c2"):
        read = reader.of(name)
        known = [sample for sample in read if sample.quality is Quality.GOOD]
        unknown = [sample.source_us for sample in read if sample.quality is Quality.BAD]
        jumps = [
            (a, b) for a, b in pairwise(known) if a.value is not None and b.value is not None and b.value > a.value + 1
        ]
        silent = [(a.value, b.value) for a, b in jumps if not any(a.source_us < at < b.source_us for at in unknown)]
        assert silent == []
        assert bool(jumps) is drops
    assert bool(gaps) is drops
    series = {f"press-1/{name}" for name in ("c0", "c1", "c2", "speed")}
    assert {name for gap in gaps for name in gap.series} == (series if drops else set())
    # A process value is true at its time, whatever came before it.
    assert {sample.quality for sample in reader.of("speed")[1:]} == {Quality.GOOD}
    assert (Quality.BAD in {sample.quality for sample in reader.of("state")[1:]}) is drops


async def test_what_comes_in_several_publishes_is_reported_together_and_whole(
    open62541_program: Path, free_port: Callable[[], int]
) -> None:
    count = 2_500
    plc = await PeerPlc(open62541_program, free_port(), {}).start()
    await plc.order(f"count {count} 1")
    read = [Tag.model_validate({"name": f"c{i}", "node": f"nsu={URI};s=c{i}", "type": "float64"}) for i in range(count)]
    async with Reader(plc_device(plc.url, 20), read) as reader:
        await until("some rounds of all", lambda: len(reader.batches) >= 6 and len(reader.of("c0")) >= 5)
    await plc.stop()

    for name in ("c0", f"c{count - 1}"):
        numbers = sorted({sample.value for sample in reader.of(name) if sample.value is not None})
        assert {b - a for a, b in pairwise(numbers)} == {1.0}
    # open62541 publishes a thousand values at once.
    assert max(len(batch.series) for batch in reader.batches[1:]) == count
