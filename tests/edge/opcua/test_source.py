"""Subscriptions and polls against real OPC UA servers, asyncua and open62541: each change, its time, its quality."""

from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest
import pytest_asyncio
import structlog

from contract.gap import Cause
from contract.sample import Quality
from edge.texts import MOST_TEXTS
from tests.edge.opcua.peer import PeerPlc
from tests.edge.opcua.plc import URI, Plc, Reader, device, now_us, tag
from tests.support.eventually import until

FreePort = Callable[[], int]
Values = dict[str, float | str | list[float]]
VALUES: Values = {"Speed": 1.0, "Total": 0.0, "Batch": "B-1", "Axes": [1.0, 2.0, 3.0]}
Make = Callable[..., Plc | PeerPlc]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module", params=["asyncua", "open62541"])
def make(request: pytest.FixtureRequest, free_port: FreePort) -> Make:
    """A server of one kind or the other, not yet started: its values, port, and namespaces that come before its own."""
    program = request.getfixturevalue("open62541_program") if request.param == "open62541" else None

    def made(values: Values, port: int, before: tuple[str, ...] = ()) -> Plc | PeerPlc:
        return Plc(port, values, before) if program is None else PeerPlc(program, port, values, before)

    return made


# A server takes seconds to start: the tests share one, and put its values back.
@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(make: Make, free_port: FreePort) -> AsyncIterator[Plc | PeerPlc]:
    started = await make(VALUES, free_port()).start()
    yield started
    await started.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def plc(server: Plc | PeerPlc) -> Plc | PeerPlc:
    for name, value in VALUES.items():
        await server.put(name, value)
    return server


@pytest.mark.parametrize("read", ["subscribe", "poll"])
async def test_a_change_has_the_time_that_its_source_gives_it(plc: Plc | PeerPlc, read: str) -> None:
    async with Reader(device(plc.url, read=read), [tag("Speed")]) as reader:
        await until("the first value", lambda: reader.changes("speed")[-1:] == [1.0])
        at = now_us()
        await plc.put("Speed", 2.5, at)
        await until("the change", lambda: reader.changes("speed")[-2:] == [1.0, 2.5])

    changed = next(sample for sample in reader.of("speed") if sample.value == 2.5)
    assert changed.source_us == at
    assert changed.edge_us > at


async def test_a_subscription_loses_no_value_between_two_publishes(plc: Plc | PeerPlc) -> None:
    async with Reader(device(plc.url, poll="500ms", sampling="10ms", queue=50), [tag("Total"), tag("Speed")]) as reader:
        await until("the subscription", lambda: reader.source.begun)
        for number in range(1, 41):
            await plc.put("Total", float(number))
        await until("the last value", lambda: reader.of("total")[-1].value == 40.0)

    assert reader.changes("total") == [float(number) for number in range(41)]
    times = [sample.source_us for sample in reader.of("total")]
    assert times == sorted(set(times))


async def test_an_unchanged_value_is_confirmed_as_long_as_the_server_publishes(plc: Plc | PeerPlc) -> None:
    async with Reader(device(plc.url), [tag("Speed")]) as reader:
        await until("three heartbeats", lambda: len(reader.of("speed")) >= 4)

    samples = reader.of("speed")
    assert {(1.0, Quality.GOOD)} == {(sample.value, sample.quality) for sample in samples}
    assert all(0.5e6 < b.source_us - a.source_us < 3e6 for a, b in pairwise(samples[1:]))


@pytest.mark.parametrize(
    ("status", "quality"),
    [
        (0x00960000, Quality.GOOD),  # GoodLocalOverride
        (0x00000480, Quality.GOOD),  # Good, and the queue overflowed
        (0x40930000, Quality.UNCERTAIN),  # UncertainSensorNotAccurate
        (0x40940000, Quality.UNCERTAIN),  # UncertainEngineeringUnitsExceeded
        (0x40900000, Quality.BAD),  # UncertainLastUsableValue
        (0x408F0000, Quality.BAD),  # UncertainNoCommunicationLastUsableValue
        (0x42090000, Quality.BAD),  # UncertainSimulatedValue
        (0x808B0000, Quality.BAD),  # BadDeviceFailure
    ],
)
@pytest.mark.parametrize("read", ["subscribe", "poll"])
async def test_the_severity_of_a_status_code_is_the_quality(
    plc: Plc | PeerPlc, status: int, quality: Quality, read: str
) -> None:
    async with Reader(device(plc.url, read=read), [tag("Speed")]) as reader:
        await until("the first value", lambda: reader.changes("speed")[-1:] == [1.0])
        await plc.put("Speed", 7.0, status=status)
        await until("the change", lambda: reader.of("speed")[-1].value != 1.0)

    last = reader.of("speed")[-1]
    assert (last.value, last.quality) == (None if quality is Quality.BAD else 7.0, quality)


