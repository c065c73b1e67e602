"""All tags of a device in few requests, none of them torn."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.device import Tag
from edge.channel import Channel
from edge.modbus.read_plan import Limits, Request, halves, plan

BRIDGE = 16
MAX_BITS = 2000
REGISTERS = {"bool": 1, "int16": 1, "uint16": 1, "int32": 2, "float32": 2, "uint64": 4, "float64": 4}


def channel(register: int, kind: str = "uint16", table: str = "holding") -> Channel:
    tag = Tag.model_validate({"name": "t", "register": register, "type": kind, "table": table})
    return Channel("press-1", tag, timedelta(seconds=6))


def span(of: Channel) -> tuple[int, int]:
    """The first address of a channel and the one after its last."""
    first = of.tag.register_ or 0
    return first, first + REGISTERS[of.tag.type]


def used(request: Request, channels: Sequence[Channel]) -> set[int]:
    """The addresses of a request that somebody asked for."""
    return {address for i in request.places for address in range(*span(channels[i]))}


def longest_hole(addresses: set[int]) -> int:
    ordered = sorted(addresses)
    return max((after - before - 1 for before, after in pairwise(ordered)), default=0)


def fewest(channels: Sequence[Channel], most: int, bridge: int) -> int:
    """The least number of requests for channels of one table, by trying every way to cut them."""
    ordered = sorted(span(channel) for channel in channels)
    best = [0] + [len(ordered)] * len(ordered)
    for end in range(1, len(ordered) + 1):
        for start in range(end):
            part = ordered[start:end]
            addresses = {address for first, after in part for address in range(first, after)}
            fits = len(part) == 1 or max(addresses) + 1 - min(addresses) <= most
            if fits and longest_hole(addresses) <= bridge:
                best[end] = min(best[end], best[start] + 1)
    return best[-1]


@st.composite
def devices(draw: st.DrawFn) -> list[Channel]:
    """Channels in all four tables, crowded enough to be neighbours, to overlap and to leave holes of any size."""
    near = st.integers(0, draw(st.sampled_from([40, 300])))
    bits = st.builds(channel, near, st.just("bool"), st.sampled_from(["coil", "discrete"]))
    kinds = st.sampled_from([kind for kind in REGISTERS if kind != "bool"])
    words = st.builds(channel, near, kinds, st.sampled_from(["holding", "input"]))
    return draw(st.lists(bits | words, min_size=draw(st.sampled_from([0, 20])), max_size=40))


LIMITS = st.integers(4, 125)


@given(devices(), LIMITS, st.integers(0, 20))
def test_each_channel_is_served_once_whole_and_from_its_own_table(
    channels: list[Channel], most: int, bridge: int
) -> None:
    requests = plan(channels, range(len(channels)), Limits(most, gap=bridge))

    assert list(range(len(channels))) == sorted(i for request in requests for i in request.places)
    for request in requests:
        asked = set(range(request.first, request.first + request.count))
        assert {request.table} == {channels[i].tag.table for i in request.places}
        assert used(request, channels) <= asked
        assert {min(asked), max(asked)} <= used(request, channels)


@given(devices(), LIMITS, st.integers(0, 20))
def test_no_request_is_longer_than_the_device_allows_or_reads_a_long_hole(
    channels: list[Channel], most: int, bridge: int
) -> None:
    requests = plan(channels, range(len(channels)), Limits(most, gap=bridge))

    for request in requests:
        assert request.count <= (MAX_BITS if request.table in ("coil", "discrete") else most)
        assert longest_hole(used(request, channels)) <= bridge


@given(
    st.lists(st.builds(channel, st.integers(0, 80), st.sampled_from(["uint16", "int32", "float64"])), max_size=14),
    st.integers(4, 40),
    st.integers(0, 20),
)
def test_there_is_no_plan_with_fewer_requests(channels: list[Channel], most: int, bridge: int) -> None:
    requests = plan(channels, range(len(channels)), Limits(most, gap=bridge))

    assert fewest(channels, most, bridge) == len(requests)


EXAMPLES: dict[str, tuple[list[Channel], list[tuple[str, int, int]]]] = {
    "nothing": ([], []),
    "a press": ([channel(100), channel(102, "int32"), channel(104, "int32")], [("holding", 100, 6)]),
    "a bridged hole": ([channel(0), channel(1 + BRIDGE)], [("holding", 0, BRIDGE + 2)]),
    "a hole too long": ([channel(0), channel(2 + BRIDGE)], [("holding", 0, 1), ("holding", 2 + BRIDGE, 1)]),
    "exactly full": ([channel(i) for i in range(125)], [("holding", 0, 125)]),
    "one too many": ([channel(i) for i in range(126)], [("holding", 0, 125), ("holding", 125, 1)]),
    "a value across the limit": (
        [*(channel(i) for i in range(124)), channel(124, "float32")],
        [("holding", 0, 124), ("holding", 124, 2)],
    ),
    "all bits of a machine": ([channel(i, "bool", "coil") for i in range(0, 2000, 17)], [("coil", 0, 1990)]),
    "two tables": ([channel(7, table="input"), channel(7)], [("holding", 7, 1), ("input", 7, 1)]),
    "a word of a long value": ([channel(10, "uint64"), channel(11)], [("holding", 10, 4)]),
    "the last register": ([channel(65535)], [("holding", 65535, 1)]),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_known_devices_need_these_requests(name: str) -> None:
    channels, expected = EXAMPLES[name]

    requests = plan(channels, range(len(channels)), Limits())

    assert expected == [(request.table, request.first, request.count) for request in requests]


def test_channels_that_are_left_out_are_not_read() -> None:
    channels = [channel(0), channel(1), channel(2)]

    requests = plan(channels, [0, 2], Limits(gap=0))

    assert [Request("holding", 0, 1, (0,)), Request("holding", 2, 1, (2,))] == requests


def test_a_value_wider_than_the_limit_is_asked_for_alone_and_whole() -> None:
    channels = [channel(0), channel(1, "float64"), channel(5)]

    requests = plan(channels, range(3), Limits(2))

    assert [(request.first, request.count) for request in requests] == [(0, 1), (1, 4), (5, 1)]


def test_bits_have_a_limit_of_their_own() -> None:
    channels = [channel(i, "bool", "coil") for i in range(20)] + [channel(i) for i in range(20)]

    requests = plan(channels, range(40), Limits(registers=8, bits=16))

    assert [(r.table, r.count) for r in requests] == [("coil", 16), ("coil", 4)] + [("holding", n) for n in (8, 8, 4)]


def test_no_request_goes_across_a_wall_and_tags_on_one_register_stay_together() -> None:
    channels = [channel(0), channel(1), channel(1), channel(2), channel(1, table="input")]

    requests = plan(channels, range(5), Limits(), walls={("holding", 1)})

    expected = [("holding", 0, 1, (0,)), ("holding", 1, 2, (1, 2, 3)), ("input", 1, 1, (4,))]
    assert expected == [(r.table, r.first, r.count, r.places) for r in requests]


def test_no_request_goes_across_an_address_that_was_refused() -> None:
    channels = [channel(0), channel(1), channel(2), channel(2, table="input"), channel(0, table="input")]

    requests = plan(channels, [0, 2, 3, 4], Limits(), refused={1})

    assert [(r.table, r.first, r.count) for r in requests] == [("holding", 0, 1), ("holding", 2, 1), ("input", 0, 3)]


@given(devices(), LIMITS, st.sets(st.integers(0, 40)))
def test_walls_cost_one_request_each_at_most(channels: list[Channel], most: int, at: set[int]) -> None:
    walls = {("holding", address) for address in at}

    free = plan(channels, range(len(channels)), Limits(most))
    walled = plan(channels, range(len(channels)), Limits(most), walls)

    assert list(range(len(channels))) == sorted(i for request in walled for i in request.places)
    assert len(free) <= len(walled) <= len(free) + len(walls)
    for request in walled:
        firsts = {span(channels[i])[0] for i in request.places}
        assert not {(request.table, first) for first in firsts if first > request.first} & walls


@given(devices(), LIMITS)
def test_halves_serve_the_same_channels_in_smaller_requests_and_end_at_single_ones(
    channels: list[Channel], most: int
) -> None:
    for request in plan(channels, range(len(channels)), Limits(most)):
        if len(request.places) == 1:
            continue

        parts = halves(request, channels)

        assert sorted(request.places) == sorted(i for part in parts for i in part.places)
        assert max(len(part.places) for part in parts) <= (len(request.places) + 1) // 2
        for part in parts:
            asked = set(range(part.first, part.first + part.count))
            assert used(part, channels) <= asked <= set(range(request.first, request.first + request.count))
