from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from contract.sample import State
from mes.screens.band import CELLS, boxes, ticks
from tests.mes.screens.lines import HOUR, MINUTE, facts

WINDOW = (0, HOUR)


def test_a_band_shows_each_state_by_colour_and_height() -> None:
    made = facts(0, HOUR, [(0, State.RUNNING), (30 * MINUTE, State.DOWN), (45 * MINUTE, State.NO_DATA)])

    found = boxes(made, [WINDOW], WINDOW)

    assert [(box.word, box.colour, box.x, box.width, box.height) for box in found] == [
        ("running", "running", 0, 50, 42),
        ("down", "down", 50, 25, 100),
        ("no_data", "nodata", 75, 25, 100),
    ]


def test_a_stop_outside_of_planned_time_is_a_planned_stop_but_work_and_silence_stay_what_they_are() -> None:
    made = facts(0, HOUR, [(0, State.DOWN), (20 * MINUTE, State.RUNNING), (40 * MINUTE, State.NO_DATA)])

    found = boxes(made, [(0, 10 * MINUTE)], WINDOW)

    assert [box.word for box in found] == ["down", "planned", "running", "no_data"]


def test_a_month_of_short_stops_has_no_more_boxes_than_a_screen_has_columns_and_none_is_hidden() -> None:
    at = np.arange(4000, dtype=np.int64) * (HOUR // 4000)
    states = np.where(np.arange(4000) % 400 == 7, int(State.DOWN), int(State.RUNNING)).astype(np.int64)
    states[1::2] = np.where(states[1::2] == State.DOWN, states[1::2], int(State.IDLE))
    made = replace(facts(0, HOUR, [(0, State.RUNNING)]), state_at=at, state=states)

    found = boxes(made, [WINDOW], WINDOW)

    assert len(found) <= CELLS
    assert sum(box.word == "down" for box in found) == 10


@pytest.mark.parametrize(
    ("window", "texts"),
    [
        ((0, HOUR), ["01-01", "00:10", "00:20", "00:30", "00:40", "00:50"]),
        ((30 * MINUTE, 8 * HOUR + 30 * MINUTE), [f"{n:02d}:00" for n in range(1, 9)]),
        ((0, 6 * 24 * HOUR), ["01-01", "01-02", "01-03", "01-04", "01-05", "01-06"]),
    ],
)
def test_an_axis_has_round_times_of_the_site(window: tuple[int, int], texts: list[str]) -> None:
    assert [tick.text for tick in ticks(window, ZoneInfo("UTC"))] == texts
