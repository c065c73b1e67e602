"""`suppressed_by` names rules of the plant file, and never leads in a circle."""

import pytest

from config.load import BadPlantFile
from tests.alerts.floor import plant_with


def rules(*suppressed_by: str) -> str:
    made = [
        f"{{id: r{n}, kind: no_data, longer_than: 1s, suppressed_by: [{one}]}}" for n, one in enumerate(suppressed_by)
    ]
    return f"[{', '.join(made)}]"


def test_a_chain_is_allowed() -> None:
    assert plant_with(rules("r1", "r2", "")).rules[0].suppressed_by == ("r1",)


@pytest.mark.parametrize(
    ("suppressed_by", "said"), [(("r1", "r0"), "circle"), (("r0",), "circle"), (("gone",), "is not a rule")]
)
def test_a_circle_and_a_rule_that_is_not_there_are_refused(suppressed_by: tuple[str, ...], said: str) -> None:
    with pytest.raises(BadPlantFile, match=said):
        plant_with(rules(*suppressed_by))
