"""A secured OPC UA server in C: trust in both directions, each policy, and all its variables by `shopfloor browse`."""

import asyncio
import csv
import io
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from edge.opcua.certificates import Certificates
from edge.opcua.security import Keys
from tests.edge.opcua.peer import PeerPlc
from tests.edge.opcua.plc import URI, Reader, device, tag
from tests.support.eventually import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
FreePort = Callable[[], int]
VALUES: dict[str, float | str | list[float]] = {"Speed": 1.0, "Batch": "B-1", "Axes": [1.5, 2.5]}


def trusting(folder: Path, server: Path) -> Certificates:
    """An agent's certificates that trust a server's."""
    certificates = Certificates(folder)
    certificates.create(datetime.now(UTC))
    certificates.trust(x509.load_der_x509_certificate(server.read_bytes()))
    return certificates


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    open62541_program: Path, free_port: FreePort, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[PeerPlc, Certificates, Path]]:
    """A server, the agent that it trusts, and the server's certificate."""
    folder = tmp_path_factory.mktemp("server")
    certificate, pem, key = folder / "server.der", folder / "server.pem", folder / "server.key"
    use = [ExtendedKeyUsageOID.SERVER_AUTH]
    await setup_self_signed_certificate(pem, certificate, "urn:maker:server", "127.0.0.1", use, {})
    private = serialization.load_pem_private_key(pem.read_bytes(), None)
    der, form = serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL
    key.write_bytes(private.private_bytes(der, form, serialization.NoEncryption()))
    agent = trusting(tmp_path_factory.mktemp("agent"), certificate)
    plc = PeerPlc(open62541_program, free_port(), VALUES, (), certificate, key, agent.certificate)
    await plc.start()
    yield plc, agent, certificate
    await plc.stop()


@pytest.mark.parametrize("mode", ["sign", "sign_and_encrypt"])
@pytest.mark.parametrize("policy", ["Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"])
async def test_each_policy_and_mode_reads_changes(
    house: tuple[PeerPlc, Certificates, Path], policy: str, mode: str
) -> None:
    plc, agent, _ = house
    await plc.put("Speed", 1.0)
    wanted = device(plc.url, security=policy, mode=mode, timeout="3s")

    async with Reader(wanted, [tag("Speed")], Keys(agent, {})) as reader:
        await until("the first value", lambda: reader.changes("speed")[-1:] == [1.0])
        link = reader.source.link
        await plc.put("Speed", 2.5)
        await until("the change", lambda: reader.changes("speed")[-2:] == [1.0, 2.5])

    assert link is not None
    assert link.client.security_policy.Mode.name.lower() == mode.replace("_", "")


async def test_an_agent_that_the_server_does_not_trust_is_told_the_cure(
    house: tuple[PeerPlc, Certificates, Path], tmp_path: Path
) -> None:
    plc, _, certificate = house
    stranger = trusting(tmp_path, certificate)

    with structlog.testing.capture_logs() as said:
        wanted = device(plc.url, security="Basic256Sha256", timeout="3s")
        async with Reader(wanted, [tag("Speed")], Keys(stranger, {})) as reader:
            await until("a refusal", lambda: any(line["event"] == "opcua_refused" for line in said))

    [told] = [line for line in said if line["event"] == "opcua_refused"]
    assert "let the server trust this agent's certificate" in told["cure"]
    assert {None} == {sample.value for sample in reader.samples}


async def test_browse_lists_what_a_server_in_c_has(open62541_program: Path, free_port: FreePort) -> None:
    plc = await PeerPlc(open62541_program, free_port(), VALUES).start()
    call = [sys.executable, "shopfloor.py", "browse", plc.url]
    done = await asyncio.to_thread(subprocess.run, call, capture_output=True, text=True, check=False)
    await plc.stop()

    assert done.returncode == 0, done.stderr
    rows = {
        (row["node"].removeprefix(f"nsu={URI};s="), row["path"]): (row["type"], row["value"], row["quality"])
        for row in csv.DictReader(io.StringIO(done.stdout))
        if row["node"].startswith(f"nsu={URI}")
    }
    assert rows == {
        ("Speed", ""): ("float64", "1.0", "GOOD"),
        ("Batch", ""): ("string", "B-1", "GOOD"),
        ("Axes", "[0]"): ("float64", "1.5", "GOOD"),
        ("Axes", "[1]"): ("float64", "2.5", "GOOD"),
    }
