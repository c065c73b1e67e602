"""What goes next: one, several of high priority together, or a digest."""

from collections.abc import Sequence
from dataclasses import replace

from alerts.channels.letter import Kind, Letter, fitting, text_of, title_of
from alerts.channels.pace import Pace, crowded_s, pace_of
from alerts.channels.planner import Waiting, next_letter
from tests.alerts.letters import MESSAGE, STYLE, several

PACE = pace_of(15, 0.25, 0.0)


def waiting(count: int, high: bool = False, first: int = 1, **change: object) -> list[Waiting]:
    message = replace(MESSAGE, priority="high" if high else "low")
    return [
        replace(Waiting(n, replace(message, id=n, alarm=n), high=high), **change)  # type: ignore[arg-type]
        for n in range(first, first + count)
    ]


def planned(those: Sequence[Waiting], pace: Pace = PACE) -> Letter:
    letter = next_letter(those, pace, 0.0)
    assert letter is not None
    return letter


def test_nothing_waits() -> None:
    assert next_letter([], PACE, 0.0) is None


def test_what_the_pace_lets_through_within_a_minute_goes_one_by_one() -> None:
    assert (planned(waiting(3)).kind, planned(waiting(9)).kind) == (Kind.ALONE, Kind.ALONE)


def test_what_it_does_not_let_through_is_a_digest_of_all() -> None:
    letter = planned(waiting(950))

    assert (letter.kind, len(letter.messages), letter.id) == (Kind.DIGEST, 950, 1)


def test_high_priority_goes_first_and_together_where_not_all_may_go_at_once() -> None:
    few, many = planned([*waiting(3, True, 20), *waiting(9)]), planned([*waiting(50, True, 20), *waiting(9)])

    assert (few.kind, few.ids) == (Kind.ALONE, (20,))
    assert (many.kind, len(many.ids)) == (Kind.TOGETHER, 50)


def test_a_person_gets_no_digest_of_others() -> None:
    letter = planned([*waiting(200, person="wang", address="13800000000"), *waiting(200, first=500)])

    assert (letter.person, len(letter.ids)) == ("wang", 200)


def test_what_was_cut_off_goes_again_as_it_was_and_says_so() -> None:
    again = waiting(40, repeats=1, bundle=1)

    letter = planned([*again, *waiting(400, first=100)])

    assert (letter.ids, letter.kind, letter.repeat) == (tuple(range(1, 41)), Kind.DIGEST, True)
    assert "Possibly a repeat. 可能是重复消息。" in text_of(letter, STYLE)


def test_what_was_begun_goes_on_with_its_next_part() -> None:
    assert planned([*waiting(1, parts_done=2, bundle=1), *waiting(99, first=2)]).part == 3


def test_a_message_of_several_holds_as_many_as_fit() -> None:
    letter = fitting(several(50, Kind.TOGETHER), STYLE, 2048)

    assert 5 < len(letter.messages) < 50
    assert len(text_of(letter, STYLE).encode()) <= 2048
    assert len(fitting(several(50, Kind.TOGETHER), STYLE, None).messages) == 50


def test_the_full_and_the_half_minute_are_left_out() -> None:
    assert [crowded_s(s) for s in (0.0, 1.0, 1.5, 15.0, 29.4, 29.5, 31.0, 59.75)] == [1.5, 0.5, 0, 0, 0, 2.0, 0.5, 1.75]


def test_whoever_comes_on_call_reads_all_that_is_open_in_one_message_whatever_the_pace_allows() -> None:
    handed = [replace(one, message=replace(one.message, event="handed_over")) for one in waiting(3)]
    many = [replace(one, message=replace(one.message, event="handed_over")) for one in waiting(30)]

    assert (planned(handed).kind, len(planned(handed).messages)) == (Kind.TOGETHER, 3)
    assert "3 alarms are still open" in title_of(planned(handed))
    assert (planned(many).kind, len(planned(many).messages)) == (Kind.DIGEST, 30)
    assert planned(handed[:1]).kind == Kind.ALONE
