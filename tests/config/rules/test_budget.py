"""How often a rule may be wrong."""

from datetime import timedelta

import pytest

from config.rules.budget import FalseAlarms, parse_budget


def test_a_budget_is_a_number_and_a_time() -> None:
    assert parse_budget("1/week") == FalseAlarms(1, timedelta(weeks=1))
    assert str(parse_budget(" 2 / day ")) == "2/day"


@pytest.mark.parametrize("written", ["0/week", "1/year", "week", 1, "-1/day", "1000/day"])
def test_anything_else_is_refused_with_the_way_to_write_it(written: object) -> None:
    with pytest.raises(ValueError, match="1/week"):
        parse_budget(written)
