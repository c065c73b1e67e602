"""Is whoever is named for a change, or is signed on, a person who may make it? And what is a person called?"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from mes.people.acts import API, SCOPES, NotListed, action_of
from mes.people.roles import MATRIX, Action, Role
from mes.web.access.author import HEADER
from mes.web.access.holder import Holder
from mes.web.access.scopes import Scope
from mes.web.context import LEND_S
from mes.web.problems import Problem, mistake
from runtime.database import queries
from runtime.lending import Connection, Pool

SQL = queries("mes.people", "people.sql")
SIGN_ONS = f"{API}/sign-ons"
# Each of these entries is looked at by itself.
ENTRIES = f"{API}/offline-batches"
NAMES_EVERY_S = 30.0
Grant = tuple[str, str]
# The lines that a change touches; None where its address names none: then only a role at the site counts.
LinesOf = Callable[[Connection, str, Mapping[str, Any]], Awaitable[frozenset[str] | None]]


class PersonStore:
    """The persons on record, as requests need them."""

    def __init__(self, pool: Pool, site: str, lines_of: LinesOf, *, enforced: bool) -> None:
        self._pool, self._site, self._lines_of, self._enforced = pool, site, lines_of, enforced
        self._names: dict[str, str] = {}
        self._looked_s = float("-inf")

    async def look(self) -> None:
        """Read the names of persons, every half minute at most; what cannot be read stays as it was."""
        if time.monotonic() - self._looked_s < NAMES_EVERY_S:
            return
        with suppress(psycopg.Error):
            async with self._pool.connection(LEND_S) as conn:
                self._names = dict(await (await conn.execute(SQL["names"].encode())).fetchall())
            self._looked_s = time.monotonic()

    def name_of(self, number: str) -> str:
        """The name of the person with this number, as far as `look` has seen; the number itself where there is none."""
        return self._names.get(number, number)

    async def need(self, named: str, address: str, parameters: Mapping[str, Any], *, proven: bool = False) -> None:
        """A Problem where nobody who is active has this name or number, or has no role for this change.

        Any name will do while nobody is on record and no roles are enforced; of who is `proven` to be somebody roles
        are looked at in any case.
        """
        strictly = self._enforced or proven
        async with self._pool.connection(LEND_S) as conn:
            rows = await (await conn.execute(SQL["known"].encode(), {"named": named})).fetchall()
            if not rows and not strictly:
                return
            granted = _granted(named, [(by_number, grants) for by_number, id_, grants in rows if id_ is not None])
            lines = await self._lines_of(conn, address, parameters) if strictly else None
        if strictly:
            # An address that nobody has thought of is for administrators.
            action = _action("POST", address, parameters) or Action.ADMINISTER
            self._need_one_of(f"'{named}'", action, granted, lines)

    async def need_role(
        self, holder: Holder | None, method: str, address: str, parameters: Mapping[str, Any]
    ) -> frozenset[Scope]:
        """The scopes of which a program needs one; none where nobody is needed.

        A Problem 403 where a person has no role for it, and for a station at which nobody is signed on.
        """
        action = _action(method, address, parameters)
        if action is None or action is Action.SEE:
            return frozenset()
        scopes = SCOPES[action]
        if holder is None:
            return scopes
        who = holder.person
        if address == ENTRIES or (holder.station is not None and address.startswith(SIGN_ONS)):
            return scopes
        if holder.station is not None and who is None:
            raise Problem(403, f"Nobody is signed on at '{holder.station.name}'.", "Sign on first: /station.")
        if who is not None:
            async with self._pool.connection(LEND_S) as conn:
                lines = await self._lines_of(conn, address, parameters)
            self._need_one_of(f"{who.name} ({who.number})", action, who.granted, lines)
        return scopes

    def _need_one_of(self, who: str, action: Action, granted: Sequence[Grant], lines: frozenset[str] | None) -> None:
        needed = MATRIX[action]
        for place in sorted(lines) if lines else [self._site]:
            if not any(role in needed and where in (place, self._site) for role, where in granted):
                roles = sorted(needed)
                raise Problem(
                    403,
                    f"{who} may not do this at {place}: it needs the role {' or '.join(roles)}.",
                    "Ask somebody who has it, or an administrator to grant it: POST /api/v1/people/{id}/role-grants.",
                    roles=roles,
                )


def _action(method: str, address: str, parameters: Mapping[str, Any]) -> Action | None:
    """The action; what nobody has thought of is for administrators where it changes anything."""
    try:
        return action_of(method, address, parameters.get("command"))
    except NotListed:
        return Action.SEE if method in ("GET", "HEAD") else Action.ADMINISTER


def _granted(named: str, found: list[tuple[bool, list[str]]]) -> list[Grant]:
    """The grants of the one person who is named."""
    persons = [grants for by_number, grants in found if by_number] or [grants for _, grants in found]
    if not persons:
        raise mistake(f"header.{HEADER}", f"'{named}' is no active person: GET {API}/people lists all.")
    if len(persons) > 1:
        raise mistake(f"header.{HEADER}", f"Several persons are called '{named}': give the personnel number.")
    return [(Role(role), place) for role, _, place in (grant.partition("@") for grant in persons[0])]
