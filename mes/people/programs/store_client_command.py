"""`shopfloor client`: each verb against the database; running services follow within seconds."""

import argparse
import asyncio
import getpass
import re
from datetime import UTC, datetime, timedelta

import psycopg

from mes.people.programs.client_text import table_of
from mes.people.programs.store_clients import (
    CannotChangeClient,
    add_client,
    change_scopes,
    clients,
    revoke_client,
    rotate_key,
)
from mes.web.access.author import Author
from mes.web.access.scopes import scopes_in
from runtime.database import settings_of
from runtime.lending import Connection

__all__ = ["CannotChangeClient", "run"]
LONGEST = timedelta(days=3650)
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def run(url: str, arguments: argparse.Namespace) -> str:
    """Do what the command line says; what is to be printed. A key stands alone, for a pipe into a secret store."""
    return asyncio.run(_connected(url, arguments))


async def _connected(url: str, arguments: argparse.Namespace) -> str:
    async with await psycopg.AsyncConnection.connect(url, **settings_of("client")) as conn:
        return await _done(conn, arguments)


async def _done(conn: Connection, arguments: argparse.Namespace) -> str:
    if arguments.verb == "list":
        return table_of(await clients(conn))
    name, author = _name(arguments.name), _operator()
    if arguments.verb == "revoke":
        await revoke_client(conn, name, author)
        return f"'{name}' is revoked. 已吊销。"
    if arguments.verb == "scopes":
        scopes = _scopes(arguments.scopes)
        await change_scopes(conn, name, scopes, author)
        return f"'{name}' has {', '.join(sorted(scopes))} from now on. 权限已修改。"
    expires_at = _end("--expires", arguments.expires)
    if arguments.verb == "add":
        return await add_client(conn, name, _scopes(arguments.scopes), expires_at, author)
    _end("--overlap", arguments.overlap or None)
    return await rotate_key(conn, name, expires_at, arguments.overlap, author)


def _end(option: str, life: timedelta | None) -> datetime | None:
    if life is not None and not timedelta(0) < life <= LONGEST:
        raise CannotChangeClient(f"{option}: write a time up to {LONGEST.days}d, such as 90d")
    return None if life is None else datetime.now(UTC) + life


def _operator() -> Author:
    """Nobody is proven at a command line: the account of the operating system is all that is known."""
    return Author(None, f"command line: {getpass.getuser()}")


def _name(text: str) -> str:
    if NAME.fullmatch(text) is None:
        raise CannotChangeClient(f"NAME {text!r}: write 1 to 63 small letters, digits, - and _, no - or _ first")
    return text


def _scopes(text: str) -> frozenset[str]:
    try:
        return scopes_in(text)
    except ValueError as err:
        raise CannotChangeClient(f"--scopes: {err}") from err
