"""Who asks: a program by its key, or a person who is signed on. Pure."""

from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

# What the cookie of a person's session begins with; the session of a key has the key's name there.
SESSION = "sfs_"
BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Station:
    """A browser that several people share at some machines."""

    id: UUID
    name: str
    machines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedOn:
    """A person who has proven who they are: by a session of their own, or by a sign-on at a station.

    `granted` are role and place, of this moment.
    """

    id: UUID
    number: str
    name: str
    language: Literal["en", "zh"] | None
    granted: tuple[tuple[str, str], ...]
    session: UUID | None = None
    sign_on: UUID | None = None

    @property
    def roles(self) -> frozenset[str]:
        """The person's roles, wherever they hold."""
        return frozenset(role for role, _ in self.granted)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks by name, what it is good for, what a session calls the key; the person and the station, where known.

    Of a station at which several are signed on, the person is the one who was chosen there, or who came last.
    """

    name: str
    scopes: frozenset[str]
    credential: str
    person: SignedOn | None = None
    station: Station | None = None
    others: tuple[SignedOn, ...] = ()


class StoredKeys(Protocol):
    """Keys and sessions in the database, asked anew every few seconds: one that ended is soon good for nothing."""

    @property
    def anyone(self) -> bool:
        """Whether there is, or ever was, a program with a key; as far as `look` has seen."""

    @property
    def people(self) -> bool:
        """Whether a person can log in, as far as `look` has seen."""

    async def look(self) -> None:
        """Find out whether anyone is there; what cannot be found out stays as it was."""

    async def holder(self, key: str) -> Holder | None:
        """Who holds a key or a token that is good at this time; psycopg.Error where nobody can tell."""

    async def holder_of(self, credential: str) -> Holder | None:
        """Who holds the key that a session was begun with, while it is good."""

    async def person_with(self, session: str) -> Holder | None:
        """The person who is logged in by this cookie, while the session is good."""

    async def station_with(self, cookie: str, chosen: str | None) -> Holder | None:
        """The station with this cookie, and who acts at it: the sign-on that was chosen, or the last one."""

    def forget(self, session: str) -> None:
        """Ask anew who is logged in, or signed on, by this cookie."""
