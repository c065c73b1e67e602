"""Frames from the contract's own bounds and beyond them, made by hypothesis: what a node may send that means harm."""

import json
import time
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from contract.frame import MAX_FRAME_SPAN_US
from contract.gap import MAX_US, Cause

DAY_US = 86_400_000_000
MACHINES = tuple(f"probe-m{number}" for number in range(1, 4))
TAGS = ("state", "total", "tick", "load", "温度")


def near(*limits: int) -> st.SearchStrategy[int]:
    """A limit, or one beside it."""
    return st.builds(lambda limit, by: limit + by, st.sampled_from(limits), st.integers(-1, 1))


OWN = st.builds("{}/{}".format, st.sampled_from(MACHINES), st.sampled_from(TAGS))
FOREIGN = st.sampled_from(["press-1/total", "ghost/state", "", "a/b/c", "é/x", "m" * 64 + "/t"])
OFFSETS = near(0, DAY_US, -390 * DAY_US, -400 * DAY_US, MAX_FRAME_SPAN_US, -MAX_FRAME_SPAN_US, 2**63, -(2**63))
NUMBERS = st.sampled_from([0.0, 1.0, 5.0, 65_535.0, 2.0**32 - 1, 2.0**53, -1.0, 0.5, -0.0, 1e308, -1e308, 5e-324])
SEQS = st.integers(1, 5_000) | st.integers(1, 2**40 - 1)
# What a frame may have that is at a bound, or beyond it.
PARTS = ("node", "epoch", "seq", "before", "base_us", "series", "index", "edge", "source", "value", "quality", "texts")


GAPS = st.fixed_dictionaries(
    {
        "cause": st.sampled_from([*Cause, "sabotage"]),
        "from_us": near(0, 1_700_000_000_000_000, MAX_US),
    },
    optional={
        "device": st.sampled_from(["", "plc", "PLC!"]),
        "to_us": near(0, 1_800_000_000_000_000, MAX_US) | st.none(),
        "series": st.lists(st.integers(-1, 3), max_size=3),
        "lost": near(0, 2**40),
        "epoch": near(0, 1, 2**31),
        "first_seq": SEQS | near(0, 2**40),
        "last_seq": SEQS | near(0, 2**40),
        "numbered": near(0, 2**53),
    },
)


@st.composite
def documents(draw: st.DrawFn, now_us: int) -> dict[str, Any]:
    """A frame of the node 'probe', of which up to two parts are at the bounds of the contract or beyond."""
    odd = draw(st.sets(st.sampled_from(PARTS), max_size=2))

    def part(name: str, sound: st.SearchStrategy[Any], strange: st.SearchStrategy[Any]) -> Any:
        return draw(strange if name in odd else sound)

    count = draw(st.integers(1, 12))
    series = part("series", st.lists(OWN, min_size=1, max_size=4), st.lists(OWN | FOREIGN, max_size=4))
    column = {"min_size": count, "max_size": count}
    values = part("value", st.lists(NUMBERS, **column), st.lists(st.floats() | st.none() | near(2**63), **column))
    kinds = st.sampled_from([0, 1]) if "quality" not in odd else st.sampled_from([0, 1, 2, 3, 8, 9])
    once, odd_count = st.just(1), near(0, 1, count, 2**63)

    def runs(numbers: st.SearchStrategy[int], counts: st.SearchStrategy[int] = once) -> st.SearchStrategy[Any]:
        pairs = st.lists(st.tuples(numbers, counts), **column)
        return pairs.map(lambda rows: [number for row in rows for number in row])

    close, scattered = runs(st.integers(-1_000_000, 1_000_000)), runs(st.integers(-400 * DAY_US, DAY_US))
    frame: dict[str, Any] = {
        "v": 1,
        "node": part("node", st.just("probe"), st.sampled_from(["edge-1", "PROBE", ""])),
        "epoch": part("epoch", st.integers(1, 5), near(1, 2**31)),
        "seq": part("seq", SEQS, near(1, 2**40, 2**62)),
        "before": part("before", st.integers(0, 2**53 - 1), near(0, 2**53)),
        "base_us": part("base_us", st.just(now_us), near(0, MAX_US)),
        "series": series,
        "index": part("index", runs(st.integers(0, max(0, len(series) - 1))), st.lists(near(0, 4))),
        "edge": part("edge", close, runs(OFFSETS) | runs(OFFSETS, odd_count)),
        "source": part("source", close | scattered, runs(OFFSETS) | runs(OFFSETS, odd_count)),
        "value": values,
        "quality": [number for value in values for number in (2 if value is None else draw(kinds), 1)],
        "gaps": draw(st.just([]) | st.lists(GAPS, max_size=2)),
        "texts": [],
    }
    if "texts" in odd:
        frame["texts"] = draw(st.lists(st.text(max_size=20), max_size=3))
    return frame


def odd_frames(number: int, count: int) -> Iterator[bytes]:
    """So many payloads by a seed."""
    made: list[bytes] = []
    now_us = time.time_ns() // 1000

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(documents(now_us))
    def collect(document: dict[str, Any]) -> None:
        made.append(json.dumps(document).encode("utf-8", "surrogatepass"))

    collect()
    yield from made
