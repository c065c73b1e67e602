"""A frame crosses the wire exactly, and whatever is not a frame is refused with its place and reason."""

import json
import math
import struct
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.frame import (
    MAX_FRAME_BYTES,
    MAX_FRAME_MACHINES,
    MAX_FRAME_SAMPLES,
    MAX_FRAME_SPAN_US,
    BrokenFrame,
    decode,
    encode,
)
from contract.sample import MAX_TEXT, Quality, Sample, to_us
from tests.support.frames import frame_of
from tests.times import at

NOON = to_us(at("2026-11-23 12:00"))
END_US = to_us(at("2200-01-01 00:00"))
PARTS = ["node", "epoch", "seq", "before", "base_us", "series", "index", "edge", "source", "quality", "value"]
PARTS += ["gaps", "texts"]

names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True)
times = st.integers(0, END_US - 1)
of_one_month = st.integers(NOON, NOON + MAX_FRAME_SPAN_US)
qualities = st.sampled_from([Quality.GOOD, Quality.UNCERTAIN])
readings = st.tuples(st.floats(allow_nan=False, allow_infinity=False), qualities) | st.just((None, Quality.BAD))
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.tuples(st.none(), qualities, st.text(characters, max_size=MAX_TEXT) | st.sampled_from(["", "a", "批次"]))
samples = st.builds(
    lambda machine, tag, source, edge, reading: Sample(machine, tag, source, edge, *reading),
    *(names, names, times, of_one_month, readings | texts),
)


def valid() -> bytes:
    """A frame as an edge sends it."""
    values = [(1.0, Quality.GOOD), (-0.0, Quality.UNCERTAIN), (None, Quality.BAD), (7.25e-3, Quality.GOOD)]
    read = [
        Sample("press-1", ("state", "temp")[i % 2], NOON - i * 1_000, NOON + i, value, quality)
        for i, (value, quality) in enumerate(values)
    ]
    return encode(frame_of("edge-1", 3, 14, read))


def bits(read: list[Sample]) -> list[object]:
    """Samples with their values as bytes: -0.0 is not 0.0."""
    return [(s.machine, s.tag, s.source_us, s.edge_us, _bits(s.value), s.quality, s.text) for s in read]


def _bits(value: float | None) -> bytes | None:
    return None if value is None else struct.pack(">d", value)


@given(names, st.integers(1, 2**31 - 1), st.integers(1, 2**40 - 1), st.lists(samples, min_size=1, max_size=12))
def test_what_is_read_is_what_arrives(node: str, epoch: int, seq: int, read: list[Sample]) -> None:
    frame = frame_of(node, epoch, seq, read)

    arrived = decode(encode(frame))

    assert frame == arrived
    assert (node, epoch, seq) == (arrived.node, arrived.epoch, arrived.seq)
    assert bits(read) == bits(arrived.samples())
    assert [s.source_us for s in read] == arrived.columns.source_us.tolist()
    assert [s.edge_us for s in read] == arrived.columns.edge_us.tolist()


@given(st.lists(samples, min_size=1, max_size=5))
def test_the_same_frame_has_the_same_bytes(read: list[Sample]) -> None:
    first, second = (encode(frame_of("edge-1", 1, 1, read)) for _ in range(2))

    assert first == second == encode(decode(first))


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        ([], "at least one sample"),
        ([Sample("press-1", "temp", NOON, NOON, math.nan, Quality.GOOD)], r"^value\.0: .*finite"),
        ([Sample("press-1", "temp", NOON, NOON, -math.inf, Quality.GOOD)], r"^value\.0: .*finite"),
        ([Sample("press-1", "temp", NOON, NOON, None, Quality.GOOD)], "null exactly where quality is 2"),
        ([Sample("press-1", "temp", NOON, NOON, 1.0, Quality.BAD)], "null exactly where quality is 2"),
        ([Sample("press-1", "temp", -1, NOON, 1.0, Quality.GOOD)], "source holds a time outside 1970 to 2200"),
        ([Sample("press-1", "temp", NOON, END_US, 1.0, Quality.GOOD)], "^base_us: "),
        ([Sample("Press 1", "temp", NOON, NOON, 1.0, Quality.GOOD)], r"^series\.0: "),
        ([Sample("press-1", "temp", NOON, NOON, 1.0, Quality.GOOD)] * (MAX_FRAME_SAMPLES + 1), "^index: .*40000"),
    ],
)
def test_an_edge_cannot_send_what_the_collector_would_refuse(read: list[Sample], reason: str) -> None:
    with pytest.raises(BrokenFrame, match=reason):
        frame_of("edge-1", 1, 1, read)


