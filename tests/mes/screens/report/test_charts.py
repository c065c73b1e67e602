from fractions import Fraction

from mes.losses.six_big_losses import Lost, Where
from mes.screens.report.charts import balance_svg, bars_svg
from mes.screens.report.figures import Slot
from mes.screens.wall.tiles import Pace


def slot(hour: int, good: int | None, due: int | None) -> Slot:
    return Slot(hour, hour + 1, Pace(good, due, due), None, future=good is None)


def test_an_hour_below_nine_tenths_of_its_target_has_an_outline_of_what_is_missing() -> None:
    drawn = str(bars_svg([slot(0, 90, 100), slot(1, 89, 100), slot(2, None, None)], str, str, "hours"))

    assert drawn.count('class="good"') == 2
    assert drawn.count('class="gap"') == 1
    assert drawn.count('class="target"') == 2


def test_the_bar_of_planned_time_is_full_whatever_is_below_zero() -> None:
    balance = dict.fromkeys(Where, Lost(0, Fraction(0))) | {
        Where.GOOD: Lost(750, Fraction(1)),
        Where.BREAKDOWN: Lost(250, Fraction(1)),
        Where.REDUCED_SPEED: Lost(-10, Fraction(0)),
    }

    drawn = str(balance_svg(balance, "planned time"))

    assert 'class="s-running" x="0.00%" y="0.00%" width="75.00%"' in drawn
    assert 'class="s-down" x="75.00%" y="0.00%" width="25.00%"' in drawn
    assert "speed" not in drawn
