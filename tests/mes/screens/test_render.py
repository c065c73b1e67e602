from config.calendar import calendar_of
from config.shifts import shifts_between
from contract.sample import State
from mes.calendar.ideal_cycles import ideal_of
from mes.screens.render import parts
from mes.screens.view import line_view
from tests.mes.screens.lines import HOUR, SECOND, facts, plant, steps


def test_bounds_without_an_upper_end_are_shown_as_at_least() -> None:
    """By `tpm-classic` all bridged time may be a planned stop, and a part may have come out in no time at all."""
    of = plant(machines=1).model_copy(update={"policy": "tpm-classic"})
    tape = [(0, State.RUNNING), (5 * SECOND, State.NO_DATA), (HOUR - 10 * SECOND, State.IDLE)]
    calendar = calendar_of(of.site)
    view = line_view(
        of,
        of.lines[0],
        calendar=calendar,
        ideal=ideal_of(of),
        now_us=HOUR,
        shift=shifts_between(calendar, HOUR - 1, HOUR)[0],
        facts={"press-1": facts(0, HOUR, tape, total=steps((4 * SECOND, 2)))},
        data_us={"press-1": HOUR},
        alarms=(),
        orders=(),
        absent=(),
        names={},
    )

    assert (view.tiles[0].oee.value, view.tiles[0].oee.high) == (0.8, None)
    assert '<span class="bounds">≥ 0 %</span>' in parts(of, view, "en")["press-1"]
