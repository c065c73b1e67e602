"""What the collector notes of clocks: the least difference of each minute, under the minute in which it was seen."""

from collector.clocks import MINUTE_US, Clocks
from contract.frame import Frame
from contract.sample import Quality, Sample
from tests.support.frames import frame_of

NOON = 1_800_000_000_000_000 - 1_800_000_000_000_000 % MINUTE_US
MS = 1_000


def read(at_us: int, device_us: int | None = None) -> Frame:
    """A frame read at an instant; with a device's own time of it when given."""
    source = at_us if device_us is None else device_us
    return frame_of("edge-1", 1, 1, [Sample("press-1", "temp", source, at_us, 1.0, Quality.GOOD)])


def test_the_least_of_a_minute_is_told_once_when_it_has_ended() -> None:
    clocks = Clocks()
    for second, way_us in ((1, 90 * MS), (20, 4 * MS), (40, 700 * MS)):
        now = NOON + second * 1_000_000
        clocks.heard(read(now - way_us), now)

    assert clocks.finished(NOON + 59_000_000) == []
    assert clocks.finished(NOON + MINUTE_US) == [("edge-1", NOON, 4 * MS, 3)]
    assert clocks.finished(NOON + 2 * MINUTE_US) == []


def test_the_first_minute_of_a_collector_has_its_own_time() -> None:
    clocks = Clocks()
    clocks.heard(read(NOON), NOON)
    clocks.finished(NOON + 1)

    assert [minute for _, minute, _, _ in clocks.finished(NOON + MINUTE_US)] == [NOON]


def test_what_comes_after_a_silence_belongs_to_no_earlier_minute() -> None:
    clocks, later = Clocks(), NOON + 60 * MINUTE_US
    clocks.heard(read(NOON - 9 * MS), NOON)
    clocks.heard(read(later - 2 * MS), later)

    assert clocks.finished(later + MINUTE_US) == [("edge-1", NOON, 9 * MS, 1), ("edge-1", later, 2 * MS, 1)]


def test_a_device_with_a_time_of_its_own_is_a_source_of_its_own() -> None:
    clocks = Clocks()
    clocks.heard(read(NOON - 5 * MS, NOON - 5 * MS - 3_000 * MS), NOON)

    assert clocks.finished(NOON + MINUTE_US) == [
        ("edge-1", NOON, 5 * MS, 1),
        ("edge-1/press-1", NOON, 3_005 * MS, 1),
    ]
