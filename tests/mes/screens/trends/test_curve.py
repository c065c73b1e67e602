from typing import Any

import pytest

from config.load import parse_plant
from contract.sample import from_us, to_us
from mes.screens.trends.asked import View, by_machine, drawn, first_of
from mes.screens.trends.curve import AlarmSpan, bands, chart, curve, last_of, long_gaps
from mes.values.models import TagValue, TagValues, ValueBucket, ValueGap, ValueRun
from tests.mes.screens.lines import MACHINE, PLANT, SECOND
from tests.times import at

RULES = """
rules:
  - {id: hot, kind: threshold, tag: temperature, above: 64, priority: medium}
  - {id: cold, kind: threshold, tag: temperature, below: 5, machines: [press-2]}
"""
TAG = "          - {name: temperature, register: 70, unit: °C, type: int16}\n"
BEGIN = to_us(at("2026-11-24 06:00"))


def plant() -> Any:
    machines = "".join(MACHINE.format(n=n) + TAG for n in (1, 2))
    return parse_plant(PLANT.format(machines=machines, zone="UTC") + RULES)


def told(**more: Any) -> TagValues:
    empty: dict[str, Any] = {"values": [], "buckets": [], "runs": [], "gaps": []}
    made = {"tag": "temperature", "role": "process_value", "unit": "°C", "samples": 0, "holds_us": 6 * SECOND}
    return TagValues(**made | {"told_to": second(3600)} | empty | more)


def second(n: float) -> Any:
    return from_us(BEGIN + round(n * SECOND))


def value(n: float, number: float | None) -> TagValue:
    return TagValue(at=second(n), value=number, quality="bad" if number is None else "good")


def gap(begin: float, end: float) -> ValueGap:
    return ValueGap(from_=second(begin), to=second(end), cause="no_samples")


def bucket(missing_s: float = 0) -> ValueBucket:
    points = dict(
        zip(("first", "min", "max", "last"), (value(0, 3), value(2, 1), value(5, 9), value(9, 4)), strict=True)
    )
    return ValueBucket(
        from_=second(0), to=second(10), samples=10, good=1.0, missing_us=round(missing_s * SECOND), **points
    )


def seconds(xs: list[float]) -> list[float]:
    return [round(x - BEGIN / SECOND, 6) for x in xs]


def test_no_line_is_drawn_across_a_gap() -> None:
    xs, ys = curve(told(values=[value(0, 1.0), value(60, 2.0)], gaps=[gap(6, 60)]))

    assert (seconds(xs), ys) == ([0, 6, 60], [1.0, None, 2.0])


def test_the_extremes_of_a_bucket_are_drawn_at_their_instants() -> None:
    xs, ys = curve(told(buckets=[bucket()]))

    assert (seconds(xs), ys) == ([0, 2, 5, 9], [3, 1, 9, 4])


def test_points_of_a_bucket_that_lacks_what_no_gap_tells_are_not_joined() -> None:
    _, apart = curve(told(buckets=[bucket(missing_s=2)]))
    _, whole = curve(told(buckets=[bucket(missing_s=2)], gaps=[gap(6, 8)]))

    assert apart == [3, None, 1, None, 9, None, 4, None]
    assert whole == [3, 1, 9, None, 4]


def test_a_chart_has_the_limits_and_alarms_of_its_own_tag() -> None:
    [one], _ = drawn(plant(), ["press-1/temperature"])
    alarm = AlarmSpan(1, "hot", "press-1", "medium", "active_unacked", "Hot", "过热", BEGIN - SECOND, None)
    other = AlarmSpan(2, "stopped", "press-1", "high", "active_unacked", "Stopped", "停止", BEGIN, None)

    made = chart(one, told(), plant(), [alarm, other], (BEGIN, BEGIN + 10 * SECOND))

    assert made["limits"] == [[64.0, 1]]
    assert made["alarms"] == [[BEGIN / 1e6, BEGIN / 1e6 + 10, "medium"]]


def test_a_value_that_does_not_hold_any_more_is_not_the_newest_one() -> None:
    values = [value(0, 1.0), value(60, 2.0)]

    assert last_of(told(values=values), second(62)) == (2.0, True)
    assert last_of(told(values=values, gaps=[gap(66, 90)]), second(90)) == (2.0, False)
    assert last_of(told(), second(90)) == (None, True)


def test_a_word_stands_where_it_fits() -> None:
    runs = [(0, 900, "running"), (900, 910, "down"), (910, 1200, "待料")]
    made = [ValueRun(from_=second(a), to=second(b), value=word, quality="good") for a, b, word in runs]

    found = bands(told(runs=made), (BEGIN, BEGIN + 1200 * SECOND))

    assert [(band.word, band.fits) for band in found] == [("running", 2), ("down", 0), ("待料", 2)]


def test_where_nothing_is_known_of_a_state_the_band_says_so() -> None:
    runs = [ValueRun(from_=second(0), to=second(600), value="running", quality="good")]

    found = bands(told(runs=runs, gaps=[gap(600, 1200)]), (BEGIN, BEGIN + 1200 * SECOND))

    assert [(band.word, band.x, band.width) for band in found] == [("running", 0, 50), (None, 50, 50)]


def test_gaps_that_several_tags_share_are_one_line_and_short_ones_none() -> None:
    chosen, _ = drawn(plant(), ["press-1/temperature", "press-1/total"])
    shared = told(gaps=[gap(0, 2), gap(100, 400)])

    [only] = long_gaps(
        [(chosen[0], shared), (chosen[1], shared.model_copy(update={"tag": "total"}))], (BEGIN, BEGIN + 3600 * SECOND)
    )

    assert (only.tags, only.end_us - only.begin_us) == (("temperature", "total"), 300 * SECOND)


def test_the_address_names_the_view() -> None:
    chosen, unknown = drawn(plant(), ["press-1/temperature", "press-1/temperature", "press-9/none", "saw/total"])
    view = View(tuple(chosen), span=(BEGIN, BEGIN + SECOND))

    assert unknown == ["press-9/none"]
    assert view.link() == (
        "/trends?tag=press-1/temperature&tag=saw/total&from=2026-11-24T06:00:00Z&to=2026-11-24T06:00:01Z"
    )
    assert view.named("week") == "/trends?tag=press-1/temperature&tag=saw/total&window=week"
    assert view.without(chosen[0]) == "/trends?tag=saw/total&from=2026-11-24T06:00:00Z&to=2026-11-24T06:00:01Z"


def test_what_is_shown_already_cannot_be_added() -> None:
    chosen, _ = drawn(plant(), ["saw/total"])

    assert [machine.id for machine, _ in by_machine(plant(), chosen)] == ["press-1", "press-2"]


@pytest.mark.parametrize(("machine", "names"), [("press-1", ["temperature"]), ("saw", ["total"])])
def test_a_machine_shows_its_process_values_first(machine: str, names: list[str]) -> None:
    found = first_of(plant().machine(machine))

    assert [one.tag.name for one in found] == names
