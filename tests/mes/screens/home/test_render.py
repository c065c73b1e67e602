from contract.sample import State
from mes.screens.home.render import day_of, meter_of, values_of
from mes.screens.wall.site import site_view
from tests.mes.screens.lines import HOUR, MINUTE, plant, steps
from tests.mes.screens.walls import view_of


def test_the_first_page_counts_what_runs_and_names_what_does_not() -> None:
    view = site_view([view_of([(0, State.RUNNING)]), view_of([(0, State.DOWN)])], [], [], [])

    shown = values_of(plant(1), view, "en")

    assert (shown["running"], shown["machines"], shown["states"]) == (1, 2, "1 down · 1 slow")


def test_a_bar_carries_its_bounds_and_has_none_where_little_was_observed() -> None:
    known = view_of([(0, State.RUNNING)], total=steps((MINUTE, 10)))
    unknown = view_of([(0, State.NO_DATA)])

    assert str(meter_of(known.numbers)).count('class="w"') == 3
    assert 'class="good"' not in str(meter_of(unknown.numbers))


def test_a_day_is_that_of_the_sites_calendar() -> None:
    assert day_of(plant(1, "Asia/Shanghai"), 20 * HOUR, "en") == "Fri 1970-01-02"
