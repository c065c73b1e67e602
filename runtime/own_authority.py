"""HTTPS without anybody's help: a certificate authority of one's own, and a server certificate that it renews.

Whoever has the authority's key can pretend to be any site to all who trust it: it stays in its folder, for one account.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Phones take no server certificate for longer than 398 days.
AUTHORITY_LIFE, SERVER_LIFE = timedelta(days=3650), timedelta(days=397)
RENEWED_BEFORE = timedelta(days=60)
# Clocks of tablets are behind at times.
CLOCKS = timedelta(days=1)


class CannotBeUsed(Exception):
    """The folder of the authority cannot be used; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class OwnAuthority:
    """A folder with the authority and the server's certificate, for names and addresses."""

    folder: Path
    names: tuple[str, ...]

    @property
    def authority(self) -> Path:
        """What is installed on tablets."""
        return self.folder / "ca.crt"

    @property
    def certificate(self) -> Path:
        """What the server shows."""
        return self.folder / "server.crt"

    @property
    def key(self) -> Path:
        """The server's key."""
        return self.folder / "server.key"

    def ensure(self, now: datetime) -> bool:
        """Make what is missing, ends soon or has other names; True where the server's certificate is a new one."""
        with self._held():
            ca, ca_key = self._authority(now)
            if self._good(ca, now):
                return False
            key = ec.generate_private_key(ec.SECP256R1())
            made = _server(ca, ca_key, key.public_key(), self.names, now)
            _write(self.key, _private(key))
            _write(self.certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)
            return True

    @contextmanager
    def _held(self) -> Iterator[None]:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except (OSError, ValueError) as err:
            raise CannotBeUsed(f"{self.folder} cannot be used for HTTPS ({err}): mend it, or move it away") from err

    def _authority(self, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        path = self.folder / "ca.key"
        if self.authority.exists() and path.exists():
            ca = x509.load_pem_x509_certificate(self.authority.read_bytes())
            key = serialization.load_pem_private_key(path.read_bytes(), None)
            if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != ca.public_key():
                raise ValueError("ca.crt and ca.key do not belong together")
            if ca.not_valid_after_utc > now + SERVER_LIFE:
                return ca, key
        made_key = ec.generate_private_key(ec.SECP256R1())
        made = _authority(self.names[0], made_key, now)
        _write(path, _private(made_key))
        _write(self.authority, made.public_bytes(serialization.Encoding.PEM), 0o644)
        return made, made_key

    def _good(self, ca: x509.Certificate, now: datetime) -> bool:
        """Whether the server's certificate and key can stay."""
        if not (self.certificate.exists() and self.key.exists()):
            return False
        found = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        try:
            found.verify_directly_issued_by(ca)
        except (InvalidSignature, ValueError, TypeError):
            return False
        belongs = isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == found.public_key()
        return belongs and found.not_valid_after_utc > now + RENEWED_BEFORE and names_of(found) == set(self.names)


def names_of(certificate: x509.Certificate) -> set[str]:
    """Names and addresses that a certificate is for."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(one.value) for one in found}


def fingerprint_of(authority: Path) -> str:
    """The SHA-256 of a certificate, as tablets show it."""
    raw = x509.load_pem_x509_certificate(authority.read_bytes()).fingerprint(hashes.SHA256())
    return ":".join(f"{byte:02X}" for byte in raw)


def _authority(name: str, key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"shopfloor {name[:30]} {now:%Y-%m-%d}")])
    usage = dict.fromkeys(USAGES, False) | {"key_cert_sign": True, "crl_sign": True}
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - CLOCKS)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return made.sign(key, hashes.SHA256())


def _server(
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePublicKey,
    names: Sequence[str],
    now: datetime,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:60])])
    usage = dict.fromkeys(USAGES, False) | {"digital_signature": True}
    issuer = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    made = (
        x509.CertificateBuilder(ca.subject, subject, key, x509.random_serial_number())
        .not_valid_before(now - CLOCKS)
        .not_valid_after(now + SERVER_LIFE)
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
    )
    return made.sign(ca_key, hashes.SHA256())


USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, text: bytes, mode: int = 0o600) -> None:
    """Whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
