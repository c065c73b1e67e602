"""What is wrong with a request is told in plain words, never in those of a library."""

from datetime import datetime
from typing import Any, Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from mes.web.bounds import Comment, Day, Instant, PersonName, PlantId, Reason, RowId
from mes.web.mistakes import said

WRONG: list[tuple[Any, object, str]] = [
    (PlantId, "press 1", "Use lower-case letters, digits, - and _, at most 63, first a letter or a digit."),
    (PersonName, "\0", "Leave out line breaks and control characters."),
    (PersonName, "", "Is empty: give a text."),
    (PersonName, 7, "Give a text."),
    (Reason, "x" * 501, "Give 500 characters at most."),
    (Comment, "\x07", "Leave out control characters."),
    (RowId, 0, "Give 1 or more."),
    (RowId, 2**63, "Give 9223372036854775807 at most."),
    (RowId, "x", "Give a whole number."),
    (RowId, 1.5, "Give a whole number."),
    (Day, "2026-02-31", "Give a date such as 2026-01-31."),
    (Day, "1999-12-31", "Give a day from 2000-01-01 to 2199-12-31."),
    (Instant, "1999-12-31T00:00:00Z", "Give an instant from the years 2000 to 2199."),
    (Instant, datetime(2026, 1, 1), "Give the time with its zone, such as 2026-01-31T06:00:00Z"),  # noqa: DTZ001
    (Literal["shift", "hour"], "day", "Give one of 'shift' or 'hour'."),
    (list[int], "x", "Give a list, such as [1, 2]."),
    (dict[str, int], "x", "Give an object"),
    (bool, "perhaps", "Give true or false."),
]


@pytest.mark.parametrize(("kind", "value", "words"), WRONG)
def test_a_mistake_is_told_in_plain_words(kind: Any, value: object, words: str) -> None:
    with pytest.raises(ValidationError) as found:
        TypeAdapter(kind).validate_python(value)

    assert said(found.value.errors()[0]).startswith(words)
