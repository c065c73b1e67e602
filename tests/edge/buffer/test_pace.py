"""The backlog goes at its pace, however long it waited and however large its frames are."""

from edge.buffer.pace import BURST_S, Pace


def sent_within(pace: Pace, size: int, start: float, seconds: float) -> int:
    """Bytes that go when somebody asks each millisecond."""
    total = 0
    for tick in range(int(seconds * 1000)):
        if pace.may_send(start + tick / 1000):
            pace.sent(size)
            total += size
    return total


def test_over_a_long_time_the_backlog_gets_its_rate_and_no_more() -> None:
    for size in (1_000, 50_000, 900_000):
        total = sent_within(Pace(1_000_000), size, start=100.0, seconds=20.0)

        assert 20_000_000 - size <= total <= 20_000_000 + BURST_S * 1_000_000 + size, size


def test_silence_saves_up_no_more_than_a_burst() -> None:
    pace = Pace(1_000_000)
    sent_within(pace, 1_000, start=100.0, seconds=1.0)

    after_an_hour = sent_within(pace, 1_000, start=3_700.0, seconds=0.001)
    rest = sent_within(pace, 1_000, start=3_700.001, seconds=1.0)

    assert after_an_hour + rest <= (1 + BURST_S) * 1_000_000 + 2_000


def test_a_frame_larger_than_the_bucket_goes_all_the_same() -> None:
    pace = Pace(10_000)

    assert pace.may_send(1.0)
    pace.sent(1_000_000)
    assert not pace.may_send(100.0)
    assert pace.may_send(101.0)
