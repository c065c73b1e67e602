"""Mistakes in rules are named when the plant file is read, with place and cure."""

import pytest

from config.load import BadPlantFile, parse_plant
from tests.alerts.floor import plant_with
from tests.alerts.rules.counting import counting_plant, counting_text

KINDS = [
    "{id: x, kind: threshold, tag: temperature, above: 60, delay: 10s, off_delay: 30s, deadband: 2}",
    "{id: x, kind: rate_of_change, tag: temperature, above: 5, within: 1min}",
    "{id: x, kind: stuck, tag: current, longer_than: 5min, band: 0.1}",
    "{id: x, kind: expression, if: \"temperature > 60 and state == 'running'\", delay: 10s}",
    "{id: x, kind: state_too_long, states: [setup], longer_than: 45min}",
    "{id: x, kind: counter_silent, longer_than: 1min}",
    "{id: x, kind: slow_cycle, slower_by: 0.2, over: 10min}",
    "{id: x, kind: scrap_rate, above: 0.05, parts: 200}",
    "{id: x, kind: oee_low, below: 0.6, lines: [line-1], over: 8h}",
    "{id: x, kind: stopped, longer_than: 5min, document: https://docs.example.com/press/jam}",
]


@pytest.mark.parametrize("rule", KINDS)
def test_each_kind_is_read(rule: str) -> None:
    assert counting_plant(f"[{rule}]").rules[0].id == "x"


MISTAKES = [
    (
        "kind: rate_of_change, tag: pressure, above: 5, within: 1min",
        "rule 'x': none of its machines has a tag 'pressure'",
    ),
    ("kind: rate_of_change, tag: label, above: 5, within: 1min", "'label' is a text, this rule needs a number"),
    ("kind: rate_of_change, tag: current, within: 1min", "needs either 'above' (it rises by more) or 'below'"),
    ("kind: rate_of_change, tag: current, below: -5, within: 1min", "below: "),
    ("kind: stuck, tag: label, longer_than: 5min", "'label' is a text, this rule needs a number"),
    ("kind: expression, if: pressure > 5", "none of its machines has all the tags pressure"),
    ("kind: expression, if: pressure > 5, machines: [press-1]", "machine 'press-1' is named, but not one that has all"),
    ("kind: expression, if: state == 1", "'state': write state == 'running'"),
    ("kind: expression, if: \"current == 'high'\"", "'current': it is a number, not a text"),
    ("kind: expression, if: \"label == 'x'\"", "'label' is a text: only numbers and the state are compared"),
    ("kind: expression, if: current >", "not an expression"),
    ("kind: expression, if: 1 > 2", "'if' reads no tag: name one"),
    ("kind: state_too_long, states: [blocked], longer_than: 5min", "none of its machines tells the state blocked"),
    ("kind: state_too_long, states: [], longer_than: 5min", "states: "),
    ("kind: counter_silent, longer_than: 1s", "is less than two ideal cycles of machine 'press-1' (1 s a part)"),
    ("kind: slow_cycle, slower_by: 0.2", "needs either 'over', such as 1h, or 'parts', such as 100"),
    ("kind: scrap_rate, above: 5, over: 1h", "above: "),
    ("kind: oee_low, below: 0.6, lines: [line-9]", "lines of rule 'x': 'line-9' does not exist; known are line-1"),
    ("kind: oee_low, below: 0.6, over: 90min", "'over' is in whole hours, such as 1h or 8h"),
    ("kind: oee_low, below: 0.6, lines: [line-1], machines: [press-1]", "is of 'machines' or of 'lines'"),
    ('kind: stopped, longer_than: 5min, document: "javascript:alert(1)"', "document: "),
]


@pytest.mark.parametrize(("rule", "told"), MISTAKES)
def test_a_mistake_is_named_with_its_rule_and_cure(rule: str, told: str) -> None:
    with pytest.raises(BadPlantFile) as found:
        parse_plant(counting_text(f"[{{id: x, {rule}}}]"))

    assert told in str(found.value)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("kind: scrap_rate, above: 0.05, over: 1h", "none of its machines counts scrap: add a tag with scrap_count"),
        ("kind: counter_silent, longer_than: 1min", "none of its machines has a state and counts its parts"),
        ("kind: slow_cycle, slower_by: 0.2, parts: 50, machines: [press-2]", "machine 'press-2' is named, but not one"),
    ],
)
def test_a_rule_about_parts_needs_a_machine_that_counts_them(rule: str, told: str) -> None:
    with pytest.raises(BadPlantFile) as found:
        plant_with(f"[{{id: x, {rule}}}]")

    assert told in str(found.value)
