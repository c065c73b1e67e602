"""Persons, as whoever is named for a change, or is signed on, is looked up."""

from collections.abc import Mapping
from typing import Any, Protocol

from mes.web.access.holder import Holder
from mes.web.access.scopes import Scope


class StoredPersons(Protocol):
    """The persons on record."""

    async def need(self, named: str, address: str, parameters: Mapping[str, Any], *, proven: bool = False) -> None:
        """A Problem where nobody who is active has this name or number, or may not make this change."""

    async def need_role(
        self, holder: Holder | None, method: str, address: str, parameters: Mapping[str, Any]
    ) -> frozenset[Scope]:
        """The scopes of which a program needs one; none where nobody is needed.

        A Problem 403 where a person has no role for it, and for a station at which nobody is signed on.
        """

    async def look(self) -> None:
        """Read the names of persons, every half minute at most; what cannot be read stays as it was."""

    def name_of(self, number: str) -> str:
        """The name of the person with this number, as far as `look` has seen; the number itself where there is none."""
