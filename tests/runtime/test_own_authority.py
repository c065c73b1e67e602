"""HTTPS with an authority of one's own: what a tablet checks holds, and nothing is made anew that need not be."""

import ssl
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from runtime.own_authority import CannotBeUsed, OwnAuthority, fingerprint_of, names_of

NOW = datetime(2026, 11, 30, tzinfo=UTC)
NAMES = ("mes.local", "localhost", "127.0.0.1", "10.0.0.5")


def made(folder: Path, *names: str) -> OwnAuthority:
    return OwnAuthority(folder / "https", names or NAMES)


def test_a_tablet_that_trusts_the_authority_trusts_the_server(tmp_path: Path) -> None:
    own = made(tmp_path)
    assert own.ensure(NOW)

    for name in ("-verify_hostname", "mes.local"), ("-verify_ip", "10.0.0.5"):
        at = str(int((NOW + timedelta(days=300)).timestamp()))
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-attime", at, *name]
        subprocess.run([*command, "-CAfile", own.authority, own.certificate], check=True, capture_output=True)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(own.certificate, own.key)
    server = x509.load_pem_x509_certificate(own.certificate.read_bytes())
    assert server.not_valid_after_utc - NOW < timedelta(days=398)
    assert names_of(server) == set(NAMES)
    assert len(fingerprint_of(own.authority)) == 32 * 3 - 1


def test_keys_are_nobody_elses(tmp_path: Path) -> None:
    own = made(tmp_path)
    own.ensure(NOW)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in own.folder.iterdir()}
    assert stat.S_IMODE(own.folder.stat().st_mode) == 0o700
    assert (modes["ca.key"], modes["server.key"]) == (0o600, 0o600)


def test_the_server_gets_another_certificate_in_time_and_the_authority_stays(tmp_path: Path) -> None:
    own = made(tmp_path)
    own.ensure(NOW)
    authority = own.authority.read_bytes()

    kept = [own.ensure(NOW + timedelta(days=days)) for days in (0, 1, 300)]
    renewed = own.ensure(NOW + timedelta(days=340))
    renamed = made(tmp_path, "mes.plant").ensure(NOW + timedelta(days=341))

    assert (kept, renewed, renamed) == ([False] * 3, True, True)
    assert own.authority.read_bytes() == authority


def test_the_authority_is_replaced_before_it_could_end_before_what_it_signs(tmp_path: Path) -> None:
    own = made(tmp_path)
    own.ensure(NOW)
    authority = own.authority.read_bytes()

    assert own.ensure(NOW + timedelta(days=3640))
    assert own.authority.read_bytes() != authority


def test_a_key_that_was_half_written_or_exchanged_is_replaced_or_told(tmp_path: Path) -> None:
    own, other = made(tmp_path), made(tmp_path / "other")
    own.ensure(NOW)
    other.ensure(NOW)
    own.key.write_bytes(other.key.read_bytes())

    assert own.ensure(NOW)
    (own.folder / "ca.key").write_bytes((other.folder / "ca.key").read_bytes())
    with pytest.raises(CannotBeUsed, match="do not belong together"):
        own.ensure(NOW)
