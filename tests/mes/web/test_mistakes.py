"""What is wrong with a request is told in plain words, never in those of a library."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from fastapi import FastAPI
from pydantic import Field, TypeAdapter, ValidationError

from mes.erp.routes import router
from mes.web.bounds import Comment, Day, Instant, PersonName, PlantId, Reason, RowId
from mes.web.mistakes import form_of, said

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
    (UUID, "WO-1042", "Give an id such as 8e03978e-40d5-43dd-bc93-6894a57f9324."),
    (UUID, 7, "Give an id such as 8e03978e-40d5-43dd-bc93-6894a57f9324."),
    (Annotated[str, Field(pattern=r"^(day|shift)(,(day|shift))*$")], "week", "Give some of day, shift, with commas"),
]


@pytest.mark.parametrize(("kind", "value", "words"), WRONG)
def test_a_mistake_is_told_in_plain_words(kind: Any, value: object, words: str) -> None:
    with pytest.raises(ValidationError) as found:
        TypeAdapter(kind).validate_python(value)

    assert said(found.value.errors()[0]).startswith(words)


def patterns(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return {pattern for one in schema for pattern in patterns(one)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    return own | {pattern for one in schema.values() for pattern in patterns(one)}


def test_no_pattern_of_the_api_is_told_as_a_pattern() -> None:
    app = FastAPI()
    app.include_router(router)
    # A quantity is read by a function of ours, which has words of its own.
    asked = {pattern for pattern in patterns(app.openapi()) if "[0-9]{1,12}" not in pattern}

    assert [pattern for pattern in sorted(asked) if pattern in form_of(pattern)] == []
    assert len(asked) > 5
