"""What was read is what the collector unpacks, in order, in frames that are never too large."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.frame import MAX_FRAME_BYTES, MAX_FRAME_SAMPLES, MAX_FRAME_SPAN_US, decode
from contract.gap import Cause, Gap
from contract.sample import MAX_TEXT, TEXT, Quality, Sample, to_us
from edge.buffer.batch import Batch, Unread, pack, portions
from tests.times import at

NOW = to_us(at("2026-11-23 08:00"))
TIMES = st.integers(NOW - 10**12, NOW + 10**9)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
UNREAD = Unread(Cause.DEVICE_AWAY, "plc-1", NOW - 5, NOW, ["press-1/state", "press-1/total"])


def batch_of(samples: list[Sample], edge_us: int, gaps: tuple[Unread, ...] = ()) -> Batch:
    return Batch(
        [f"{s.machine}/{s.tag}" for s in samples],
        np.full(len(samples), edge_us, np.int64),
        np.array([s.source_us for s in samples], np.int64),
        np.array([np.nan if s.value is None else s.value for s in samples], np.float64),
        np.array([s.quality for s in samples], np.int64),
        gaps=gaps,
    )


@st.composite
def moments(draw: st.DrawFn, most: int = 12) -> list[list[Sample]]:
    """What was read at some moments."""
    read = []
    for edge_us in draw(st.lists(st.integers(NOW, NOW + MAX_FRAME_SPAN_US), min_size=1, max_size=5)):
        machines = st.sampled_from(["press-1", "press-2", "oven"])
        tags = st.sampled_from(["state", "total", "temp_c"])
        sound = st.builds(
            Sample, machines, tags, TIMES, st.just(edge_us), NUMBERS, st.sampled_from([Quality.GOOD, Quality.UNCERTAIN])
        )
        bad = st.builds(Sample, machines, tags, TIMES, st.just(edge_us), st.none(), st.just(Quality.BAD))
        read.append(draw(st.lists(sound | bad, min_size=1, max_size=most)))
    return read


def batches_of(read: list[list[Sample]]) -> list[Batch]:
    return [batch_of(samples, samples[0].edge_us) for samples in read]


def numbered(sizes: list[int]) -> list[Batch]:
    """Batches of these sizes; the readings of all are numbered through."""
    starts = np.cumsum([0, *sizes])
    return [
        batch_of([Sample("m", "t", NOW, NOW, float(start + i), Quality.GOOD) for i in range(size)], NOW)
        for start, size in zip(starts, sizes, strict=False)
    ]


@settings(max_examples=40)
@given(moments())
def test_the_collector_unpacks_exactly_what_was_read(read: list[list[Sample]]) -> None:
    frame = decode(pack(batches_of(read), "edge-1", 7, 42, 1000))

    assert [sample for samples in read for sample in samples] == frame.samples()
    assert (frame.node, frame.epoch, frame.seq, frame.before) == ("edge-1", 7, 42, 1000)


def test_a_series_is_named_once_in_a_frame() -> None:
    readings = [Sample("press-1", tag, NOW, NOW, 1.0, Quality.GOOD) for tag in ("state", "total", "state")]

    frame = decode(pack([batch_of(readings, NOW), batch_of(readings, NOW)], "edge-1", 1, 1, 0))

    assert frame.series == ["press-1/state", "press-1/total"]
    assert frame.columns.index.tolist() == [0, 1, 0, 0, 1, 0]


def test_a_gap_travels_with_its_frame_and_names_series_that_were_not_read() -> None:
    bad = [Sample("press-1", "total", NOW, NOW, None, Quality.BAD)]

    frame = decode(pack([batch_of(bad, NOW, (UNREAD,))], "edge-1", 1, 1, 0))

    [gap] = frame.gaps
    assert Gap(cause=Cause.DEVICE_AWAY, device="plc-1", from_us=NOW - 5, to_us=NOW, series=[1, 0]) == gap
    assert sorted(frame.series) == ["press-1/state", "press-1/total"]


@given(st.lists(st.integers(1, 40), max_size=20), st.integers(1, 25))
def test_portions_keep_the_order_and_never_exceed_the_limit(sizes: list[int], most: int) -> None:
    made = portions(numbered(sizes), most)

    read = [number for portion in made for batch in portion for number in batch.value.tolist()]
    assert list(range(sum(sizes))) == read
    assert all(1 <= sum(len(batch.series) for batch in portion) <= most for portion in made)


@settings(max_examples=40)
@given(moments(), st.integers(1, 25))
def test_frames_of_portions_together_hold_exactly_what_was_read(read: list[list[Sample]], most: int) -> None:
    frames = [decode(pack(portion, "edge-1", 1, 1, 0)) for portion in portions(batches_of(read), most)]

    unpacked = [sample for frame in frames for sample in frame.samples()]
    assert [sample for samples in read for sample in samples] == unpacked


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([10], [[10]]),
        ([5, 5], [[5, 5]]),
        ([6, 5], [[6], [5]]),
        ([3, 3, 3, 3], [[3, 3, 3], [3]]),
        ([25], [[10], [10], [5]]),
        ([1, 25, 1], [[1], [10], [10], [5, 1]]),
    ],
)
def test_batches_share_a_frame_as_long_as_they_fit(sizes: list[int], expected: list[list[int]]) -> None:
    made = portions(numbered(sizes), most=10)

    assert expected == [[len(batch.series) for batch in portion] for portion in made]


def test_a_gap_of_a_batch_that_is_cut_is_told_once() -> None:
    readings = [Sample("press-1", "state", NOW, NOW, 1.0, Quality.GOOD)] * 25

    made = portions([batch_of(readings, NOW, (UNREAD,))], most=10)

    assert [len(batch.gaps) for portion in made for batch in portion] == [1, 0, 0]


def test_the_largest_frame_of_the_longest_names_and_numbers_crosses_the_wire() -> None:
    count = MAX_FRAME_SAMPLES // 4
    names = [(f"{'m' * 58}{i:05d}", "t" * 63) for i in range(count)]
    readings = [
        Sample(m, t, NOW - 10**15 - i, NOW, -1.2345678901234567e-300, Quality.GOOD) for i, (m, t) in enumerate(names)
    ]

    [portion] = portions([batch_of(readings, NOW)])
    payload = pack(portion, "edge-1", 2**31 - 1, 2**40 - 1, 2**53 - 1)

    assert len(payload) <= MAX_FRAME_BYTES
    assert readings == decode(payload).samples()


def test_readings_on_both_sides_of_a_clock_that_was_set_go_in_frames_of_their_own() -> None:
    without_clock = [batch_of([Sample("m", "t", at, at, 1.0, Quality.GOOD)], at) for at in (1, 2)]
    with_clock = [batch_of([Sample("m", "t", at, at, 1.0, Quality.GOOD)], at) for at in (NOW, NOW + 1)]

    made = portions([*without_clock, *with_clock])

    assert [[int(batch.edge_us[0]) for batch in portion] for portion in made] == [[1, 2], [NOW, NOW + 1]]
    assert [len(decode(pack(portion, "edge-1", 1, 1, 0)).samples()) for portion in made] == [2, 2]


def texts_of(said: list[str], number: float = 7.0) -> Batch:
    """A number, then texts, with keys of the agent's own."""
    known = {100 + i: text for i, text in enumerate(dict.fromkeys(said))}
    keys = {text: key for key, text in known.items()}
    return Batch(
        ["m/n", *("m/t" for _ in said)],
        np.full(len(said) + 1, NOW, np.int64),
        np.full(len(said) + 1, NOW, np.int64),
        np.array([number, *(keys[text] for text in said)], np.float64),
        np.array([0, *(TEXT for _ in said)], np.int64),
        texts=known,
    )


def test_texts_of_several_batches_share_one_list() -> None:
    frame = decode(pack([texts_of(["b", "a", "b"]), texts_of(["a", "c"])], "edge-1", 1, 1, 0))

    assert [sample.text for sample in frame.samples()] == [None, "b", "a", "b", None, "a", "c"]
    assert frame.texts == ["b", "a", "c"]


@pytest.mark.parametrize("character", ["x", "批", "\x01"])
def test_long_texts_are_spread_over_frames_that_stay_small_enough(character: str) -> None:
    said = [f"{i:05}" + character * (MAX_TEXT - 5) for i in range(3_000)]

    frames = [pack(portion, "edge-1", 1, 1, 0) for portion in portions([texts_of(said)])]

    assert all(len(frame) <= MAX_FRAME_BYTES for frame in frames)
    read = [sample for frame in frames for sample in decode(frame).samples()]
    assert [None, *said] == [sample.text for sample in read]
    assert read[0].value == 7.0
