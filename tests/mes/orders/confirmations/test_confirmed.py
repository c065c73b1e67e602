"""Confirmations add up to what is certain, are numbered without gaps, and nothing in them is ever changed."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mes.orders.confirmations.confirmed import Amounts, Confirmation, final_of, following, standing, total

D = Decimal


def amounts(good: str, burr: str = "0", run_us: int = 0) -> Amounts:
    return Amounts(D(good), {"burr": D(burr)} if D(burr) else {}, run_us=run_us)


def test_what_has_become_certain_joins_the_next_partial() -> None:
    first = following([], amounts("480", "6"), final=False)
    second = following(first, amounts("700", "6"), final=False)

    assert [(c.number, c.kind, c.amounts) for c in first + second] == [
        (1, "partial", amounts("480", "6")),
        (2, "partial", amounts("220")),
    ]
    assert following(first + second, amounts("700", "6"), final=False) == []


def test_less_than_was_told_reverses_the_newest_and_tells_the_rest_anew() -> None:
    told = following([], amounts("480"), final=False)
    told += following(told, amounts("700"), final=False)
    new = following(told, amounts("690", "10"), final=False)

    assert [(c.number, c.kind, c.reverses, c.amounts.good) for c in new] == [
        (3, "reversal", 2, D(-220)),
        (4, "partial", None, D(210)),
    ]
    assert total(told + new) == amounts("690", "10")


def test_a_final_confirmation_is_told_though_nothing_is_left() -> None:
    told = following([], amounts("480"), final=False)
    final = following(told, amounts("480"), final=True)

    assert [(c.number, c.kind, c.amounts) for c in final] == [(2, "final", Amounts())]
    assert final_of(told + final) == final[0]
    assert final_of(told) is None


QUANTITY = st.decimals(0, 1000, places=2)
CERTAIN = st.builds(
    Amounts,
    good=QUANTITY,
    scrap=st.dictionaries(st.sampled_from("abc"), QUANTITY.filter(bool), max_size=3),
    rework=QUANTITY,
    setup_us=st.integers(0, 10**9),
    run_us=st.integers(0, 10**9),
)


@given(st.lists(st.tuples(CERTAIN, st.booleans()), max_size=8))
def test_signed_confirmations_are_what_is_certain_at_the_last(told: list[tuple[Amounts, bool]]) -> None:
    log: list[Confirmation] = []
    for certain, final in told:
        before = list(log)
        log += following(log, certain, final=final and final_of(log) is None)

        assert log[: len(before)] == before
        assert total(log) == certain
        assert not any(one.amounts.below_0 for one in standing(log))
    assert [one.number for one in log] == list(range(1, len(log) + 1))
    back = [one.reverses for one in log if one.reverses is not None]
    assert len(back) == len(set(back))
    assert all(log[number - 1].kind != "reversal" for number in back)
