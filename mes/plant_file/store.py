"""The plant file on disk and its versions in the database: read, applied, kept."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.file_replace import CannotReplace, replace
from mes.feed.store_audit import note
from mes.plant_file.review import review
from mes.web.access.author import Author
from mes.web.context import LEND_S, Context
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.plant_file")
MOST_VERSIONS = 30
BEFORE = "as it was before the first change by this page"


@dataclass(frozen=True, slots=True)
class Version:
    """A plant file that was applied: when, by whom, why."""

    version: int
    sha256: str
    why: str
    person: str | None
    client: str
    at: datetime


def sha256_of(text: str | bytes) -> str:
    """By which services know which file they have read."""
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()


def text_now(path: Path) -> str:
    """The file as it stands on disk; empty where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as err:
        raise Problem(409, f"The plant file {path} cannot be read: {err}.", "Put it right on the server.") from err


async def versions(conn: Connection) -> list[Version]:
    """The last ones, the newest first."""
    rows = await (await conn.execute(SQL["versions"].encode(), {"most": MOST_VERSIONS})).fetchall()
    return [Version(*row) for row in rows]


async def text_of(conn: Connection, version: int) -> str:
    """What was applied then, or a Problem 404."""
    row = await (await conn.execute(SQL["text_of"].encode(), {"version": version})).fetchone()
    if row is None:
        raise Problem(404, f"There is no version {version} of the plant file.")
    return str(row[0])


async def newest_sha256(conn: Connection) -> str | None:
    """The hash of the newest version; None where none was ever applied here."""
    row = await (await conn.execute(SQL["newest"].encode())).fetchone()
    return None if row is None else str(row[1])


async def apply(context: Context, text: str, seen: str, why: str, author: Author) -> int:
    """Put a text in place of the file that was `seen`, by its hash; the new version.

    A Problem changes nothing: 409 where somebody has changed the file meanwhile, 422 where the text has mistakes. The
    file is written last, so that a version is kept of whatever may stand on disk.
    """
    path = context.settings.plant.resolve()
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await conn.execute(SQL["only_one"].encode())
        now = text_now(path)
        if sha256_of(now) != seen:
            raise Problem(409, "The plant file has been changed meanwhile.", "Look at it as it is now, and check anew.")
        found = review(now, text, context.plant.site.id)
        if found.mistakes:
            raise Problem(422, f"The plant file has mistakes: {found.mistakes[0].text}", "Check it, and mend them.")
        if await newest_sha256(conn) != seen and now:
            await _add(conn, now, BEFORE, Author(None, author.client))
        version = await _add(conn, text, why, author)
        before, after = {"sha256": seen}, {"version": version, "sha256": sha256_of(text), "why": why}
        await note(conn, author, "plant_file.apply", f"plant/{context.plant.site.id}", before, after)
        try:
            await asyncio.to_thread(replace, path, now.encode() if now else None, text.encode())
        except CannotReplace as err:
            raise Problem(409, f"{err}.", "Nothing has been changed.") from err
    return version


async def _add(conn: Connection, text: str, why: str, author: Author) -> int:
    row = {"text": text, "sha256": sha256_of(text), "why": why, "person": author.person, "client": author.client}
    found = await (await conn.execute(SQL["add_version"].encode(), row)).fetchone()
    assert found is not None  # noqa: S101  - the statement gives the row that it writes
    return int(found[0])
