from itertools import pairwise

from contract.sample import State
from mes.web.state_strip import Strip, axis_svg, strip_of, strip_svg


def test_the_strip_has_no_hole_and_a_stop_in_a_break_is_planned() -> None:
    tape = [(0, State.NO_DATA), (100, State.RUNNING), (200, State.STOPPED), (400, State.DOWN), (500, State.RUNNING)]

    strip = strip_of([at for at, _ in tape], [state for _, state in tape], 600, (0, 800), [(0, 300), (350, 600)])

    assert strip.slices == (
        (0, 100, "nodata"),
        (100, 200, "running"),
        (200, 300, "stopped"),
        (300, 350, "planned"),
        (350, 400, "stopped"),
        (400, 500, "down"),
        (500, 600, "running"),
    )
    assert all(one[1] == other[0] for one, other in pairwise(strip.slices))


def test_the_future_is_empty_and_a_line_says_where_now_is() -> None:
    drawn = str(strip_svg(Strip(0, 800, ((0, 200, "running"),)), "states", now_us=200))

    assert '<path class="s-running" d="M0 58h1000v42h-1000z"/>' in drawn
    assert 'x1="25.00%"' in drawn


def test_what_is_not_known_is_hatched_over_the_full_height() -> None:
    drawn = str(strip_svg(Strip(0, 400, ((100, 200, "nodata"),)), "states"))

    assert '<rect class="s-nodata" x="25%" width="25%" height="100%"/>' in drawn


def test_hours_at_the_ends_stay_inside() -> None:
    drawn = str(axis_svg(0, 100, [(0, "06"), (50, "10"), (100, "14")]))

    assert [drawn.count(f'text-anchor="{anchor}"') for anchor in ("start", "middle", "end")] == [1, 1, 1]
