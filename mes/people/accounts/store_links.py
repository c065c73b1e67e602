"""Links that work once: to set a password, and to become the first administrator."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from mes.feed.store_audit import note
from mes.people import secrets_text
from mes.people.accounts.store import anybody_can_log_in
from mes.people.models_people import PersonBody, RoleGrantBody
from mes.people.roles import Role
from mes.people.store_login import set_password
from mes.people.store_people import grant_role, people, put_person
from mes.web.access.author import Author
from mes.web.access.holder import BROWSER
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.people.accounts")
Kind = Literal["first", "password"]
LIFE = timedelta(hours=24)
PATH: dict[Kind, str] = {"first": "/first", "password": "/password"}


@dataclass(frozen=True, slots=True)
class Link:
    """For whom a link works; nobody yet where it makes the first administrator."""

    person: UUID | None
    number: str
    name: str


async def make_link(conn: Connection, kind: Kind, person: UUID | None, author: Author) -> str:
    """The address of a new link, which ends those before it. In the caller's transaction."""
    text = secrets_text.text_of("link", secrets.token_bytes(secrets_text.RANDOM_BYTES))
    row: dict[str, object] = {"kind": kind, "holder": person, "hash": secrets_text.hash_of(text), "life": LIFE}
    row |= {"person": author.person, "client": author.client}
    await conn.execute(SQL["end_links"].encode(), row)
    await conn.execute(SQL["add_link"].encode(), row)
    await note(conn, author, f"link {kind}", "login" if person is None else f"person/{person}", None, None)
    return f"{PATH[kind]}?link={text}"


async def first_link(conn: Connection) -> str | None:
    """The address of a link for the first administrator; None where somebody can log in."""
    async with conn.transaction():
        if await anybody_can_log_in(conn):
            return None
        return await make_link(conn, "first", None, Author(None, "mes"))


async def link_of(conn: Connection, kind: Kind, text: str) -> Link | None:
    """What a link is good for; None for one that was used, has ended, or never was one."""
    row = {"kind": kind, "hash": secrets_text.hash_of(text)}
    found = await (await conn.execute(SQL["link"].encode(), row)).fetchone()
    return None if found is None else Link(found[1], found[2] or "", found[3] or "")


async def use_for_password(conn: Connection, text: str, password: str) -> bool:
    """Whether the password of the link's person is set; each link works once. In the caller's transaction."""
    link = await link_of(conn, "password", text)
    if link is None or link.person is None:
        return False
    await conn.execute(SQL["use_link"].encode(), {"hash": secrets_text.hash_of(text)})
    await set_password(conn, link.person, password, Author(link.number, BROWSER))
    return True


async def use_for_first(conn: Connection, text: str, number: str, name: str, password: str, site: str) -> bool:
    """Whether there is an administrator now, with this number: the person who has it already, or a new one."""
    if await link_of(conn, "first", text) is None:
        return False
    await conn.execute(SQL["use_link"].encode(), {"hash": secrets_text.hash_of(text)})
    author, now = Author(number, BROWSER), datetime.now(UTC)
    known = await people(conn, 0, 1, number=number)
    if not known or known[0][1].erased_at is None:
        language, since = (known[0][1].language, known[0][1].active_from) if known else (None, now)
        body = PersonBody(number=number, name=name, language=language, active_from=since, active_to=None)
        person = await put_person(conn, body, None, author)
        await grant_role(conn, person.id, RoleGrantBody(role=Role.ADMINISTRATOR, place=site), author)
        await set_password(conn, person.id, password, author)
        return True
    return False
