"""The people of the demo, made once; and a session for one of them, without a password."""

from datetime import UTC, datetime

from mes.people.accounts.demo_people import PEOPLE, PIN, DemoPerson
from mes.people.models_people import PersonBody, RoleGrantBody
from mes.people.store_badges import set_pin
from mes.people.store_people import grant_role, people, put_person
from mes.people.store_sessions import begin_session
from mes.web.access.author import Author
from runtime.lending import Connection

AUTHOR = Author(None, "demo")


async def make_people(conn: Connection, site: str) -> None:
    """All who are not there yet."""
    for one in PEOPLE:
        if not await people(conn, 0, 1, number=one.number):
            async with conn.transaction():
                await _make(conn, one, site)


async def sign_in(conn: Connection, one: DemoPerson, source: str) -> str | None:
    """What the cookie of the person's session holds; None where the person is gone."""
    found = await people(conn, 0, 1, number=one.number)
    if not found or found[0][1].name is None:
        return None
    async with conn.transaction():
        return await begin_session(conn, found[0][1].id, one.number, "link", source)


async def _make(conn: Connection, one: DemoPerson, site: str) -> None:
    body = PersonBody(number=one.number, name=one.name, active_from=datetime.now(UTC), active_to=None)
    made = await put_person(conn, body, None, AUTHOR)
    await grant_role(conn, made.id, RoleGrantBody(role=one.role, place=site, to=None), AUTHOR)
    await set_pin(conn, made.id, PIN, AUTHOR)
