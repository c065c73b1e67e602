import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.web.cursor import decode, encode
from mes.web.problems import Problem


@given(st.integers(0, 2**63 - 1))
def test_a_cursor_brings_back_its_position(position: int) -> None:
    assert position == decode("states", encode("states", position))


@pytest.mark.parametrize("cursor", ["", "x", "!!!", encode("alarms", 3), "MTpzdGF0ZXM6YQ", "é"])
def test_a_cursor_that_this_list_did_not_give_is_refused_with_a_cure(cursor: str) -> None:
    with pytest.raises(Problem, match="next_cursor") as trouble:
        decode("states", cursor)

    assert trouble.value.status == 422
