"""A seal covers its row and the one before: what was changed, taken out or moved is found."""

import pytest

from mes.feed.audit_mac import Row, first_broken, mac_of

KEY = b"k" * 32
ENTRIES: list[Row] = [("id-1", "Wang", "release", None), ("id-2", None, "release", "{}"), ("id-3", "Li", "close", None)]


def sealed() -> list[tuple[int, bytes, Row]]:
    rows: list[tuple[int, bytes, Row]] = []
    for position, row in enumerate(ENTRIES, start=1):
        rows.append((position, mac_of(KEY, rows[-1][1] if rows else b"", row), row))
    return rows


def test_what_was_not_touched_is_right() -> None:
    assert first_broken(KEY, sealed()) is None
    assert first_broken(KEY, []) is None


@pytest.mark.parametrize(
    ("touch", "broken"),
    [
        (lambda rows: [rows[0], (2, rows[1][1], ("id-2", None, "cancel", "{}")), rows[2]], 2),
        (lambda rows: [rows[0], rows[2]], 2),
        (lambda rows: rows[1:], 1),
        (lambda rows: [rows[0], (2, *rows[2][1:]), (3, *rows[1][1:])], 2),
    ],
)
def test_a_row_that_was_changed_taken_out_or_moved_is_found(touch, broken: int) -> None:  # type: ignore[no-untyped-def]
    assert first_broken(KEY, touch(sealed())) == broken


def test_another_key_seals_otherwise() -> None:
    assert first_broken(b"o" * 32, sealed()) == 1


def test_texts_do_not_run_into_each_other_and_none_is_not_empty() -> None:
    seals = {mac_of(KEY, b"", row) for row in [("ab", "c"), ("a", "bc"), ("abc", ""), ("abc", None), ("abc",)]}

    assert len(seals) == 5
