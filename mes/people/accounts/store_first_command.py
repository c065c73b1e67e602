"""`shopfloor mes first-administrator`: another link, for whoever may read the database's address anyway."""

import asyncio
import getpass

import psycopg

from mes.people.accounts.store_links import make_link
from mes.web.access.author import Author
from runtime.database import settings_of


def run(url: str, base: str) -> str:
    """What is to be printed: the address, alone, for a pipe."""
    return asyncio.run(_made(url, base))


async def _made(url: str, base: str) -> str:
    author = Author(None, f"command line: {getpass.getuser()}")
    async with await psycopg.AsyncConnection.connect(url, **settings_of("first-administrator")) as conn:
        return base + await make_link(conn, "first", None, author)
