from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from mes.quality.chart_svg import TOP, points_drawing, spreads_drawing
from mes.quality.models_chart import ChartAnswer

START = datetime(2026, 1, 5, tzinfo=UTC)


def chart(*points: dict[str, Any], limits: bool = True) -> ChartAnswer:
    empty = {"complete": True, "spread": None, "spread_low": None, "spread_high": None, "rules": []}
    bounds = {"low": 0.0, "high": 10.0} if limits else {"low": None, "high": None}
    told = {"name": None, "from": None, "to": None, "centre": 5.0, "sigma": 1.0, "subgroups": 9, "missing": 0}
    return ChartAnswer.model_validate(
        {
            "characteristic": UUID(int=1),
            "plan": UUID(int=2),
            "name": "Torque",
            "unit": "",
            "product": "part",
            "machine": None,
            "chart": "i_mr",
            "subgroup_size": 1,
            "rules": "nelson",
            "tag": None,
            "tag_every_s": None,
            "from": START,
            "to": START,
            "as_of": START,
            "phase": 1,
            "limits": told | {"person": None, "client": None, "at": None} if limits else None,
            "stable": True,
            "signals": [],
            "capability": None,
            "false_alarm": None,
            "inputs": {"subgroups": 3, "complete": 3, "missing": 0, "cut": False},
            "points": [
                {"inspection": UUID(int=n + 9), "at": START + timedelta(minutes=n)} | empty | bounds | point
                for n, point in enumerate(points)
            ],
        }
    )


def test_no_line_crosses_a_subgroup_that_is_not_known() -> None:
    made = points_drawing(
        chart(
            {"value": 5.0},
            {"value": 6.0},
            {"value": None, "complete": False, "low": None, "high": None},
            {"value": 5.0},
        )
    )

    assert made is not None
    assert [part[0] for part in made.curve.split(" ") if part[0].isalpha()] == ["M", "L", "M"]
    assert [dot.kind for dot in made.dots] == ["", "", "missing", ""]
    assert made.dots[2].mark == "?"


def test_a_point_that_broke_rules_bears_their_numbers() -> None:
    made = points_drawing(chart({"value": 5.0}, {"value": 11.0, "rules": ["nelson_1", "nelson_5"]}))

    assert made is not None
    assert (made.dots[1].kind, made.dots[1].mark) == ("bad", "1·5")


def test_limits_centre_and_points_lie_on_one_scale_within_the_box() -> None:
    made = points_drawing(chart({"value": 5.0}, {"value": 12.0}))

    assert made is not None
    assert [(label.name, label.y) for label in made.labels] == [("UCL", 23.33), ("LCL", 90.0), ("CL", 56.67)]
    assert made.dots[1].y == TOP


def test_limits_that_change_with_the_size_of_the_subgroup_are_steps() -> None:
    made = points_drawing(chart({"value": 5.0}, {"value": 5.0, "high": 8.0}, {"value": 5.0, "high": 8.0}))

    assert made is not None
    assert made.limits[1].count("V") == 1


def test_equal_points_without_limits_are_drawn_and_none_is_not() -> None:
    assert points_drawing(chart({"value": 5.0}, limits=False)) is not None
    assert points_drawing(chart()) is None
    assert spreads_drawing(chart({"value": 5.0})) is None


def test_a_spread_beyond_its_limit_is_marked_on_its_own_chart_only() -> None:
    point = {"value": 5.0, "spread": 9.0, "spread_low": 0.0, "spread_high": 4.0, "rules": ["spread_beyond_limits"]}
    means, spreads = points_drawing(chart(point)), spreads_drawing(chart(point))

    assert means is not None
    assert spreads is not None
    assert (means.dots[0].kind, spreads.dots[0].kind, spreads.dots[0].mark) == ("", "bad", "!")
