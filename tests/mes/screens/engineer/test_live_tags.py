from typing import Any

from contract.sample import State
from mes.screens.engineer.live_tags import chosen, live, page_of
from mes.screens.raw_sample import RawSample
from tests.mes.screens.engineering import engineered
from tests.mes.screens.lines import HOUR, SECOND

NOW = 100 * HOUR


def newest(value: float | None, age_s: float = 1, quality: int = 0, text: str | None = None) -> RawSample:
    at = NOW - round(age_s * SECOND)
    return RawSample(at, at, at, value, text, quality, "edge-1", 1, 7)


def shown(tag: str, one: RawSample | None) -> Any:
    plant = engineered()
    machine = plant.machine("press-1")
    [found] = live(
        plant,
        [(machine, next(each for each in machine.tags if each.name == tag))],
        {("press-1", tag): one} if one else {},
        NOW,
    )
    return found


def test_a_value_that_does_not_hold_any_more_is_not_shown() -> None:
    assert (shown("temperature", newest(61.5)).value, shown("temperature", newest(61.5)).why) == ("61.5", None)
    assert (shown("temperature", newest(61.5, 60)).value, shown("temperature", newest(61.5, 60)).why) == (None, "old")
    assert (shown("temperature", newest(None, 1, 2)).value, shown("temperature", None).why) == (None, "no_data")


def test_a_state_is_a_word_and_a_code_that_is_none_stays_a_number() -> None:
    assert shown("state", newest(float(State.DOWN))).value == "down"
    assert shown("state", newest(float(State.DOWN))).is_state
    assert not shown("state", newest(99.0)).is_state


def test_a_filter_finds_tags_by_all_of_its_words() -> None:
    found = chosen(engineered(), "压力机 temp", None)

    assert [(machine.id, tag.name) for machine, tag in found] == [
        ("press-1", "temperature"),
        ("press-2", "temperature"),
    ]
    assert chosen(engineered(), "temp saw", None) == []
    assert [machine.id for machine, _ in chosen(engineered(), "", "saw")] == ["saw"]


def test_tags_come_in_pages() -> None:
    every = chosen(engineered(), "", None)

    assert (len(every), page_of(every, 2, 5)[1], len(page_of(every, 2, 5)[0])) == (9, 2, 4)
    assert page_of([], 1, 5) == ([], 1)
