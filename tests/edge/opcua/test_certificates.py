"""Keys that nobody else can read, and a trust list that trusts what was put on it, in its time only."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from edge.opcua.certificates import Certificates, Refused

NOW = datetime.now(UTC)
URI = "urn:maker:server"


def issued(subject: str, issuer: str, key: rsa.RSAPrivateKey, by: rsa.RSAPrivateKey, ca: bool) -> x509.Certificate:
    name, maker = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)]) for who in (subject, issuer))
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(URI)])
    return (
        x509.CertificateBuilder(maker, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(names, critical=False)
        .sign(by, hashes.SHA256())
    )


def keys(count: int) -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(65_537, 2048) for _ in range(count)]


def test_keys_and_certificates_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "certificates")
    made = certificates.create(datetime.now(UTC), "edge-pc")
    certificates.trust(made)

    files = [path for path in certificates.folder.rglob("*") if path.is_file()]
    assert {0o600} == {path.stat().st_mode & 0o777 for path in files}
    assert len(files) == 3
    assert {0o700} == {path.stat().st_mode & 0o777 for path in (certificates.folder, certificates.trusted_folder)}


@pytest.mark.parametrize("days", [-1, 6 * 365])
def test_a_certificate_outside_its_time_is_refused(tmp_path: Path, days: int) -> None:
    certificates = Certificates(tmp_path)
    now = datetime.now(UTC)
    made = certificates.create(now)
    certificates.trust(made)

    certificates.check([made], "urn:any", "opc.tcp://plc", now)
    with pytest.raises(ConnectionError, match="renew it there"):
        certificates.check([made], "urn:any", "opc.tcp://plc", now + timedelta(days=days))


def test_what_a_trusted_authority_has_issued_is_trusted_for_its_own_uri_only(tmp_path: Path) -> None:
    certificates, (ca_key, key) = Certificates(tmp_path), keys(2)
    authority = issued("authority", "authority", ca_key, ca_key, ca=True)
    server = issued("server", "authority", key, ca_key, ca=False)

    with pytest.raises(Refused, match="not trusted"):
        certificates.check([server, authority], URI, "opc.tcp://plc", NOW)
    certificates.trust(authority)
    certificates.check([server], URI, "opc.tcp://plc", NOW)
    with pytest.raises(Refused, match="calls itself 'urn:another'"):
        certificates.check([server], "urn:another", "opc.tcp://plc", NOW)


def test_a_trusted_server_is_no_authority_for_others(tmp_path: Path) -> None:
    certificates, (ca_key, key) = Certificates(tmp_path), keys(2)
    certificates.trust(issued("server", "server", ca_key, ca_key, ca=False))

    with pytest.raises(Refused, match="not trusted"):
        certificates.check([issued("other", "server", key, ca_key, ca=False)], URI, "opc.tcp://plc", NOW)


def test_a_forged_certificate_with_the_name_of_a_trusted_authority_is_refused(tmp_path: Path) -> None:
    certificates, (ca_key, key, forger) = Certificates(tmp_path), keys(3)
    certificates.trust(issued("authority", "authority", ca_key, ca_key, ca=True))

    with pytest.raises(Refused, match="not trusted"):
        certificates.check([issued("server", "authority", key, forger, ca=False)], URI, "opc.tcp://plc", NOW)
