"""A rule by itself: read as in the plant file, and written as it was."""

import pytest

from config.load import BadPlantFile
from config.rules.candidate import read_candidate, text_of_rule
from tests.alerts.rules.counting import counting_plant
from tests.config.rules.test_fit import KINDS

PLANT = counting_plant("[{id: hot, kind: threshold, tag: temperature, above: 60}]")
MORE = [
    "{id: x, kind: anomaly, budget: 2/month, learns: 3d}",
    "{id: hot, kind: threshold, tag: temperature, above: 70, delay: 1500ms}",
    "{id: x, kind: no_data, longer_than: 90s, cause: {en: Cable., zh: 电缆。}, corrective_action: [Look.]}",
]


@pytest.mark.parametrize("text", [*KINDS, *MORE])
def test_a_rule_that_is_written_again_is_the_same_rule(text: str) -> None:
    rule = read_candidate(PLANT, text)

    assert rule == read_candidate(PLANT, text_of_rule(rule))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "write one rule, such as"),
        ("[{id: a, kind: no_data, longer_than: 1s}, {id: b, kind: no_data, longer_than: 1s}]", "write one rule"),
        ("{id: x, kind: threshold, tag: temperature, above: 60", "line 1"),
        ("{id: x, kind: no_data, longer_than: 5}", "longer_than: 5 is not a duration"),
        ("{id: x, kind: no_data, longer_than: 5s, sound: loud}", "unknown key"),
        ("{id: x, kind: threshold, tag: pressure, above: 60}", "none of its machines has a tag 'pressure'"),
        ("{id: x, kind: no_data, longer_than: 5s, notify: [chat]}", "notify of rule 'x': 'chat' does not exist"),
        ("x" * 5000, "more than 4000 characters"),
    ],
)
def test_a_mistake_is_told_as_in_the_plant_file(text: str, told: str) -> None:
    with pytest.raises(BadPlantFile) as found:
        read_candidate(PLANT, text)

    assert told in str(found.value)
