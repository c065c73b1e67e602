"""What the agent makes of one Modbus device: which addresses cannot be read, and what is told of them."""

import asyncio
import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import structlog

from config.device import Tag
from contract.gap import Cause
from contract.sample import TEXT, Quality
from edge.buffer.batch import Batch, Unread
from edge.modbus.line import Line
from edge.modbus.source import modbus_sources
from edge.report import Reports
from tests.edge.modbus import hostile
from tests.edge.modbus.hostile import Plc
from tests.edge.modbus.peers import channels_of, device, newest, polled, pymodbus_tcp, sim_device, source_of, words

GOOD, BAD = int(Quality.GOOD), int(Quality.BAD)


@pytest.fixture
def port(free_port: Callable[[], int]) -> int:
    return free_port()


def qualities(sent: list[Batch]) -> dict[str, int]:
    return {name: quality for name, (_, quality) in newest(sent).items()}


def gaps(sent: list[Batch], cause: Cause = Cause.ADDRESS_UNREADABLE) -> list[Unread]:
    return [gap for batch in sent for gap in batch.gaps if gap.cause is cause]


def said(capsys: pytest.CaptureFixture[str], event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


async def test_one_unreadable_register_leaves_all_others_alive_on_a_real_server(port: int) -> None:
    source, sent = source_of(device(port=port), words(*range(60), 61))
    async with pymodbus_tcp(port, sim_device(1, {"holding": range(60)})):
        await polled(source, 2)

    found = newest(sent)
    assert {name for name, (_, quality) in found.items() if quality == BAD} == {"t60"}
    assert [found[f"t{i}"][0] for i in range(60)] == list(range(60))
    source.close()


@pytest.mark.parametrize("bad", [{0}, {59}, {17}, {17, 18}, {3, 31, 58}, set(range(60))])
async def test_exactly_the_unreadable_addresses_are_found_and_the_rest_is_read_in_few_requests(
    port: int, bad: set[int]
) -> None:
    source, sent = source_of(device(port=port), words(*range(60)))
    async with Plc(port, hostile.cannot_read(*bad)) as plc:
        await source.poll()
        bisecting = len(plc.asked)
        await source.poll()

    assert {f"t{i}": BAD if i in bad else GOOD for i in range(60)} == qualities(sent)
    assert bisecting <= 1 + 2 * len(bad) * 6
    assert len(plc.asked) - bisecting <= len(bad) + 1
    source.close()


async def test_what_is_unreadable_is_told_as_a_gap_with_a_bad_sample_at_its_begin(port: int) -> None:
    source, sent = source_of(device(port=port), words(*range(10)))
    async with Plc(port) as plc:
        await source.poll()
        plc.mood = hostile.cannot_read(3, 4)
        before = source.source.last_read_us
        await polled(source, 3)

    [gap] = gaps(sent)
    assert (gap.device, gap.from_us, gap.to_us, list(gap.series)) == ("plc", before, None, ["press-1/t3", "press-1/t4"])
    bad = [at for batch in sent for at, quality in zip(batch.source_us, batch.quality, strict=True) if quality == BAD]
    assert bad == [before + 1, before + 1]
    source.close()


async def test_what_can_be_read_again_heals_and_its_gap_ends(port: int) -> None:
    source, sent = source_of(device(port=port), words(*range(10)))
    async with Plc(port, hostile.cannot_read(3, 4)) as plc:
        await source.poll()
        plc.mood = hostile.cannot_read(4)
        source.quarantine.try_all_soon(0.0)
        await source.poll()
        plc.mood = hostile.honest
        source.quarantine.try_all_soon(0.0)
        await polled(source, 2)
        asked = len(plc.asked)
        await source.poll()

    assert set(qualities(sent).values()) == {GOOD}
    assert len(plc.asked) == asked + 1
    first, still, three, four = gaps(sent)
    assert [first.to_us, still.to_us] == [None, None]
    assert (list(still.series), still.from_us) == (["press-1/t4"], first.from_us)
    assert list(three.series) == ["press-1/t3"]
    assert three.from_us > first.from_us
    assert three.to_us is not None
    assert (list(four.series), four.from_us) == (["press-1/t4"], first.from_us)
    assert four.to_us is not None
    source.close()


async def test_a_device_that_was_away_gets_all_its_addresses_tried_again(port: int) -> None:
    source, sent = source_of(device(port=port, retries=0), words(*range(4)))
    async with Plc(port, hostile.cannot_read(2)) as plc:
        await source.poll()
        plc.mood = hostile.silent
        await source.poll()
        plc.mood = hostile.honest
        await polled(source, 3)

    assert set(qualities(sent).values()) == {GOOD}
    source.close()


async def test_an_unreadable_address_that_nobody_asked_for_is_not_read_again(port: int) -> None:
    source, sent = source_of(device(port=port), words(0, 1, 2, 5, 6, 7))
    async with Plc(port, hostile.cannot_read(4)) as plc:
        await polled(source, 2)
        plc.asked.clear()
        await source.poll()

    assert set(qualities(sent).values()) == {GOOD}
    assert [(a.first, a.count) for a in plc.asked] == [(0, 3), (5, 3)]
    assert gaps(sent) == []
    source.close()


async def test_a_device_that_answers_less_than_modbus_allows_is_asked_for_less(port: int) -> None:
    source, sent = source_of(device(port=port), words(*range(100)))

    async def small(asked: hostile.Asked, to: asyncio.StreamWriter) -> None:
        await (hostile.refuses(3) if asked.count > 30 else hostile.honest)(asked, to)

    async with Plc(port, small) as plc:
        await polled(source, 2)
        plc.asked.clear()
        await source.poll()

    assert set(qualities(sent).values()) == {GOOD}
    assert len(plc.asked) == 4
    source.close()


async def test_limits_of_the_plant_file_hold(port: int) -> None:
    coils = [Tag.model_validate({"name": "t", "register": i, "type": "bool", "table": "coil"}) for i in range(40)]
    source, sent = source_of(
        device(port=port, max_registers=16, max_bits=24, max_gap=0), [*words(*range(40), 50), *coils]
    )
    async with Plc(port) as plc:
        await source.poll()

    assert sorted((a.function, a.first, a.count) for a in plc.asked) == [
        *((1, 0, 24), (1, 24, 16)),
        *((3, 0, 16), (3, 16, 16), (3, 32, 8), (3, 50, 1)),
    ]
    found = newest(sent)
    assert [found[f"t{41 + i}"][0] for i in range(40)] == [i % 2 for i in range(40)]
    source.close()


async def test_pause_and_rate_keep_requests_apart(port: int) -> None:
    for keys, least in (({"pause": "40ms"}, 0.04), ({"requests_per_second": 25}, 0.04)):
        source, _ = source_of(device(port=port, max_registers=1, **keys), words(*range(5)))
        async with Plc(port) as plc:
            await polled(source, 2)

        assert len(plc.asked) == 10
        apart = [b.at - a.at for a, b in pairwise(plc.asked)]
        assert sum(apart) > len(apart) * least * 0.95
        assert min(apart) > least / 2
        source.close()


async def test_requests_in_flight_are_answered_side_by_side(port: int) -> None:
    busiest = now = 0

    async def mood(asked: hostile.Asked, to: asyncio.StreamWriter) -> None:
        nonlocal busiest, now
        now += 1
        busiest = max(busiest, now)
        await asyncio.sleep(0.05)
        now -= 1
        await hostile.honest(asked, to)

    for in_flight in (1, 3):
        busiest = 0
        source, sent = source_of(device(port=port, max_registers=1, in_flight=in_flight), words(*range(6)))
        async with Plc(port, mood) as plc:
            await source.poll()

        assert busiest == plc.connections == in_flight
        assert [newest(sent)[f"t{i}"][0] for i in range(6)] == list(range(6))
        source.close()


@pytest.mark.parametrize("code", [5, 6])
async def test_a_busy_device_is_asked_again_and_its_addresses_are_not_suspected(port: int, code: int) -> None:
    source, sent = source_of(device(port=port), words(*range(6)))
    async with Plc(port, hostile.in_turn(hostile.refuses(code), hostile.honest)) as plc:
        await source.poll()
        once = set(qualities(sent).values())
        plc.mood = hostile.refuses(code)
        await source.poll()
        busy, asked = set(qualities(sent).values()), [(a.first, a.count) for a in plc.asked]
        plc.mood = hostile.honest
        await source.poll()

    assert ([once, busy], set(asked)) == ([{GOOD}, {BAD}], {(0, 6)})
    assert set(qualities(sent).values()) == {GOOD}
    assert gaps(sent) == []
    source.close()


@pytest.mark.parametrize("code", [10, 11])
async def test_a_gateway_without_an_answer_means_that_the_device_is_away(port: int, code: int) -> None:
    source, sent = source_of(device(port=port), words(*range(6)))
    async with Plc(port, hostile.refuses(code)) as plc:
        await source.poll()

    assert set(qualities(sent).values()) == {BAD}
    # Once for the smallest of them: it is not for its size that the request had no answer.
    assert {(a.first, a.count) for a in plc.asked} == {(0, 6), (0, 1)}
    assert len(gaps(sent, Cause.DEVICE_AWAY)) == 1
    assert f"exception {code}" in (source.source.trouble or "")
    source.close()


async def test_a_device_that_sends_too_few_registers_in_a_block_is_read_one_by_one(port: int) -> None:
    source, sent = source_of(device(port=port), words(*range(4)))

    async def short(asked: hostile.Asked, to: asyncio.StreamWriter) -> None:
        await (hostile.too_few if asked.count > 2 else hostile.honest)(asked, to)

    async with Plc(port, short):
        await source.poll()

    assert {name: value for name, (value, _) in newest(sent).items()} == {"t0": 0, "t1": 1, "t2": 2, "t3": 3}
    source.close()


async def test_a_float_in_a_block_that_cannot_be_read_is_never_torn(port: int) -> None:
    tags = [Tag.model_validate({"name": "t", "register": 2 * i, "type": "float32"}) for i in range(20)]
    source, sent = source_of(device(port=port), tags)
    async with Plc(port, hostile.cannot_read(13)) as plc:
        await polled(source, 2)

    assert {name for name, quality in qualities(sent).items() if quality == BAD} == {"t6"}
    assert {(a.first % 2, a.count % 2) for a in plc.asked} == {(0, 0)}
    source.close()


def test_tags_with_a_pace_of_their_own_are_read_apart(port: int) -> None:
    plc = device(port=port, poll="500ms")
    tags = words(0, 1) + words(2, poll="100ms") + words(3, poll="10s")

    sources = modbus_sources(plc, channels_of(tags), Line(plc), lambda batch: None)

    paces = [(s.device.poll.total_seconds(), [c.tag.name for c in s.channels]) for s in sources]
    assert paces == [(0.1, ["t2"]), (0.5, ["t0", "t1"]), (10.0, ["t3"])]
    assert len({id(s.unit) for s in sources}) == 1


@pytest.mark.parametrize(("encoding", "quality"), [("utf-8", Quality.UNCERTAIN), ("gb18030", Quality.GOOD)])
async def test_a_text_in_another_encoding_is_uncertain_and_told_once(
    port: int, capsys: pytest.CaptureFixture[str], encoding: str, quality: Quality
) -> None:
    bed = "机床".encode("gb18030")
    registers = [int.from_bytes(bed[:2]), int.from_bytes(bed[2:])]
    source, sent = source_of(device(port=port), words(0, type="string", length=len(bed), encoding=encoding))
    async with pymodbus_tcp(port, sim_device(1, {"holding": registers})):
        await polled(source, 3)

    text, found = newest(sent)["t0"]
    assert found == TEXT + quality
    assert (text == "机床") == (quality is Quality.GOOD)
    assert capsys.readouterr().out.count("garbled_text") == (quality is Quality.UNCERTAIN)
    source.close()


async def test_a_device_that_is_read_at_two_paces_is_lost_once_and_back_when_all_is_read_again(port: int) -> None:
    of = device(port=port)
    tags = [*words(0), *words(1, poll="5s")]
    fast, slow = modbus_sources(of, channels_of(tags), Line(of), Reports(lambda _: None, 0))
    told: list[list[str]] = []
    with structlog.testing.capture_logs() as said:

        def note() -> None:
            told.append([line["event"] for line in said if line["event"] in ("plc_lost", "plc_back")])

        for source in (fast, slow, fast):
            await source.poll()
        note()
        async with pymodbus_tcp(port, sim_device(1, {"holding": range(60)})):
            await polled(fast, 5, 0.3)
            note()
            await polled(slow, 2, 0.3)
            note()

    assert told == [["plc_lost"], ["plc_lost"], ["plc_lost", "plc_back"]]
    fast.close()
