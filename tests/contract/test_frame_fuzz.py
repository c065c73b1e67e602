"""Mutilated frames: refused or sound, never anything else. SHOPFLOOR_FUZZ=100000 tries longer."""

import math
import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.frame import BrokenFrame, Frame, decode, encode
from contract.sample import Quality, Sample, to_us
from tests.support.frames import frame_of
from tests.times import at

MUTATIONS = int(os.environ.get("SHOPFLOOR_FUZZ", "5000"))
NOON = to_us(at("2026-11-23 12:00"))
END_US = to_us(at("2200-01-01 00:00"))
DIGITS_AND_WORDS = [
    b"null",
    b"true",
    b"-1",
    b"2",
    b"1e999",
    b"NaN",
    b"9" * 30,
    b"9" * 5000,
    b"[" * 300,
    b'"',
    b"\\u0000",
]
DIGITS_AND_WORDS += [b"{", b"}", b",", b":", b"\xff\xfe", b"\\ud800", b'"press-1/state"', b'"v":1', b'"a\\u0000":']
VALUES = [(1.0, Quality.GOOD), (-0.0, Quality.UNCERTAIN), (None, Quality.BAD), (7.25e-3, Quality.GOOD)]
VALID = encode(
    frame_of("edge-1", 3, 14, [Sample("press-1", f"tag-{i % 2}", NOON - i, NOON + i, *r) for i, r in enumerate(VALUES)])
)


def mutated(payload: bytes, dice: random.Random) -> bytes:
    """The payload with one to three bytes, words or stretches changed, repeated or lost."""
    found = bytearray(payload)
    for _ in range(dice.randint(1, 3)):
        first, second = sorted(dice.randrange(len(found) + 1) for _ in range(2))
        stretch = bytes(found[first : min(second, first + 40)])
        kind = dice.randrange(4)
        if kind == 0 and first < len(found):
            found[first] = dice.randrange(256)
        elif kind == 1:
            found[first : first + dice.randrange(8)] = dice.choice(DIGITS_AND_WORDS)
        elif kind == 2:
            del found[first : first + dice.randint(1, 6)]
        else:
            found[second:second] = stretch
    return bytes(found)


def keeps_the_contract(frame: Frame) -> bool:
    """Everything that the columns promise."""
    columns = frame.columns
    quality = columns.quality.tolist()
    every = (columns.index, columns.edge_us, columns.source_us, columns.value, columns.quality)
    return (
        {column.size for column in every} == {len(frame.samples())}
        and all(0 <= i < len(frame.series) for i in columns.index.tolist())
        and all(0 <= us < END_US for us in [*columns.source_us.tolist(), *columns.edge_us.tolist()])
        and all((value is None) == (quality == 2) for value, quality in zip(frame.value, quality, strict=True))
        and all(value is None or math.isfinite(value) for value in frame.value)
        and set(map(type, [*frame.index, *frame.edge, *frame.source, *frame.quality, frame.epoch, frame.seq])) == {int}
        and decode(encode(frame)) == frame
    )


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_any_bytes_are_refused_and_nothing_else(seed: int) -> None:
    with pytest.raises(BrokenFrame):
        decode(random.Random(seed).randbytes(seed % 400))


def test_a_mutilated_frame_is_refused_or_keeps_every_promise() -> None:
    dice = random.Random(20_261_123)
    accepted, reasons = 0, []

    for _ in range(MUTATIONS):
        broken = mutated(VALID, dice)
        try:
            frame = decode(broken)
        except BrokenFrame as err:
            reasons.append(str(err))
        else:
            assert keeps_the_contract(frame), broken
            accepted += 1

    assert accepted > MUTATIONS // 100, "mutations too coarse to tell anything"
    assert len(reasons) > MUTATIONS // 2
    assert all(": " in reason for reason in reasons), "a reason names its place"