def put(place: str, value: object) -> Callable[[], bytes]:
    """The valid frame with another value at 'key' or 'key.number'."""
    key, _, number = place.partition(".")

    def broken() -> bytes:
        document = json.loads(valid())
        if number:
            document[key][int(number)] = value
        else:
            document[key] = value
        return json.dumps(document).encode()

    return broken


def with_texts(changed: dict[str, object]) -> Callable[[], bytes]:
    """A frame of two texts with other values at 'key' or 'key.number'."""
    read = [Sample("press-1", "batch", NOON, NOON, None, Quality.GOOD, text) for text in "ba"]
    document = json.loads(encode(frame_of("edge-1", 1, 1, read)))
    for place, value in changed.items():
        key, _, number = place.partition(".")
        if number:
            document[key][int(number)] = value
        else:
            document[key] = value
    return lambda: json.dumps(document).encode()


def test_what_is_alike_stands_in_a_frame_once() -> None:
    read = [Sample("press-1", f"t{i}", NOON - 5, NOON + i // 50, float(i), Quality.GOOD) for i in range(100)]

    document = json.loads(encode(frame_of("edge-1", 1, 1, read)))

    assert [document[name] for name in ("index", "edge", "source", "quality")] == [
        [0, 100],
        [0, 50, 1, 50],
        [-5, 100],
        [0, 100],
    ]


BROKEN: list[tuple[Callable[[], bytes], str]] = [
    (put("colour", "red"), "^colour: Extra"),
    (put("a\0b", 1), "^a.b: Extra"),
    (put("v", 2), "^v: "),
    (put("quality.0", 8), "text's value points outside the 0 texts"),
    (with_texts({"texts": ["a"]}), "text's value points outside the 1 texts"),
    (with_texts({"value.0": 0.5}), "text's value points outside the 2 texts"),
    (with_texts({"value.0": None}), "null exactly where quality is 2"),
    (with_texts({"quality.0": 10}), "quality holds another number"),
    (with_texts({"texts": ["a", "b\0"]}), r"^texts\.1: "),
    (with_texts({"texts": ["a", "b" * (MAX_TEXT + 1)]}), r"^texts\.1: "),
    (lambda: with_texts({})().replace(b'"b"', b'"\\ud800"'), "^frame: Invalid JSON"),
    (put("node", "edge-1\n"), "^node: "),
    (put("node", "x" * 64), "^node: "),
    (put("epoch", 0), "^epoch: "),
    (put("epoch", 2**31), "^epoch: "),
    (put("seq", 0), "^seq: "),
    (put("seq", 2**40), "^seq: "),
    (put("seq", 1.0), "^seq: .*integer"),
    (put("seq", "14"), "^seq: .*integer"),
    (put("base_us", -1), "^base_us: "),
    (put("base_us", END_US), "^base_us: "),
    (put("series.1", "press-1"), r"^series\.1: "),
    (put("series.0", "press-1/a/b"), r"^series\.0: "),
    (put("index", []), "index has 0 numbers"),
    (put("index.2", 1), "index points outside the 2 names"),
    (put("index.2", 2**63 - 1), "index points outside the 2 names"),
    (put("index.0", -1), "index points outside"),
    (put("index.0", True), r"^index\.0: "),
    (put("index", [0, 2, 0]), "index has 3 numbers: each run is two"),
    (put("index", [0, 2, 0, 1]), "index makes another number of entries than the 4 in value"),
    (put("index", [0, 0, 0, 2, 0, 2]), "index makes another number of entries"),
    (put("edge", [0, -1, 0, 5]), "edge makes another number of entries"),
    (put("edge", [0, 2**63]), "edge holds a number beyond 2\\^63"),
    (put("source", [0, 2**63 - 1, 0, 2**63 - 1]), "source makes another number of entries"),
    (put("value", [1.0]), "makes another number of entries than the 1 in value"),
    (put("value", []), "^value: "),
    (put("quality", []), "quality has 0 numbers"),
    (put("edge.2", END_US - NOON), "edge holds a time outside 1970 to 2200"),
    (put("source.2", -NOON - 1), "source holds a time outside 1970 to 2200"),
    (put("edge.0", 10**30), "edge holds a number beyond"),
    (put("edge.0", -MAX_FRAME_SPAN_US), "edge holds readings more than 31 days apart"),
    (put("series", [f"m-{n}/t" for n in range(MAX_FRAME_MACHINES + 1)]), "names 5001 machines: at most 5000"),
    (put("before", 2**53), "^before: "),
    (put("edge.0", 0.5), r"^edge\.0: .*integer"),
    (put("value.0", math.nan), r"^value\.0: .*finite"),
    (put("value.0", -math.inf), r"^value\.0: .*finite"),
    (put("value.0", 10**400), r"^value\.0: .*finite"),
    (put("value.0", "1.0"), r"^value\.0: "),
    (put("value.0", None), "null exactly where quality is 2"),
    (put("value.2", 0.0), "null exactly where quality is 2"),
    (put("quality.2", 3), "quality holds another number than"),
    (lambda: valid().replace(b'"seq":14', b'"seq":' + b"9" * 5000), "^frame: .*number out of range"),
    (lambda: valid()[:-1], "^frame: Invalid JSON"),
    (lambda: valid() + b"{}", "^frame: Invalid JSON: trailing"),
    (lambda: b"", "^frame: Invalid JSON"),
    (lambda: b"null", "^frame: .*object"),
    (lambda: valid().replace(b"edge-1", b"edge\xff"), "^frame: Invalid JSON"),
    (lambda: valid().decode().encode("utf-16"), "^frame: Invalid JSON"),
    (lambda: b"[" * 200_000, "^frame: Invalid JSON: recursion"),
    (lambda: valid() + b" " * MAX_FRAME_BYTES, "a frame has at most 1000000"),
]


@pytest.mark.parametrize(("broken", "reason"), BROKEN, ids=[reason.strip("^") for _, reason in BROKEN])
def test_a_broken_frame_is_refused_with_its_place(broken: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(BrokenFrame, match=reason) as refused:
        decode(broken())

    assert "Value error" not in str(refused.value)


# A quarter of a megabyte that cost half a minute, in which no other frame was stored.
def test_a_frame_of_texts_alone_is_checked_in_no_time() -> None:
    most = MAX_FRAME_SAMPLES
    changes = {"index": [0, 1] * most, "value": [most - 1] * most, "texts": [""] * most}
    payload = json.dumps(json.loads(valid()) | {"quality": [8, most], "edge": [0, most], "source": [0, most]} | changes)
    start = time.process_time()

    frame = decode(payload.encode())

    assert most == frame.size
    assert time.process_time() - start < 3.0


@pytest.mark.parametrize("key", PARTS)
def test_no_part_of_a_frame_can_be_left_out(key: str) -> None:
    document = {name: part for name, part in json.loads(valid()).items() if name != key}

    with pytest.raises(BrokenFrame, match=f"^{key}: Field required"):
        decode(json.dumps(document).encode())
