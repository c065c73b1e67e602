from decimal import Decimal
from uuid import UUID

import pytest

from mes.quality.charts import Chart
from mes.quality.verdict import Characteristic, Result, Verdict, verdict_of, verdict_of_result, wrong_result

TORQUE = Characteristic(
    UUID(int=1), "Torque", "N·m", Chart.XBAR_R, 2, Decimal("2.4"), Decimal("2.0"), Decimal("2.8"), 0
)
BURRS = Characteristic(UUID(int=2), "Burrs", "", Chart.P, 50, None, None, None, 1)
SCRATCHES = Characteristic(UUID(int=3), "Scratches", "", Chart.C, 4, None, None, None, 0)
GOOD = {
    (TORQUE.id, 1): Result(Decimal("2.0")),
    (TORQUE.id, 2): Result(Decimal("2.8")),
    (BURRS.id, 1): Result(None, 1, 50),
}


def test_on_the_limit_has_passed() -> None:
    assert verdict_of([TORQUE, BURRS], GOOD) is Verdict.PASSED


@pytest.mark.parametrize("bad", [{(TORQUE.id, 1): Result(Decimal("1.999999"))}, {(BURRS.id, 1): Result(None, 2, 50)}])
def test_one_result_that_fails_fails_the_inspection_even_where_others_are_missing(
    bad: dict[tuple[UUID, int], Result],
) -> None:
    assert verdict_of([TORQUE, BURRS], GOOD | bad) is Verdict.FAILED
    assert verdict_of([TORQUE, BURRS], bad) is Verdict.FAILED


def test_what_is_missing_has_not_passed() -> None:
    one_short = {key: result for key, result in GOOD.items() if key != (TORQUE.id, 2)}

    assert verdict_of([TORQUE, BURRS], one_short) is Verdict.INCOMPLETE
    assert verdict_of([TORQUE, BURRS], GOOD | {(TORQUE.id, 2): Result(None)}) is Verdict.INCOMPLETE
    assert verdict_of_result(TORQUE, None) is Verdict.INCOMPLETE


@pytest.mark.parametrize(
    ("asked", "piece", "result", "said"),
    [
        (TORQUE, 3, Result(Decimal(2)), "1 to 2"),
        (TORQUE, 1, Result(None, 0, 1), "'value'"),
        (BURRS, 1, Result(Decimal(2)), "'nonconforming'"),
        (BURRS, 1, Result(None, 51, 50), "More"),
        (BURRS, 2, Result(None, 0, 50), "1 to 1"),
        (SCRATCHES, 1, Result(None, 9, 5), "'of': 4"),
    ],
)
def test_a_result_that_cannot_be_one_is_told_how_to_be(
    asked: Characteristic, piece: int, result: Result, said: str
) -> None:
    assert said in str(wrong_result(asked, piece, result))
    assert wrong_result(SCRATCHES, 1, Result(None, 9, 4)) is None
