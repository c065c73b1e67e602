"""Logging in with a company account, against a provider that is not ours (oidc-provider-mock)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from oidc_provider_mock import User, run_server_in_thread

from runtime.settings import BadSetting, OpenId, settings_from
from tests.mes.erp.plants import client
from tests.mes.people.logins import SITE, account
from tests.mes.screens.lines import plant

PEOPLE = (
    User(sub="u-1", claims={"preferred_username": "4711"}),
    User(sub="u-2", claims={"preferred_username": "nobody here"}),
    User(sub="u-3", claims={}),
)


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenId]:
    with run_server_in_thread(user_claims=PEOPLE) as server:
        yield OpenId(f"http://localhost:{server.server_port}", "shopfloor", "hush hush hush")


async def at_provider(url: str, **form: str) -> str:
    """Where the provider sends the browser back to, once somebody has pressed there."""
    async with httpx.AsyncClient() as elsewhere:
        assert (await elsewhere.get(url)).status_code == 200
        answer = await elsewhere.post(url, data=form)
    return str(answer.headers["location"])


async def begun(http: httpx.AsyncClient, next_: str = "/stops") -> str:
    answer = await http.get("/openid", params={"next": next_})
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def test_a_person_logs_in_with_the_account_of_the_company(database: str, provider: OpenId) -> None:
    await account(database, operator=SITE)
    async with client(database, plant(), openid=provider) as http:
        form = await http.get("/login")
        url = await begun(http)
        back = await at_provider(url, sub="u-1")
        done = await http.get(back)
        me = await http.get("/me")
        again = await http.get(back)

    asked = parse_qs(urlsplit(url).query)
    assert 'href="/openid?next=' in form.text
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    assert asked.keys() >= {"state", "nonce", "code_challenge"}
    assert done.status_code == 200
    assert 'content="0;url=/stops"' in done.text
    assert "Li Wei" in me.text
    assert again.status_code == 400
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT method FROM session").fetchall() == [("openid",)]
        assert asked["state"][0] not in str(conn.execute("SELECT t::text FROM openid_attempt t").fetchall())


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"sub": "u-2"}, 403, "nobody here has its number"),
        ({"sub": "u-3"}, 401, "has not let you in"),
    ],
)
async def test_an_account_without_a_person_lets_nobody_in(
    database: str, provider: OpenId, form: dict[str, str], status: int, told: str
) -> None:
    await account(database)
    async with client(database, plant(), openid=provider) as http:
        answer = await http.get(await at_provider(await begun(http), **form))
        me = await http.get("/me")

    assert (answer.status_code, me.status_code) == (status, 303)
    assert told in answer.text


async def test_a_log_in_of_another_browser_or_a_code_that_was_exchanged_lets_nobody_in(
    database: str, provider: OpenId
) -> None:
    await account(database)
    async with client(database, plant(), openid=provider) as http, client(database, plant(), openid=provider) as thief:
        foreign = await thief.get(await at_provider(await begun(http), sub="u-1"))
        first, second = await begun(http), await begun(thief)
        code = parse_qs(urlsplit(await at_provider(first, sub="u-1")).query)["code"][0]
        own_state = parse_qs(urlsplit(second).query)["state"][0]
        injected = await thief.get("/openid/callback", params={"code": code, "state": own_state})
        third = parse_qs(urlsplit(await begun(http)).query)["state"][0]
        denied = await http.get("/openid/callback", params={"error": "access_denied", "state": third})
        made_up = await thief.get("/openid/callback", params={"code": "x", "state": "x", "session_state": "y"})

    assert (foreign.status_code, made_up.status_code) == (400, 400)
    # The code is the provider's, but the nonce in its token is another browser's.
    assert injected.status_code == 401
    assert denied.status_code == 401
    assert "has not let you in" in denied.text


@pytest.mark.parametrize(
    "change",
    [{"issuer": "http://localhost:1"}, {"issuer": "{}/"}, {"client_id": "another"}],
    ids=["away", "another name", "another audience"],
)
async def test_a_provider_that_is_away_or_says_another_thing_lets_nobody_in(
    database: str, provider: OpenId, change: dict[str, str]
) -> None:
    wrong = replace(provider, **{name: text.format(provider.issuer) for name, text in change.items()})
    async with client(database, plant(), openid=wrong) as http:
        answer = await http.get("/openid")
        if answer.status_code == 303:
            strange = re.sub("client_id=[^&]*", "client_id=shopfloor", answer.headers["location"])
            answer = await http.get(await at_provider(strange, sub="u-1"))

    assert answer.status_code in (401, 503)


async def test_where_no_provider_is_set_there_is_no_such_page(database: str) -> None:
    async with client(database, plant()) as http:
        pages = [await http.get(page) for page in ("/openid", "/openid/callback?code=x&state=y")]
        form = await http.get("/login")

    assert [one.status_code for one in pages] == [404, 404]
    assert "/openid" not in form.text


def test_half_a_provider_is_told(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush hush hush\n")
    whole = {"ISSUER": "https://login.example", "CLIENT_ID": "shopfloor", "SECRET_FILE": str(secret)}

    def found(**change: str) -> OpenId | None:
        named = {f"SHOPFLOOR_OPENID_{name}": text for name, text in (whole | change).items()}
        return settings_from(named).openid

    made = found(CLAIM="employee_number")
    assert made is not None
    assert (made.secret, made.claim, "hush" in repr(made)) == ("hush hush hush", "employee_number", False)
    for wrong in ({"ISSUER": ""}, {"ISSUER": "http://login.example"}, {"SECRET_FILE": str(tmp_path / "none")}):
        with pytest.raises(BadSetting, match="SHOPFLOOR_OPENID_"):
            found(**wrong)
