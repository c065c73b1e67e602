"""Whose key it is: remembered shortly, bounded, and never guessed while nobody can tell."""

from pathlib import Path

import pytest

from mes.people import store_keys
from mes.people.programs.store_clients import add_client
from mes.people.secrets_text import RANDOM_BYTES, text_of
from mes.people.store_keys import KeyStore
from mes.web.access.author import Author
from runtime.database import async_pool
from runtime.guard import DatabaseAway
from tests.mes.house import reading

NOBODYS = text_of("key", bytes(RANDOM_BYTES))


async def key_of(database: str, name: str) -> str:
    async with reading(database) as conn:
        return await add_client(conn, name, {"read"}, None, Author(None, "test"))


async def test_a_key_is_known_by_its_name_scopes_and_session(database: str) -> None:
    key = await key_of(database, "erp")
    async with async_pool(database, "mes") as pool:
        store = KeyStore(pool)
        found = await store.holder(key)
        assert found is not None
        by_session = await store.holder_of(found.credential)

        assert (found.name, found.scopes, by_session) == ("erp", {"read"}, found)
        assert await store.holder(NOBODYS) is None
        assert await store.holder_of("key:00000000-0000-0000-0000-000000000000") is None
        assert await store.holder_of("erp") is None


async def test_while_the_database_is_away_a_key_is_neither_good_nor_wrong(database: str) -> None:
    key = await key_of(database, "erp")
    async with async_pool(database, "mes") as pool:
        store = KeyStore(pool)
        pool.lose("its plug was pulled")

        with pytest.raises(DatabaseAway):
            await store.holder(key)
        assert await store.holder("no-key-of-ours") is None
        await store.look()
        assert not store.anyone
        pool.found()
        await store.look()
        assert store.anyone


async def test_of_very_many_keys_the_oldest_are_let_go(database: str) -> None:
    keys = [await key_of(database, f"program-{n}") for n in range(3)]
    async with async_pool(database, "mes") as pool:
        store = KeyStore(pool, most_remembered=2)
        for key in keys:
            assert await store.holder(key) is not None

        assert store.remembered == 2


def test_a_revoked_key_is_dead_within_five_seconds() -> None:
    assert store_keys.REMEMBERED_S < 5
    assert "within 5 s" in Path("docs/access.md").read_text(encoding="utf-8")
