"""Encryption, trust and identity against a real OPC UA server: nothing is read from, or told to, a stranger."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.server import Server
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from contract.sample import Quality
from edge.opcua.certificates import Certificates, fingerprint
from edge.opcua.security import Keys
from shopfloor import main
from tests.edge.opcua.plc import Plc, Reader, device, tag
from tests.support.eventually import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
FreePort = Callable[[], int]
POLICIES = ["Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"]
POLICY_TYPES = ["Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"]
PASSWORD = {"PRESS_PASSWORD": "Büro 7"}


class Door:
    """Who may in: operator with a password or a certificate, and anybody without a name."""

    def __init__(self) -> None:
        self.certificates: list[bytes] = []
        self.clients: list[x509.Certificate] = []
        self.names: list[str | None] = []
        self.seen: list[bytes] = []

    def get_user(
        self, _: Any, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> User | None:
        self.names.append(username)
        # asyncua gives the agent's own certificate where there is no user's.
        agents = [client.public_bytes(serialization.Encoding.DER) for client in self.clients]
        der = certificate.public_bytes(serialization.Encoding.DER) if hasattr(certificate, "subject") else certificate
        self.seen.append(der)
        sound = der is None or der in agents or der in self.certificates
        if username is not None:
            sound = (username, password) == ("operator", PASSWORD["PRESS_PASSWORD"])
        return User(role=UserRole.User) if sound else None

    async def known(self, certificate: x509.Certificate, _: ua.ApplicationDescription) -> None:
        if certificate not in self.clients:
            raise ServiceError(ua.StatusCodes.BadCertificateUntrusted)


class House:
    """A secured PLC, and the agent's certificates, which the PLC knows."""

    def __init__(self, plc: Plc, door: Door, server: x509.Certificate, folder: Path) -> None:
        self.plc, self.door, self.server, self.folder = plc, door, server, folder

    def keys(self, folder: Path, trusts: bool = True, **environment: str) -> Keys:
        certificates = Certificates(folder)
        self.door.clients.append(certificates.create(datetime.now(UTC)))
        if trusts:
            certificates.trust(self.server)
        return Keys(certificates, environment)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(free_port: FreePort, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("server")
    certificate, key = folder / "server.der", folder / "server.pem"
    plc, door = Plc(free_port(), {"Speed": 1.0}), Door()
    use = [ExtendedKeyUsageOID.SERVER_AUTH]
    await setup_self_signed_certificate(key, certificate, "urn:maker:server", "127.0.0.1", use, {})

    async def prepare(server: Server) -> None:
        await server.set_application_uri("urn:maker:server")
        await server.load_certificate(certificate)
        await server.load_private_key(key)
        server.set_security_policy(
            [ua.SecurityPolicyType.NoSecurity]
            + [getattr(ua.SecurityPolicyType, f"{p}_{m}") for p in POLICY_TYPES for m in ("Sign", "SignAndEncrypt")]
        )
        server.set_certificate_validator(door.known)
        server.iserver.user_manager = door

    plc.prepare = prepare
    await plc.start()
    yield House(plc, door, x509.load_der_x509_certificate(certificate.read_bytes()), folder)
    await plc.stop()


@contextmanager
def log() -> Iterator[list[dict[str, Any]]]:
    with structlog.testing.capture_logs() as said:
        yield said


@pytest.mark.parametrize("mode", ["sign", "sign_and_encrypt"])
@pytest.mark.parametrize("policy", POLICIES)
async def test_each_policy_and_mode_reads(house: House, tmp_path: Path, policy: str, mode: str) -> None:
    keys = house.keys(tmp_path)

    async with Reader(device(house.plc.url, security=policy, mode=mode, timeout="3s"), [tag("Speed")], keys) as reader:
        await until("a value", lambda: reader.changes("speed")[-1:] == [1.0])
        link = reader.source.link
        assert link is not None
        assert policy.lower() in link.client.security_policy.URI.replace("_", "").lower()
        assert link.client.security_policy.Mode.name.lower() == mode.replace("_", "")


async def refusal(house: House, keys: Keys, **more: Any) -> str:
    """What the log says when the agent is refused; no value was read."""
    wanted: dict[str, Any] = {"security": "Basic256Sha256", "timeout": "3s"} | more
    with log() as said:
        async with Reader(device(house.plc.url, **wanted), [tag("Speed")], keys) as reader:
            await until("a refusal", lambda: any(line["event"] == "opcua_refused" for line in said))
    assert {Quality.BAD} == {sample.quality for sample in reader.samples}
    told = [line for line in said if line["event"] == "opcua_refused"]
    assert len(told) == 1
    return f"{told[0]['reason']} {told[0]['cure']}"


async def test_an_untrusted_server_is_refused_and_hears_no_password(house: House, tmp_path: Path) -> None:
    keys = house.keys(tmp_path, trusts=False, **PASSWORD)
    house.door.names.clear()

    said = await refusal(house, keys, user="operator", password_env="PRESS_PASSWORD")

    assert fingerprint(house.server) in said
    assert f"shopfloor certificate trust {house.plc.url}" in said
    assert house.door.names == []


async def test_a_server_that_is_trusted_no_longer_is_refused(house: House, tmp_path: Path) -> None:
    keys = house.keys(tmp_path)
    keys.certificates.remove(fingerprint(house.server)[:11])

    assert "not trusted" in await refusal(house, keys)


async def test_an_agent_without_a_certificate_says_how_to_make_one(house: House, tmp_path: Path) -> None:
    assert "shopfloor certificate create" in await refusal(house, Keys(Certificates(tmp_path), {}))


async def test_a_server_that_does_not_know_the_agent_is_named_as_the_place_to_mend(
    house: House, tmp_path: Path
) -> None:
    keys = house.keys(tmp_path)
    house.door.clients.pop()

    assert "let the server trust this agent's certificate" in await refusal(house, keys)


async def test_a_user_with_a_password_from_the_environment_reads(house: House, tmp_path: Path) -> None:
    more = {"security": "Aes256Sha256RsaPss", "user": "operator", "password_env": "PRESS_PASSWORD"}
    wanted = device(house.plc.url, timeout="3s", **more)

    async with Reader(wanted, [tag("Speed")], house.keys(tmp_path, **PASSWORD)) as reader:
        await until("a value", lambda: reader.changes("speed")[-1:] == [1.0])

    assert "operator" in house.door.names


@pytest.mark.parametrize(
    ("environment", "said"), [({}, "PRESS_PASSWORD is not set"), ({"PRESS_PASSWORD": "wrong"}, "user")]
)
async def test_a_wrong_or_missing_password_is_told(
    house: House, tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    keys = house.keys(tmp_path, **environment)

    assert said in await refusal(house, keys, user="operator", password_env="PRESS_PASSWORD")


def user_of(keys: Keys, name: str, folder: Path) -> bytes:
    """A user's certificate in DER form, made and put where the agent looks for it."""
    user = Certificates(folder)
    der = user.create(datetime.now(UTC)).public_bytes(serialization.Encoding.DER)
    keys.certificates.users.mkdir(exist_ok=True)
    user.certificate.rename(keys.certificates.users / f"{name}.der")
    user.key.rename(keys.certificates.users / f"{name}.key")
    return der


async def test_a_user_with_a_certificate_reads(house: House, tmp_path: Path) -> None:
    keys = house.keys(tmp_path)
    der = user_of(keys, "operator", tmp_path / "made")
    house.door.certificates.append(der)
    wanted = device(house.plc.url, security="Basic256Sha256", user_certificate="operator", timeout="3s")

    async with Reader(wanted, [tag("Speed")], keys) as reader:
        await until("a value", lambda: reader.changes("speed")[-1:] == [1.0])

    assert der in house.door.seen


async def test_a_user_whose_certificate_the_server_does_not_know_is_refused(house: House, tmp_path: Path) -> None:
    keys = house.keys(tmp_path)
    user_of(keys, "stranger", tmp_path / "made")

    assert "may not read" in await refusal(house, keys, user_certificate="stranger")
    assert "cannot be used" in await refusal(house, keys, user_certificate="nobody")


async def test_a_session_that_the_server_forgets_soon_is_kept(house: House, tmp_path: Path) -> None:
    house.plc.server.iserver.max_session_timeout_ms = 900
    with log() as said:
        wanted = device(house.plc.url, timeout="2s", security="Basic256Sha256")
        async with Reader(wanted, [tag("Speed")], house.keys(tmp_path)) as reader:
            await until("four heartbeats", lambda: len(reader.of("speed")) >= 5)
    house.plc.server.iserver.max_session_timeout_ms = 3_600_000

    assert "session_timeout_revised" in [line["event"] for line in said]
    assert {Quality.GOOD} == {sample.quality for sample in reader.of("speed")}


async def test_where_nobody_can_compare_the_process_ends_without_trust(house: House, tmp_path: Path) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "shopfloor.py", "certificate", "trust", house.plc.url],
        env=os.environ | {"SHOPFLOOR_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )

    assert done.returncode == 2
    assert "nobody is there to compare" in done.stderr
    assert fingerprint(house.server) in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not Certificates(tmp_path).trusted()


async def test_the_command_makes_shows_trusts_lists_and_removes(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHOPFLOOR_DATA", str(tmp_path))

    async def run(*words: str) -> tuple[int, str]:
        code = await asyncio.to_thread(main, ["certificate", *words])
        return code, "".join(capsys.readouterr())

    shown = fingerprint(house.server)
    assert (await run("show"))[0] == 2
    assert (await run("create"))[0] == 0
    code, text = await run("create")
    assert (code, "is there already" in text) == (2, True)
    assert "urn:" in (await run("show"))[1]
    code, text = await run("trust", house.plc.url, "--fingerprint", "AB" * 32)
    assert (code, "another fingerprint" in text) == (2, True)
    assert "no server is trusted yet" in (await run("list"))[1]
    assert (await run("trust", house.plc.url, "--fingerprint", shown.lower().replace(":", "")))[0] == 0
    assert shown in (await run("list"))[1]
    assert (await run("remove", shown[:5]))[0] == 2
    assert (await run("remove", shown[:11]))[0] == 0
    assert "no server is trusted yet" in (await run("list"))[1]
    assert (await run("trust", str(house.folder / "server.der"), "--fingerprint", shown))[0] == 0
    assert (await run("trust", str(house.folder / "server.pem"), "--fingerprint", shown))[0] == 2
    assert (await run("trust", "opc.tcp://127.0.0.1:1"))[0] == 2
