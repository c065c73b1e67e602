"""Who holds a key: what is known of a program that asks. Pure."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Holder:
    """A program by its name, what its key is good for, and what a session calls the key."""

    name: str
    scopes: frozenset[str]
    credential: str


class StoredKeys(Protocol):
    """The keys in the database, asked anew every few seconds, so that a revoked one is soon good for nothing."""

    @property
    def anyone(self) -> bool:
        """Whether there is, or ever was, a program with a key; as far as `look` has seen."""

    async def look(self) -> None:
        """Find out whether anyone is there; what cannot be found out stays as it was."""

    async def holder(self, key: str) -> Holder | None:
        """Who holds a key or a token that is good at this time; psycopg.Error where nobody can tell."""

    async def holder_of(self, credential: str) -> Holder | None:
        """Who holds the key that a session was begun with, while it is good."""
