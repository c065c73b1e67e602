from datetime import timedelta

from alerts.rules.half_made import BORNE, SETTLED_AFTER, HalfMade
from tests.times import at

NOW = at("2026-11-24 08:00")
SECOND = timedelta(seconds=1)


def test_history_that_comes_in_pieces_is_half_made_until_no_more_has_come_for_a_while() -> None:
    half = HalfMade()

    seen = [half.seen(names, NOW + after * SECOND) for after, names in ((0, ["press-1"]), (5, []), (9, ["press-1"]))]

    assert seen == [{"press-1"}] * 3
    assert half.seen([], NOW + 9 * SECOND + SETTLED_AFTER) == set()


def test_late_samples_that_never_end_keep_no_alarm_back_for_ever() -> None:
    half = HalfMade()
    for after in range(0, 600, 5):
        seen = half.seen(["press-1"], NOW + after * SECOND)

        assert ("press-1" in seen) == (after * SECOND < BORNE)
