"""Position in a list ↔ an opaque cursor. Pure."""

import base64
import binascii
from typing import Annotated

from fastapi import Query

from mes.web.bounds import LARGEST, Letters
from mes.web.problems import Problem, mistake

Limit = Annotated[int, Query(ge=1, le=1000, description="Items on a page.")]
Cursor = Annotated[Letters | None, Query(description="`next_cursor` of the page before.")]


def encode(kind: str, position: int) -> str:
    """The cursor of a position; `kind` keeps a cursor of one list out of another."""
    return base64.urlsafe_b64encode(f"1:{kind}:{position}".encode()).decode().rstrip("=")


def decode(kind: str, cursor: str) -> int:
    """The position, or a Problem 422 when the cursor is not one that this list gave."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        version, given, position = text.split(":")
        if (version, given) != ("1", kind):
            raise ValueError(text)
        if not position.isascii() or not position.isdigit() or int(position) > LARGEST:
            raise ValueError(text)
        return int(position)
    except (ValueError, binascii.Error) as err:
        raise foreign() from err


def foreign() -> Problem:
    """422: the cursor is not of this list and window."""
    return mistake("query.cursor", "Send next_cursor of the page before, with the same window, or none at all.")
