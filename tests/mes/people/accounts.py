"""Persons who can log in, made the short way; and a browser's log-in."""

from datetime import UTC, datetime

import httpx

from mes.people.models_people import PersonBody, RoleGrantBody
from mes.people.roles import Role
from mes.people.store_login import set_password
from mes.people.store_people import grant_role, put_person
from mes.web.access.author import Author
from tests.mes.house import reading

PASSWORD = "seventeen bolts"
AUTHOR = Author(None, "test")
SITE = "works"


async def account(database: str, number: str = "4711", name: str = "Li Wei", **roles: str) -> str:
    """The id of a person who can log in, with roles at places: operator="line-1"."""
    async with reading(database) as conn:
        body = PersonBody(number=number, name=name, active_from=datetime(2026, 1, 1, tzinfo=UTC))
        person = await put_person(conn, body, None, AUTHOR)
        for role, place in roles.items():
            await grant_role(conn, person.id, RoleGrantBody(role=Role(role), place=place), AUTHOR)
        await set_password(conn, person.id, PASSWORD, AUTHOR)
    return str(person.id)


async def logged_in(http: httpx.AsyncClient, number: str = "4711", password: str = PASSWORD) -> httpx.Response:
    """What the log-in page answers; the client keeps the session."""
    return await http.post("/login", data={"number": number, "password": password})
