"""OAuth 2.0 client credentials, with a client of somebody else's (Authlib) as the peer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from mes.people.programs.store_tokens import forget_tokens
from runtime.database import connect
from tests.mes.erp.plants import client
from tests.mes.people.client_command import key_of, shopfloor_client
from tests.mes.screens.lines import plant
from tests.support.eventually import until

TOKEN = "/oauth/token"


def peer(http: httpx.AsyncClient, key: str, method: str = "client_secret_basic", **options: Any) -> AsyncOAuth2Client:
    """A client that fetches its tokens from the application behind `http`."""
    return AsyncOAuth2Client(
        client_id="erp",
        client_secret=key,
        token_endpoint_auth_method=method,
        transport=http._transport,
        base_url="http://127.0.0.1",
        token_endpoint=f"http://127.0.0.1{TOKEN}",
        **options,
    )


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_client_of_somebody_else_gets_a_token_and_reads_with_it(database: str, method: str) -> None:
    key = key_of(database, "add", "erp", "--scopes", "read,orders")
    async with client(database, plant()) as http, peer(http, key, method, scope="read") as erp:
        token = await erp.fetch_token()
        seen = await erp.get("/api/v1/equipment")
        refused = await erp.put("/api/v1/orders/WO-1", json={})

    assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", 3600, "read")
    assert (seen.status_code, refused.status_code) == (200, 403)


async def test_a_token_has_all_scopes_where_none_is_named_and_none_that_its_program_lacks(database: str) -> None:
    key = key_of(database, "add", "erp", "--scopes", "read,orders")
    async with client(database, plant()) as http:
        async with peer(http, key) as erp:
            whole = await erp.fetch_token()
        async with peer(http, key, scope="read admin") as greedy:
            with pytest.raises(OAuthError) as refused:
                await greedy.fetch_token()

    assert whole["scope"] == "orders read"
    assert refused.value.error == "invalid_scope"


async def test_a_token_ends_with_its_program(database: str) -> None:
    key = key_of(database, "add", "erp", "--scopes", "read")
    async with client(database, plant()) as http, peer(http, key) as erp:
        await erp.fetch_token()
        before = (await erp.get("/api/v1/equipment")).status_code
        shopfloor_client(database, "revoke", "erp")

        async def dead() -> bool:
            return (await erp.get("/api/v1/equipment")).status_code == 401

        await until("the token is refused", dead, 5)
        with pytest.raises(OAuthError) as refused:
            await erp.fetch_token()

    assert before == 200
    assert refused.value.error == "invalid_client"


async def test_a_token_loses_what_its_program_loses_and_ends_no_later_than_its_key(database: str) -> None:
    key = key_of(database, "add", "erp", "--scopes", "read,orders", "--expires", "10min")
    async with client(database, plant()) as http, peer(http, key) as erp:
        token = await erp.fetch_token()
        shopfloor_client(database, "scopes", "erp", "--scopes", "read")

        async def lost() -> bool:
            return (await erp.put("/api/v1/orders/WO-1", json={})).status_code == 403

        await until("the scope is lost", lost, 5)

    assert 590 <= token["expires_in"] <= 600


async def test_what_is_refused_says_so_as_the_standard_has_it(database: str) -> None:
    key = key_of(database, "add", "erp", "--scopes", "read")
    form = {"grant_type": "client_credentials", "client_id": "erp", "client_secret": key}
    async with client(database, plant()) as http:
        right = await http.post(TOKEN, data=form)
        wrong = await http.post(TOKEN, data=form | {"client_secret": "sfk_wrong"})
        other = await http.post(TOKEN, data=form | {"client_id": "wms"})
        grant = await http.post(TOKEN, data=form | {"grant_type": "password"})
        none = await http.post(TOKEN, json=form)
        tries = [(await http.post(TOKEN, data=form | {"client_secret": "x"})).status_code for _ in range(10)]
        still = await http.post(TOKEN, data=form)

    told = [(one.status_code, one.json()["error"]) for one in (wrong, other, grant, none)]
    assert told == [
        (401, "invalid_client"),
        (401, "invalid_client"),
        (400, "unsupported_grant_type"),
        (400, "invalid_request"),
    ]
    assert wrong.headers["WWW-Authenticate"].startswith("Basic")
    assert (right.headers["Cache-Control"], wrong.headers["Cache-Control"]) == ("no-store", "no-store")
    assert (tries[0], tries[-1], still.status_code) == (401, 429, 200)


async def test_nobody_finds_a_token_in_the_database_and_old_ones_are_deleted(database: str) -> None:
    key = key_of(database, "add", "erp", "--scopes", "read")
    async with client(database, plant()) as http, peer(http, key) as erp:
        token = await erp.fetch_token()

    with psycopg.connect(database) as conn:
        assert token["access_token"] not in str(conn.execute("SELECT t::text FROM access_token t").fetchall())
    with connect(database, "mes") as conn:
        for days, left in ((0, 1), (2, 0)):
            forget_tokens(conn, datetime.now(UTC) + timedelta(days=days))
            assert conn.execute("SELECT count(*) FROM access_token").fetchone() == (left,)
