"""Sources beside each other: a difference is equal, explained, owned or open; a day adds up or says what is missing."""

from decimal import Decimal

from mes.erp.reconciliation.sides import Certificate, Said, Source, Standing, Tally, differences, standing


def said(good: int | None, scrap: int | None = None) -> Said:
    return Said(None if good is None else Decimal(good), None if scrap is None else Decimal(scrap))


def test_who_says_nothing_differs_from_nobody() -> None:
    told = {Source.BOOKED: said(95, 5), Source.COUNTER: said(95, 5), Source.OPERATOR: said(None, 7)}

    assert differences(told) == {Source.OPERATOR: said(None, 2)}


def test_a_reason_holds_until_the_differences_change() -> None:
    gap, other = {Source.ERP: said(-5, 0)}, {Source.ERP: said(-6, 0)}

    assert standing({}, None, None, None) is Standing.EQUAL
    assert standing(gap, None, None, None) is Standing.OPEN
    assert standing(gap, gap, None, "counted by hand") is Standing.EXPLAINED
    assert standing(other, gap, None, "counted by hand") is Standing.OPEN
    assert standing(other, gap, "wang", "counted by hand") is Standing.OWNED


def test_signed_confirmations_are_what_was_acknowledged_waits_and_is_parked() -> None:
    told = Tally(3, said(100, 4))
    whole = Certificate(told, Tally(1, said(60, 4)), Tally(1, said(30, 0)), Tally(1, said(10, 0)), 0)
    short = Certificate(told, Tally(1, said(60, 4)), Tally(1, said(30, 0)), Tally(), 0)

    assert (whole.adds_up, whole.missing) == (True, said(0, 0))
    assert (short.adds_up, short.missing) == (False, said(10, 0))