@pytest.mark.parametrize("read", ["subscribe", "poll"])
async def test_one_bad_node_leaves_the_others_alone(plc: Plc | PeerPlc, read: str) -> None:
    tags = [
        tag("Missing"),
        tag("Elsewhere", node="nsu=urn:nobody;s=Speed"),
        tag("Word", node=f"nsu={URI};s=Batch"),
        tag("Speed"),
    ]
    async with Reader(device(plc.url, read=read), tags) as reader:
        await until("all tags", lambda: len({sample.tag for sample in reader.samples}) == 4)
        await plc.put("Speed", 2.0)
        await until("the change", lambda: reader.changes("speed")[-2:] == [1.0, 2.0])

    for name in ("missing", "elsewhere", "word"):
        assert {(None, Quality.BAD)} == {(sample.value, sample.quality) for sample in reader.of(name)}
        assert all(abs(sample.source_us - sample.edge_us) < 5_000_000 for sample in reader.of(name))
    assert reader.source.source.trouble is None


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("Speed", float("nan"), "NaN"),
        ("Speed", float("inf"), "infinite"),
        ("Batch", "B-2", "a text"),
        ("Axes", [1.0, 2.0, 3.0], "an array"),
    ],
)
async def test_the_log_says_what_a_value_is_that_is_no_number(
    plc: Plc | PeerPlc, name: str, value: float | str | list[float], found: str
) -> None:
    with structlog.testing.capture_logs() as said:
        await _read_as_number(plc, name, value)

    assert [line["status"] for line in said if line["event"] == "bad_value"] == [f"{found}, not a float64"]


async def _read_as_number(plc: Plc | PeerPlc, name: str, value: float | str | list[float]) -> None:
    async with Reader(device(plc.url), [tag("Odd", node=f"nsu={URI};s={name}", type="float64")]) as reader:
        await plc.put(name, value)
        await until("BAD", lambda: [one.quality for one in reader.of("odd")[-1:]] == [Quality.BAD])


async def test_a_node_that_comes_later_is_found(plc: Plc | PeerPlc) -> None:
    async with Reader(device(plc.url), [tag("Late"), tag("Speed")]) as reader:
        await until("the others", lambda: reader.changes("speed")[-1:] == [1.0])
        await plc.add("Late", 5.0)
        reader.source.retry_at = 0.0
        await until("the late one", lambda: reader.changes("late")[-2:] == [None, 5.0])


async def test_members_of_arrays_and_texts_are_channels_of_their_own(plc: Plc | PeerPlc) -> None:
    tags = [
        tag("X", node=f"nsu={URI};s=Axes", path="[0]"),
        tag("Z", node=f"nsu={URI};s=Axes", path="[2]"),
        tag("W", node=f"nsu={URI};s=Axes", path="[3]"),
        tag("Batch", type="string"),
    ]
    async with Reader(device(plc.url), tags) as reader:
        await until("the first values", lambda: len({sample.tag for sample in reader.samples}) == 4)
        await plc.put("Axes", [10.0, 2.0, 30.0])
        await plc.put("Batch", "B-2")
        await until("the changes", lambda: reader.changes("z")[-2:] == [3.0, 30.0] and reader.changes("batch")[1:])

    assert reader.changes("x") == [1.0, 10.0]
    assert reader.changes("w") == [None]
    assert reader.changes("batch") == ["B-1", "B-2"]
    assert len(reader.source.feed.items if reader.source.feed else reader.source.places) == 2


async def test_a_text_that_does_not_change_is_confirmed_however_many_others_have_come(plc: Plc | PeerPlc) -> None:
    async with Reader(device(plc.url), [tag("Batch", type="string"), tag("Speed")]) as reader:
        await until("two heartbeats", lambda: len(reader.of("batch")) >= 3)
        for number in range(MOST_TEXTS):
            reader.source.source.texts.number(f"12:{number}")
        count = len(reader.of("batch"))
        await until("three heartbeats", lambda: len(reader.of("batch")) >= count + 3)

    assert reader.changes("batch") == ["B-1"]


async def test_after_a_restart_with_other_numbers_the_subscription_is_built_anew(
    make: Make, free_port: FreePort
) -> None:
    port = free_port()
    first = await make({"Speed": 1.0}, port).start()
    async with Reader(device(first.url), [tag("Speed")]) as reader:
        await until("the first value", lambda: reader.changes("speed")[-1:] == [1.0])
        old = reader.source.link
        await first.stop()
        await until("BAD", lambda: reader.of("speed")[-1].quality is Quality.BAD)
        second = await make({"Speed": 2.0}, port, ("urn:new:library", "urn:other")).start()
        await until("the new value", lambda: reader.changes("speed")[-3:] == [1.0, None, 2.0])
        await second.put("Speed", 3.0)
        await until("a change", lambda: reader.changes("speed")[-4:] == [1.0, None, 2.0, 3.0])
        assert reader.source.link is not old
        gaps = [gap for batch in reader.batches for gap in batch.gaps]
        await second.stop()

    assert [(gap.cause, gap.to_us is None) for gap in gaps] == [(Cause.DEVICE_AWAY, True), (Cause.DEVICE_AWAY, False)]
    assert gaps[0].from_us == gaps[1].from_us


# "[Errno 111] Connect call failed ('127.0.0.1', 4840)" says nothing to an electrician.
async def test_a_server_that_is_not_there_is_named(free_port: FreePort) -> None:
    nobody = device(f"opc.tcp://127.0.0.1:{free_port()}")
    unknown = nobody.model_copy(update={"url": "opc.tcp://plc.invalid:4840"})
    async with Reader(nobody, [tag("Speed")]) as one, Reader(unknown, [tag("Speed")]) as other:
        await until("both are lost", lambda: None not in (one.source.source.trouble, other.source.source.trouble))

        assert one.source.source.trouble == f"no connection to {nobody.url}"
        assert (
            other.source.source.trouble == "no connection to opc.tcp://plc.invalid:4840, a name that is not known here"
        )
