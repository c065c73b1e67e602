from mes.screens.drawing import BOTTOM, TOP, drawing

WINDOW = (0, 100_000_000)


def test_a_curve_stands_between_its_least_and_greatest_value() -> None:
    made = drawing([0, 50, 100], [10.0, 20.0, 15.0], [], [], WINDOW)

    assert made.path == f"M0.0 {BOTTOM} L50.0 {TOP} L100.0 {(TOP + BOTTOM) / 2}"
    assert (made.least, made.greatest) == (10.0, 20.0)


def test_a_limit_is_seen_although_no_value_has_reached_it() -> None:
    made = drawing([0, 100], [10.0, 20.0], [], [(30.0, True)], WINDOW)

    assert (made.limits[0].y, made.greatest) == (TOP, 30.0)


def test_the_line_breaks_where_nothing_is_known() -> None:
    made = drawing([0, 10, 10, 30, 40], [1.0, 1.0, None, 2.0, 2.0], [(10, 30), (200, 300)], [], WINDOW)

    assert made.path.count("M") == 2
    assert made.gaps == ((10.0, 20.0),)


def test_what_never_changes_is_a_line_and_nothing_is_no_line() -> None:
    flat = drawing([0, 100], [5.0, 5.0], [], [], WINDOW)
    nothing = drawing([], [], [(0, 100)], [], WINDOW)

    assert flat.path == f"M0.0 {BOTTOM} L100.0 {BOTTOM}"
    assert (nothing.path, nothing.least, nothing.gaps) == ("", None, ((0.0, 100.0),))
