"""Is whoever is named for a change a person on record, and, where roles are enforced, one who may make it?"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mes.people.acts import action_of
from mes.people.roles import MATRIX, Action, Role
from mes.web.access.author import HEADER
from mes.web.context import LEND_S
from mes.web.problems import Problem, mistake
from runtime.database import queries
from runtime.lending import Connection, Pool

SQL = queries("mes.people", "people.sql")
Grant = tuple[Role, str]
# The lines that a change touches; None where its address names none: then only a role at the site counts.
LinesOf = Callable[[Connection, str, Mapping[str, Any]], Awaitable[frozenset[str] | None]]


class PersonStore:
    """The persons on record, as requests need them."""

    def __init__(self, pool: Pool, site: str, lines_of: LinesOf, *, enforced: bool) -> None:
        self._pool, self._site, self._lines_of, self._enforced = pool, site, lines_of, enforced

    async def need(self, named: str, address: str, parameters: Mapping[str, Any]) -> None:
        """A Problem where nobody who is active has this name or number, or has no role for this change.

        Any name will do while nobody is on record and no roles are enforced.
        """
        async with self._pool.connection(LEND_S) as conn:
            rows = await (await conn.execute(SQL["known"].encode(), {"named": named})).fetchall()
            if not rows and not self._enforced:
                return
            granted = _granted(named, [(by_number, grants) for by_number, id_, grants in rows if id_ is not None])
            lines = await self._lines_of(conn, address, parameters) if self._enforced else None
        if self._enforced:
            self._need_role(named, action_of(address, parameters.get("command")), granted, lines)

    def _need_role(self, named: str, action: Action | None, granted: list[Grant], lines: frozenset[str] | None) -> None:
        # An address that nobody has thought of is for administrators.
        needed = MATRIX[action or Action.ADMINISTER]
        for place in sorted(lines) if lines else [self._site]:
            if not any(role in needed and where in (place, self._site) for role, where in granted):
                roles = " or ".join(sorted(needed))
                raise Problem(
                    403,
                    f"'{named}' may not do this at {place}: it needs the role {roles}.",
                    "Ask somebody who has it, or an administrator to grant it: POST /api/v1/people/{id}/role-grants.",
                )


def _granted(named: str, found: list[tuple[bool, list[str]]]) -> list[Grant]:
    """The grants of the one person who is named."""
    persons = [grants for by_number, grants in found if by_number] or [grants for _, grants in found]
    if not persons:
        raise mistake(f"header.{HEADER}", f"'{named}' is no active person: GET /api/v1/people lists all.")
    if len(persons) > 1:
        raise mistake(f"header.{HEADER}", f"Several persons are called '{named}': give the personnel number.")
    return [(Role(role), place) for role, _, place in (grant.partition("@") for grant in persons[0])]
