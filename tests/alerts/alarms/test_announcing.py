"""What goes at once, what goes together, what waits."""

from datetime import UTC, datetime, timedelta

from alerts.alarms.announcing import Announcing, Chatter, Flood, Said, lead_of
from alerts.alarms.life_cycle import Event

START = datetime(2026, 11, 30, 6, tzinfo=UTC)
S = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def said(number: int, group: str = "line-1", high: bool = False, event: Event = Event.RAISED) -> Said:
    return Said(number, number, ("hot", f"m-{number}"), event, high, ("chat",), group)


def test_the_first_of_a_line_goes_at_once_and_the_next_ones_together_after_half_a_minute() -> None:
    made = Announcing(Flood(10), 3 * MINUTE)

    dues = [made.due([said(n)], START + n * S)[0][2] - START for n in range(4)]
    other = made.due([said(9, "line-2")], START + 9 * S)[0][2] - START

    assert dues == [0 * S, 30 * S, 30 * S, 30 * S]
    assert other == 9 * S


def test_in_a_flood_high_priority_goes_singly_and_all_else_in_a_digest_until_it_is_over() -> None:
    made = Announcing(Flood(10), 3 * MINUTE)

    flood = made.due([said(n) for n in range(11)], START)
    high = made.due([said(20, high=True)], START + S)
    later = made.due([said(21)], START + 4 * MINUTE)
    after = made.due([said(22)], START + 15 * MINUTE)

    assert {together for _, together, _ in flood} == {"flood"}
    assert {due for *_, due in flood} == {START + 3 * MINUTE}
    assert high[0][2] == START + S
    assert later[0][2] == START + 7 * MINUTE
    assert after[0][2] == START + 15 * MINUTE


def test_three_times_within_a_minute_is_chatter_and_two_minutes_without_are_calm() -> None:
    made, key = Chatter(), ("hot", "press-1")

    begins = [made.begins(key, START + n * 10 * S) for n in range(5)]
    calm = [made.calmed(START + n * MINUTE) for n in range(5)]
    slow = [made.begins(key, START + timedelta(hours=1) + n * 40 * S) for n in range(5)]

    assert begins == [False, False, True, False, False]
    assert calm == [[], [], [], [key], []]
    assert not any(slow)


def test_a_message_goes_in_the_name_of_the_most_urgent() -> None:
    assert lead_of([said(1, event=Event.CLEARED), said(2), said(3)]).journal == 2
    assert lead_of([said(1), said(2, high=True)]).journal == 2
