"""Keys by command: good at once, dead within seconds, with no restart of anything."""

from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.mes.erp.plants import client
from tests.mes.people.client_command import key_of, shopfloor_client
from tests.mes.running import mes
from tests.mes.screens.lines import plant
from tests.support.eventually import eventually, until

DEAD_WITHIN_S = 5


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def status(http: httpx.AsyncClient, key: str, path: str = "/api/v1/equipment") -> int:
    return (await http.get(path, headers=bearer(key))).status_code


async def test_a_key_is_good_at_once_and_good_for_nothing_soon_after_it_was_revoked(database: str) -> None:
    async with client(database, plant()) as http:
        key = key_of(database, "add", "erp", "--scopes", "read,orders")
        before = await http.get("/api/v1/equipment", headers=bearer(key))
        assert shopfloor_client(database, "revoke", "erp").returncode == 0

        async def dead() -> bool:
            return await status(http, key) == 401

        await until("the revoked key is refused", dead, DEAD_WITHIN_S)
        told = await http.get("/api/v1/equipment", headers=bearer(key))

    assert before.status_code == 200
    assert told.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert "revoked" in told.json()["detail"]


async def test_with_the_first_program_that_has_a_key_everybody_needs_one(database: str) -> None:
    """Whoever makes a key believes that the API is closed; and it stays so when the last program is revoked."""
    async with client(database, plant()) as http:
        before = await http.get("/api/v1/equipment")
        key_of(database, "add", "erp", "--scopes", "read")
        shopfloor_client(database, "revoke", "erp")

        async def closed() -> bool:
            return (await http.get("/api/v1/equipment")).status_code == 401

        await until("it is closed", closed, DEAD_WITHIN_S)
        wall = await http.get("/wall/line-1")

    assert (before.status_code, wall.status_code) == (200, 200)


async def test_a_program_without_the_scope_is_told_which_one_it_lacks(database: str) -> None:
    key = key_of(database, "add", "bi", "--scopes", "read")
    async with client(database, plant()) as http:
        seen = await status(http, key)
        refused = await http.post(
            "/api/v1/holds",
            headers=bearer(key) | {"Idempotency-Key": "1"},
            json={"kind": "lot", "subject": "L-7", "product": "bracket-a", "reason": "burr"},
        )

        problem = refused.json()
        assert (seen, refused.status_code) == (200, 403)
        assert "scope 'quality'" in problem["detail"]
        assert "shopfloor client scopes bi" in problem["cure"]
        assert refused.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="quality"'

        assert shopfloor_client(database, "scopes", "bi", "--scopes", "read quality").returncode == 0

        async def granted() -> bool:
            held = await http.post(
                "/api/v1/holds",
                headers=bearer(key),
                json={"kind": "lot", "subject": "L-7", "product": "bracket-a", "reason": "burr"},
            )
            return held.status_code == 201

        await until("the scope is there", granted, DEAD_WITHIN_S)


async def test_after_a_rotation_the_key_before_is_good_for_as_long_as_was_said(database: str) -> None:
    first = key_of(database, "add", "erp", "--scopes", "read")
    second = key_of(database, "rotate", "erp")
    async with client(database, plant()) as http:
        both = [await status(http, key) for key in (first, second)]
    third = key_of(database, "rotate", "erp", "--overlap", "0s")
    async with client(database, plant()) as http:
        after = [await status(http, key) for key in (first, second, third)]

    assert (both, after) == ([200, 200], [401, 401, 200])
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM api_key WHERE revoked_at IS NULL").fetchone() == (1,)


async def test_a_key_that_was_to_end_has_ended(database: str) -> None:
    key = key_of(database, "add", "trial", "--scopes", "read", "--expires", "1s")
    async with client(database, plant()) as http:

        async def ended() -> bool:
            return await status(http, key) == 401

        await until("the key has ended", ended, DEAD_WITHIN_S)
    assert "all have ended" in shopfloor_client(database, "list").stdout


async def test_a_key_becomes_a_session_that_ends_with_it_and_may_no_more_than_it(database: str) -> None:
    key = key_of(database, "add", "tablet", "--scopes", "read")
    form = {"by": "Li Wei", "comment": ""}
    async with client(database, plant()) as http:
        assert (await http.post("/login", data={"key": key})).headers["location"] == "/"
        seen = (await http.get("/api/v1/equipment")).status_code
        acknowledged = await http.post("/alarms/1/acknowledge", data=form)
        told = await http.get(acknowledged.headers["location"])
        shopfloor_client(database, "revoke", "tablet")

        async def ended() -> bool:
            return (await http.get("/api/v1/equipment")).status_code == 401

        await until("the session has ended", ended, DEAD_WITHIN_S)

    assert (seen, acknowledged.headers["location"]) == (200, "/login?next=/alarms")
    assert "the key of tablet, which may not do this" in told.text


def test_nobody_finds_a_key_in_the_database_or_in_the_audit_entries(database: str) -> None:
    keys = [key_of(database, "add", "erp", "--scopes", "read"), key_of(database, "rotate", "erp")]
    shopfloor_client(database, "scopes", "erp", "--scopes", "read,orders")
    shopfloor_client(database, "revoke", "erp")

    with psycopg.connect(database) as conn:
        tables = [conn.execute(f"SELECT t::text FROM {name} t").fetchall() for name in ("api_key", "audit_entry")]
        acts = conn.execute("SELECT action, subject, client FROM audit_entry ORDER BY written").fetchall()
    assert not any(key in str(tables) for key in keys)
    assert [act for act, _, _ in acts] == ["add", "rotate", "scopes", "revoke"]
    assert {subject for _, subject, _ in acts} == {"client/erp"}
    assert all(who.startswith("command line: ") for _, _, who in acts)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "erp", "--scopes", "read"), "there already"),
        (("add", "api", "--scopes", "read"), "another name"),
        (("add", "ERP", "--scopes", "read"), "small letters"),
        (("add", "mes", "--scopes", "read,all"), "'all' is no scope"),
        (("add", "mes", "--scopes", " "), "no scope"),
        (("add", "mes", "--scopes", "read", "--expires", "0s"), "--expires"),
        (("add", "mes", "--scopes", "read", "--expires", "999999999d"), "3650d"),
        (("rotate", "erp", "--overlap", "999999999d"), "3650d"),
        (("rotate", "wms"), "shopfloor client list"),
        (("revoke", "gone"), "another name"),
        (("rotate", "gone"), "another name"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(database: str, words: tuple[str, ...], told: str) -> None:
    key_of(database, "add", "erp", "--scopes", "read")
    key_of(database, "add", "gone", "--scopes", "read")
    shopfloor_client(database, "revoke", "gone")

    done = shopfloor_client(database, *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_running_service_takes_and_refuses_keys_without_a_restart(
    database: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    """What a worker computes beside the event loop, too."""
    window = {"from": "2026-11-30T00:00:00Z", "to": "2026-11-30T01:00:00Z"}
    with mes(database, free_port(), tmp_path / "mes.log") as running:
        address = f"{running.url}/api/v1/equipment/press-1/counts"

        def status(key: str) -> int:
            return httpx.get(address, params=window, headers=bearer(key), timeout=30).status_code

        key = key_of(database, "add", "bi", "--scopes", "read")
        narrow = key_of(database, "add", "feeder", "--scopes", "feed")
        assert (status(key), status(narrow), status("sfk_nobody")) == (200, 403, 401)
        shopfloor_client(database, "revoke", "bi")

        assert eventually("the revoked key is refused", lambda: status(key) == 401) < DEAD_WITHIN_S
