"""Every place of a document, and how to write there."""

from collections.abc import Iterator
from typing import Any

Place = tuple[int | str, ...]


def places(document: Any, above: Place = ()) -> Iterator[Place]:
    """Each key and each entry, from the outside in."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for part, value in inner:
        yield (*above, part)
        yield from places(value, (*above, part))


def put(document: Any, place: Place, value: Any, gone: bool) -> None:
    """Another value at a place, or none at all."""
    for part in place[:-1]:
        document = document[part]
    if gone:
        del document[place[-1]]
    else:
        document[place[-1]] = value
