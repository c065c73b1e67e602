"""Persons, as whoever is named for a change is looked up."""

from collections.abc import Mapping
from typing import Any, Protocol


class StoredPersons(Protocol):
    """The persons on record."""

    async def need(self, named: str, address: str, parameters: Mapping[str, Any]) -> None:
        """A Problem where nobody who is active has this name or number, or may not make this change."""
