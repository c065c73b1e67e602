"""What is asked of a line, and from when on."""

from decimal import Decimal
from fractions import Fraction

from mes.calendar.targets import LineTarget, targets_from

HALF, MOST = Fraction(1, 2), Fraction(4, 5)


def test_a_target_holds_until_the_next_one_begins() -> None:
    line = targets_from([("a", 0, Decimal("0.5")), ("a", 100, Decimal("0.8")), ("b", 50, Decimal("0.1"))]).of("a")

    assert [line.at(us) for us in (0, 99, 100, 500)] == [HALF, HALF, MOST, MOST]


def test_the_newest_word_on_a_day_holds_and_one_that_is_taken_back_leaves_what_held_before() -> None:
    said = [("a", 0, Decimal("0.5")), ("a", 100, Decimal("0.9")), ("a", 100, Decimal("0.8"))]

    assert targets_from(said).of("a").at(100) == MOST
    assert targets_from([*said, ("a", 100, None)]).of("a").at(100) == HALF


def test_the_pieces_of_a_window_are_the_whole_of_it() -> None:
    line = LineTarget(((10, HALF), (20, MOST)))

    assert line.within(0, 30) == [(0, 10, None), (10, 20, HALF), (20, 30, MOST)]
    assert line.within(20, 25) == [(20, 25, MOST)]
    assert line.within(5, 5) == []
    assert LineTarget().at(5) is None
