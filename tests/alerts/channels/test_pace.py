"""No minute has more messages than the rate, and high priority does not stand in a queue."""

from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.pace import Pace, pace_of


def sent(pace: Pace, wanted: list[tuple[float, bool]], until_s: float) -> list[tuple[float, bool]]:
    """When each goes out of a channel that is asked as fast as can be: high priority first, then in order."""
    now, waiting, gone = 0.0, sorted(wanted), []
    while waiting and now < until_s:
        due = sorted((not high, at) for at, high in waiting if at <= now)
        if not due:
            now = waiting[0][0]
            continue
        high, at = not due[0][0], due[0][1]
        if (wait := pace.wait_s(high, now)) > 0:
            arrivals = [at for at, _ in waiting if now < at < now + wait]
            now = min([now + wait + 1e-9, *arrivals])
            continue
        waiting.remove((at, high))
        gone.append((now, high))
        pace = pace.after(high, now)
    return gone


def most_in_a_minute(gone: list[tuple[float, bool]]) -> int:
    times = [at for at, _ in gone]
    return max((sum(first <= at < first + 60 for at in times) for first in times), default=0)


@given(
    st.integers(1, 120),
    st.floats(0, 0.9),
    st.lists(st.tuples(st.floats(0, 200), st.booleans()), max_size=150),
)
def test_no_minute_has_more_messages_than_the_rate(
    a_minute: int, kept: float, wanted: list[tuple[float, bool]]
) -> None:
    gone = sent(pace_of(a_minute, kept, 0.0), wanted, 600.0)

    assert most_in_a_minute(gone) <= a_minute


def test_in_a_flood_of_the_others_high_priority_goes_out_at_once() -> None:
    flood = [(0.0, False)] * 500
    urgent = [(60.0 + n * 20, True) for n in range(10)]

    gone = sent(pace_of(20, 0.25, 0.0), [*flood, *urgent], 300.0)

    delays = [went - at for (went, _), (at, _) in zip([g for g in gone if g[1]], urgent, strict=True)]
    assert max(delays) < 0.1


def test_a_flood_uses_most_of_the_rate() -> None:
    gone = sent(pace_of(20, 0.25, 0.0), [(0.0, True)] * 192, 600.0)

    assert len(gone) >= 10 * 17


def test_after_a_restart_what_was_sent_within_the_last_minute_counts() -> None:
    fresh = pace_of(20, 0.25, 100.0)

    assert fresh.wait_s(high=True, now_s=100.0) == 0
    assert fresh.after_many(20, 100.0).wait_s(high=True, now_s=100.0) > 3
    assert fresh.after_many(0, 100.0) == fresh
