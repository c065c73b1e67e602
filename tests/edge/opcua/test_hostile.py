"""OPC UA servers that misbehave: each is told, and read again by itself when it has come to its senses."""

import random
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
import structlog
from asyncua import ua

from contract.sample import FUTURE_US, Quality
from tests.edge.opcua import wire as opcua_wire
from tests.edge.opcua.plc import Plc, Reader, device, now_us, tag
from tests.edge.opcua.wire import Answer, Mood, Wire
from tests.support.eventually import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
FreePort = Callable[[], int]
TAGS = [tag(f"V{number}") for number in range(12)]
CODES = ua.StatusCodes
MOODS: dict[str, Mood] = {
    "silent": opcua_wire.silent,
    "slower than the time-out": opcua_wire.slow(1.5),
    "half": opcua_wire.half,
    "cut": opcua_wire.cut,
    "garbage": opcua_wire.garbage,
    "babble": opcua_wire.babble,
    "huge": opcua_wire.huge,
    "refuses reads": opcua_wire.refuses(int(CODES.BadTooManyOperations), ua.ReadRequest),
    "shuts down": opcua_wire.refuses(int(CODES.BadShutdown), ua.ReadRequest, ua.PublishRequest),
    "forgot the session": opcua_wire.refuses(int(CODES.BadSessionIdInvalid), ua.ReadRequest, ua.PublishRequest),
}
OF_POLLS = {"too few": opcua_wire.too_few}
OF_SUBSCRIPTIONS = {
    "no publish": opcua_wire.no_publish,
    "forgot the subscription": opcua_wire.refuses(int(CODES.BadNoSubscription), ua.PublishRequest),
}
CASES = [(mood, "subscribe") for mood in (MOODS | OF_SUBSCRIPTIONS).items()]
CASES += [(mood, "poll") for mood in (MOODS | OF_POLLS).items()]
ANSWERS = [
    ua.CreateSessionResponse,
    ua.ActivateSessionResponse,
    ua.ReadResponse,
    ua.CreateSubscriptionResponse,
    ua.CreateMonitoredItemsResponse,
    ua.PublishResponse,
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plc(free_port: FreePort) -> AsyncIterator[Plc]:
    made = await Plc(free_port(), {t.name.upper(): 1.0 for t in TAGS}).start()
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def wire(plc: Plc, free_port: FreePort) -> AsyncIterator[Wire]:
    for name, value in plc.values.items():
        await plc.put(name, value)
    made = Wire(free_port(), plc.port)
    await made.mend()
    yield made
    await made.cut()


@pytest.mark.parametrize(("mood", "read"), CASES, ids=[f"{name}, {read}" for (name, _), read in CASES])
async def test_a_server_in_any_mood_is_lost_and_read_again_when_it_has_passed(
    plc: Plc, wire: Wire, mood: tuple[str, Mood], read: str
) -> None:
    random.seed(mood[0])
    with structlog.testing.capture_logs() as said:
        async with Reader(device(wire.url, read=read, heartbeat="500ms", timeout="1s"), TAGS) as reader:
            await until("the first value", lambda: reader.changes("v0")[-1:] == [1.0])
            wire.mood = mood[1]
            await until("BAD", lambda: reader.of("v0")[-1].quality is Quality.BAD)
            wire.mood = opcua_wire.honest
            await plc.put("V0", 2.0)
            await until("the value after it", lambda: reader.of("v0")[-1].value == 2.0)

    events = [line["event"] for line in said]
    # A message that is a lie in itself may cost one tag; all others cost the connection.
    assert "plc_lost" in events or (mood[0] == "babble" and "bad_value" in events)
    assert events.count("plc_back") == events.count("plc_lost")


async def test_a_message_of_two_gigabytes_is_refused_before_it_comes(wire: Wire) -> None:
    with structlog.testing.capture_logs() as said:
        async with Reader(device(wire.url), TAGS) as reader:
            await until("the first value", lambda: reader.changes("v0")[-1:] == [1.0])
            wire.mood = opcua_wire.huge
            await until("the loss", lambda: any(line["event"] == "plc_lost" for line in said))

    [told] = [line for line in said if line["event"] == "plc_lost"]
    assert told["reason"] == "the server announces a chunk of 2147483647 bytes"
    assert reader.source.source.trouble is not None


def babbles(kind: type, keeps: int) -> Mood:
    """All answers of a kind are random from a byte of theirs on."""

    async def mood(answer: Answer, to: Any) -> None:
        message, begin = answer.message, opcua_wire.HEAD + keeps
        if isinstance(answer.said, kind):
            message = message[:begin] + random.randbytes(max(0, len(message) - begin))
        to.write(message)

    return mood


@pytest.mark.parametrize("kind", ANSWERS, ids=[kind.__name__ for kind in ANSWERS])
async def test_no_answer_however_garbled_ends_the_agent(wire: Wire, kind: type) -> None:
    for seed in range(30):
        random.seed(seed)
        wire.mood = babbles(kind, random.choice([4, 24, 28]))
        async with Reader(device(wire.url, timeout="300ms", poll="50ms"), TAGS) as reader:
            await until("an answer", lambda reader=reader: reader.batches)
    wire.mood = opcua_wire.honest
    async with Reader(device(wire.url), TAGS) as reader:
        await until("the value", lambda: reader.changes("v0")[-1:] == [1.0])


async def test_a_server_that_takes_less_at_once_than_it_says_is_asked_in_smaller_portions(wire: Wire) -> None:
    wire.mood = opcua_wire.at_most(5)
    with structlog.testing.capture_logs() as said:
        async with (
            Reader(device(wire.url, read="poll", timeout="10s"), TAGS) as polled,
            Reader(device(wire.url, read="subscribe", timeout="10s"), TAGS) as told,
        ):
            for reader in (polled, told):
                await until("all", lambda reader=reader: reader.source.begun)

    for reader in (polled, told):
        assert {(t.name, Quality.GOOD) for t in TAGS} == {(s.tag, s.quality) for s in reader.samples}
    assert "plc_lost" not in [line["event"] for line in said]


@pytest.mark.parametrize("read", ["subscribe", "poll"])
async def test_a_value_that_breaks_the_parser_is_bad_alone(plc: Plc, wire: Wire, read: str) -> None:
    wire.mood = opcua_wire.unreadable("V3")
    with structlog.testing.capture_logs() as said:
        async with Reader(device(wire.url, read=read, timeout="10s"), TAGS) as reader:
            await until("the first values", lambda: len({sample.tag for sample in reader.samples}) == len(TAGS))
            for number in range(2, 8):
                await plc.put("V0", float(number))
                await plc.put("V3", float(number))
                await until("each change", lambda number=number: reader.of("v0")[-1].value == number)

    assert reader.changes("v0") == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert {(None, Quality.BAD)} == {(sample.value, sample.quality) for sample in reader.of("v3")}
    assert "plc_lost" not in [line["event"] for line in said]


@pytest.mark.parametrize("read", ["subscribe", "poll"])
@pytest.mark.parametrize("ahead", [timedelta(days=9_000), timedelta(hours=1)], ids=str)
async def test_a_clock_that_was_ahead_for_a_moment_harms_nothing_that_comes_after_it(
    plc: Plc, wire: Wire, read: str, ahead: timedelta
) -> None:
    with structlog.testing.capture_logs() as said:
        async with Reader(device(wire.url, read=read, heartbeat="500ms"), TAGS[:2]) as reader:
            await until("the first value", lambda: reader.changes("v0")[-1:] == [1.0])
            wire.mood = opcua_wire.clock(ahead)
            await plc.put("V0", 2.0)
            await until("a value of the future", lambda: reader.of("v0")[-1].source_us > now_us() + FUTURE_US)
            wire.mood = opcua_wire.honest
            await plc.put("V0", 3.0)
            await until("the value after it", lambda: reader.of("v0")[-1].value == 3.0)
            count = len(reader.of("v1"))
            await until("three heartbeats of a value that did not change", lambda: len(reader.of("v1")) > count + 3)

    assert abs(reader.of("v0")[-1].source_us - now_us()) < FUTURE_US
    assert abs(reader.of("v1")[-1].source_us - now_us()) < FUTURE_US
    [told] = [line for line in said if line["event"] == "server_clock_wrong"]
    assert abs(told["ahead_s"] - ahead.total_seconds()) < 10


@pytest.mark.parametrize("read", ["subscribe", "poll"])
async def test_a_time_stamp_of_the_year_2400_counts_as_none(plc: Plc, wire: Wire, read: str) -> None:
    wire.mood = opcua_wire.clock(timedelta(days=150_000))
    async with Reader(device(wire.url, read=read), TAGS[:2]) as reader:
        await until("the first value", lambda: reader.changes("v0")[-1:] == [1.0])
        await plc.put("V0", 2.0)
        await until("the change", lambda: reader.changes("v0")[-2:] == [1.0, 2.0])

    assert all(abs(sample.source_us - now_us()) < 60_000_000 for sample in reader.samples)


async def test_a_clock_that_is_behind_is_told(wire: Wire) -> None:
    wire.mood = opcua_wire.clock(-timedelta(hours=1))
    with structlog.testing.capture_logs() as said:
        async with Reader(device(wire.url), TAGS):
            await until("the word", lambda: any(line["event"] == "server_clock_wrong" for line in said))


async def test_after_a_restart_without_some_nodes_the_others_are_read_and_the_missing_are_found_later(
    free_port: FreePort,
) -> None:
    port = free_port()
    first = await Plc(port, {"V0": 1.0, "V1": 1.0}).start()
    async with Reader(device(first.url), TAGS[:2]) as reader:
        await until("the first values", lambda: {"v0", "v1"} == {sample.tag for sample in reader.samples})
        await first.stop()
        await until("BAD", lambda: reader.of("v0")[-1].quality is Quality.BAD)
        second = await Plc(port, {"V0": 2.0}, before=["urn:new:library"]).start()
        await until("the one that is there", lambda: reader.changes("v0")[-3:] == [1.0, None, 2.0])
        assert reader.of("v1")[-1].quality is Quality.BAD
        await second.add("V1", 3.0)
        reader.source.retry_at = 0.0
        await until("the one that came later", lambda: reader.changes("v1")[-3:] == [1.0, None, 3.0])
        await second.stop()


async def test_a_subscription_that_dies_in_silence_is_noticed_and_built_anew(plc: Plc) -> None:
    # Another test may have left another value.
    await plc.put("V0", 1.0)
    async with Reader(device(plc.url, timeout="500ms"), TAGS) as reader:
        # A busy machine may need a second try for the first value.
        await until("the first value", lambda: reader.changes("v0")[-1:] == [1.0])
        plc.fall_silent()
        await plc.put("V0", 2.0)
        await until("BAD", lambda: reader.of("v0")[-1].quality is Quality.BAD)
        await until("the value of a new subscription", lambda: reader.changes("v0")[-3:] == [1.0, None, 2.0])
        await plc.put("V0", 3.0)
        await until("a change", lambda: reader.changes("v0")[-1:] == [3.0])
