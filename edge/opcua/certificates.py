"""The agent's key and certificate, and the servers it trusts: files in one folder, readable by their owner only."""

import os
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_FOR = timedelta(days=5 * 365)
KEY_BITS = 2048
# A server's clock may be a little behind ours.
BEFORE = timedelta(hours=1)


class Refused(ConnectionError):
    """A connection that a person has to allow or to mend; the text says how."""


@dataclass(frozen=True, slots=True)
class Known:
    """A certificate and the file that holds it."""

    path: Path
    certificate: x509.Certificate


class Certificates:
    """The folder; nothing in it is made or changed but by a person's command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key, self.certificate = folder / "agent.key", folder / "agent.der"
        self.trusted_folder, self.users = folder / "trusted", folder / "users"

    def create(self, now: datetime, host: str | None = None) -> x509.Certificate:
        """A new key and a certificate for it; FileExistsError where there are some already."""
        if self.key.exists() or self.certificate.exists():
            raise FileExistsError(self.certificate)
        key = rsa.generate_private_key(65_537, KEY_BITS)
        made = _self_signed(key, host or socket.gethostname(), now)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write(self.key, pem)
        _write(self.certificate, made.public_bytes(serialization.Encoding.DER))
        return made

    def own(self) -> x509.Certificate:
        """The agent's certificate, or Refused when it has none."""
        try:
            return x509.load_der_x509_certificate(self.certificate.read_bytes())
        except FileNotFoundError as err:
            raise Refused(f"no certificate in {self.folder}: run `shopfloor certificate create`") from err
        except ValueError as err:
            raise Refused(f"{self.certificate} is not a certificate in DER form: remove it and make it anew") from err

    def trusted(self) -> list[Known]:
        """Every certificate in the trust list; a file that is none is passed over."""
        found = []
        for path in sorted(self.trusted_folder.glob("*")):
            try:
                found.append(Known(path, loaded(path.read_bytes())))
            except (ValueError, OSError):
                continue
        return found

    def trust(self, certificate: x509.Certificate) -> Path:
        """Put a certificate on the trust list; its file."""
        path = (
            self.trusted_folder / f"{fingerprint(certificate).replace(':', '')[:16].lower()}-{_plain(certificate)}.der"
        )
        if not path.exists():
            _write(path, certificate.public_bytes(serialization.Encoding.DER))
        return path

    def remove(self, wanted: str) -> list[Path]:
        """Take off the trust list what has this fingerprint, or begins with it; the files that are gone."""
        wanted = plain_fingerprint(wanted)
        gone = [
            known.path
            for known in self.trusted()
            if len(wanted) >= 8 and plain_fingerprint(fingerprint(known.certificate)).startswith(wanted)
        ]
        for path in gone:
            path.unlink()
        return gone

    def check(self, chain: Sequence[x509.Certificate], application_uri: str, url: str, now: datetime) -> None:
        """Refused unless the first certificate is on the trust list, or was issued by one that is."""
        certificate = chain[0]
        trusted = [known.certificate for known in self.trusted()]
        if certificate not in trusted:
            if not any(_issued_by(certificate, issuer) for issuer in trusted):
                raise Refused(
                    f"the server's certificate is not trusted (SHA-256 {fingerprint(certificate)}): compare this with "
                    f"what the server shows, then run `shopfloor certificate trust {url}`"
                )
            if application_uri not in uris_of(certificate):
                raise Refused(
                    f"the server calls itself {application_uri!r}, its certificate {uris_of(certificate)}: "
                    "give the server a certificate for its own URI"
                )
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise Refused(
                f"the server's certificate is valid from {certificate.not_valid_before_utc:%Y-%m-%d} to "
                f"{certificate.not_valid_after_utc:%Y-%m-%d}: renew it there and trust the new one, "
                "or correct the clock of this computer"
            )


def loaded(data: bytes) -> x509.Certificate:
    """A certificate from DER or PEM, or ValueError."""
    return x509.load_pem_x509_certificate(data) if b"-----BEGIN" in data else x509.load_der_x509_certificate(data)


def chain_of(data: bytes) -> list[x509.Certificate]:
    """The certificates of a DER chain as OPC UA servers send it, its own first; ValueError when there is none."""
    chain = []
    while data:
        # A certificate is a SEQUENCE with its length in two bytes: what follows is the next one.
        end = int.from_bytes(data[2:4]) + 4
        chain.append(x509.load_der_x509_certificate(data[:end]))
        data = data[end:]
    if not chain:
        raise ValueError("no certificate")
    return chain


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 in pairs, as people compare it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def plain_fingerprint(text: str) -> str:
    """A fingerprint as people write it, without what stands between the digits."""
    return re.sub(r"[^0-9A-F]", "", text.upper())


def uris_of(certificate: x509.Certificate) -> list[str]:
    """The application URIs that a certificate is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(uri) for uri in names.get_values_for_type(x509.UniformResourceIdentifier)]


def _self_signed(key: rsa.RSAPrivateKey, host: str, now: datetime) -> x509.Certificate:
    """A certificate as OPC 10000-6 asks of an application instance."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"shopfloor edge on {host}"[:64])])
    names = [x509.UniformResourceIdentifier(f"urn:{host}:shopfloor:edge"), x509.DNSName(host)]
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - BEFORE)
        .not_valid_after(now.astimezone(UTC) + VALID_FOR)
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """True when a trusted authority has signed it; a trusted server is no authority for others."""
    try:
        if not issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _plain(certificate: x509.Certificate) -> str:
    """The common name as part of a file name."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return re.sub(r"[^A-Za-z0-9.-]+", "-", str(names[0].value) if names else "server")[:40]


def _write(path: Path, data: bytes) -> None:
    """A new file, never readable by others, whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(path.suffix + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    part.rename(path)
