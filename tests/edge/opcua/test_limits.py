"""A server that has no room for a subscription is read; whole numbers that cannot be kept exactly are not GOOD."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
import structlog
from asyncua import ua

from contract.sample import Quality
from tests.edge.opcua import wire as opcua_wire
from tests.edge.opcua.plc import Plc, Reader, device, tag
from tests.edge.opcua.wire import Answer, Mood, Wire
from tests.support.eventually import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
CODES = ua.StatusCodes
TAGS = [tag(f"V{number}") for number in range(8)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plc(free_port: Callable[[], int]) -> AsyncIterator[Plc]:
    made = await Plc(
        free_port(), {"Big": ua.Variant(0, ua.VariantType.Int64)} | {f"V{n}": 1.0 for n in range(8)}
    ).start()
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def wire(plc: Plc, free_port: Callable[[], int]) -> AsyncIterator[Wire]:
    for tag_ in TAGS:
        await plc.put(tag_.name.upper(), 1.0)
    made = Wire(free_port(), plc.port)
    await made.mend()
    yield made
    await made.cut()


def items_at_most(most: int) -> Mood:
    """So many monitored items, and each further one is refused by itself."""
    given = 0

    async def mood(answer: Answer, to: object) -> None:
        nonlocal given
        said, message = answer.said, answer.message
        if isinstance(said, ua.CreateMonitoredItemsResponse):
            for result in said.Results:
                given += 1
                if given > most:
                    result.StatusCode = ua.StatusCode(ua.UInt32(int(CODES.BadTooManyMonitoredItems)))
            message = answer.saying(said)
        to.write(message)  # type: ignore[attr-defined]  # a stream

    return mood


def shown(reader: Reader) -> dict[str, float | None]:
    return {sample.tag: sample.value for sample in reader.samples}


NO_ROOM = {
    "no subscription": opcua_wire.refuses(int(CODES.BadTooManySubscriptions), ua.CreateSubscriptionRequest),
    "no such service": opcua_wire.refuses(int(CODES.BadServiceUnsupported), ua.CreateSubscriptionRequest),
    "no items": opcua_wire.refuses(int(CODES.BadTooManyMonitoredItems), ua.CreateMonitoredItemsRequest),
    "three items": items_at_most(3),
}


@pytest.mark.parametrize("mood", NO_ROOM.values(), ids=NO_ROOM)
async def test_what_a_server_cannot_watch_is_read_each_poll_and_told_once(plc: Plc, wire: Wire, mood: Mood) -> None:
    wire.mood, names = mood, [tag_.name for tag_ in TAGS]
    with structlog.testing.capture_logs() as said:
        async with Reader(device(wire.url), TAGS) as reader:
            for number in (2.0, 3.0):
                for tag_ in TAGS:
                    await plc.put(tag_.name.upper(), number)
                await until("all changes", lambda number=number: shown(reader) == dict.fromkeys(names, number))
            count = len(reader.of("v7"))
            await until("two heartbeats", lambda: len(reader.of("v7")) >= count + 2)

    assert {Quality.GOOD} == {sample.quality for sample in reader.samples}
    assert all(abs(s.source_us - s.edge_us) < 3_000_000 for s in reader.of("v7"))
    [told] = [line for line in said if line["log_level"] == "warning"]
    assert told["event"] == "no_subscription"
    assert "'read: poll'" in told["cure"]
    assert told["polled"] + told["watched"] == len(TAGS)


@pytest.mark.parametrize("read", ["subscribe", "poll"])
async def test_a_whole_number_that_cannot_be_kept_exactly_is_uncertain(plc: Plc, read: str) -> None:
    async with Reader(device(plc.url, read=read), [tag("Big", type="int64")]) as reader:
        for value in (2**53 - 1, 2**53 + 1, -(2**53) - 1, 42):
            await plc.put("Big", ua.Variant(value, ua.VariantType.Int64))
            await until("it", lambda value=value: reader.of("big")[-1:] and reader.of("big")[-1].value == float(value))

    found = {sample.value: sample.quality for sample in reader.of("big")}
    assert found[float(2**53 - 1)] is Quality.GOOD
    assert found[float(2**53)] is Quality.UNCERTAIN
    assert found[-float(2**53)] is Quality.UNCERTAIN
    assert found[42.0] is Quality.GOOD
