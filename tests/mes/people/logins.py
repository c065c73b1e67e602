"""Persons who can log in, made the short way; and a browser's log-in."""

from datetime import UTC, datetime
from uuid import UUID

import httpx

from mes.people.models_people import PersonBody, RoleGrantBody
from mes.people.passwords import SALT_BYTES, hash_of
from mes.people.roles import Role
from mes.people.store_badges import give_badge, set_pin
from mes.people.store_login import SQL
from mes.people.store_people import grant_role, put_person
from mes.web.access.author import Author
from tests.mes.house import reading

PASSWORD = "seventeen bolts"
# Made once: each takes 64 MiB and its time.
HASHED = hash_of(PASSWORD, bytes(SALT_BYTES))
AUTHOR = Author(None, "test")
SITE = "works"


async def account(database: str, number: str = "4711", name: str = "Li Wei", **roles: str) -> str:
    """The id of a person who can log in, with roles at places: operator="line-1"."""
    async with reading(database) as conn:
        body = PersonBody(number=number, name=name, active_from=datetime(2026, 1, 1, tzinfo=UTC))
        person = await put_person(conn, body, None, AUTHOR)
        for role, place in roles.items():
            await grant_role(conn, person.id, RoleGrantBody(role=Role(role), place=place), AUTHOR)
        row = {"holder": person.id, "hash": HASHED, "person": None, "client": "test"}
        await conn.execute(SQL["set_password"].encode(), row)
    return str(person.id)


async def logged_in(http: httpx.AsyncClient, number: str = "4711", password: str = PASSWORD) -> httpx.Response:
    """What the log-in page answers; the client keeps the session."""
    return await http.post("/login", data={"number": number, "password": password})


async def with_pin(database: str, person: str, pin: str) -> None:
    """The person signs on by this PIN from now on."""
    async with reading(database) as conn, conn.transaction():
        await set_pin(conn, UUID(person), pin, AUTHOR)


async def with_badge(database: str, person: str, badge: str) -> bool:
    """The person signs on by this badge from now on; False where it is somebody else's."""
    async with reading(database) as conn, conn.transaction():
        return await give_badge(conn, UUID(person), badge, AUTHOR)


async def registered(http: httpx.AsyncClient, *machines: str, name: str = "Press tablet") -> httpx.Response:
    """The browser, in which a supervisor is logged in, becomes a station."""
    form = {"name": name} | {f"machine-{one}": "yes" for one in machines or ("press-1",)}
    return await http.post("/station/register", data=form)
