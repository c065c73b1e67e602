"""`shopfloor certificate`: the agent's own certificate, and which servers it trusts."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from asyncua import Client, ua
from cryptography import x509

from edge.opcua.certificates import Certificates, Refused, chain_of, fingerprint, loaded, plain_fingerprint, uris_of
from edge.opcua.link import bounded
from runtime.settings import BadSetting

PATIENCE_S = 10.0
Ask = Callable[[str], str]


def create(folder: Path) -> None:
    """A key and a certificate for the agent, once."""
    certificates = Certificates(folder)
    try:
        made = certificates.create(datetime.now(UTC))
    except FileExistsError as err:
        raise BadSetting(
            f"{certificates.certificate} is there already, and servers trust it: remove agent.der and agent.key first"
        ) from err
    print(f"made {certificates.certificate}, key {certificates.key}")
    _show(made)
    print("next: give agent.der to each server and let it trust this certificate")


def show(folder: Path) -> None:
    """The agent's certificate, for whoever has to accept it on a server."""
    certificates = Certificates(folder)
    try:
        own = certificates.own()
    except Refused as err:
        raise BadSetting(str(err)) from err
    print(certificates.certificate)
    _show(own)


def trusted(folder: Path) -> None:
    """The trust list."""
    known = Certificates(folder).trusted()
    for one in known:
        print(one.path.name)
        _show(one.certificate)
    if not known:
        print("no server is trusted yet: shopfloor certificate trust opc.tcp://HOST:PORT")


def trust(folder: Path, source: str, expected: str | None, ask: Ask = input) -> None:
    """Trust the certificate in a file, or the one that a server shows, when its fingerprint is confirmed."""
    certificate = _from_server(source) if source.startswith("opc.tcp://") else _from_file(Path(source))
    _show(certificate)
    found = fingerprint(certificate)
    if expected is not None:
        if plain_fingerprint(expected) != plain_fingerprint(found):
            raise BadSetting("this is another fingerprint: not trusted. Ask who runs the server before you go on")
    elif not sys.stdin.isatty() and ask is input:
        raise BadSetting(f"nobody is there to compare: give --fingerprint {found} when that is what the server shows")
    elif ask("Does the server itself show this fingerprint? [y/N] ").strip().lower() not in ("y", "yes", "是"):
        raise BadSetting("not trusted")
    print(f"trusted: {Certificates(folder).trust(certificate)}")


def remove(folder: Path, wanted: str) -> None:
    """Trust a certificate no longer."""
    gone = Certificates(folder).remove(wanted)
    if not gone:
        raise BadSetting(
            f"no trusted certificate has a fingerprint that begins with {wanted!r} (eight digits at least)"
        )
    for path in gone:
        print(f"no longer trusted: {path.name}")


def _show(certificate: x509.Certificate) -> None:
    print(f"  subject      {certificate.subject.rfc4514_string()}")
    print(f"  URI          {', '.join(uris_of(certificate)) or '-'}")
    print(f"  valid        {certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}")
    print(f"  SHA-256      {fingerprint(certificate)}")


def _from_file(path: Path) -> x509.Certificate:
    try:
        return loaded(path.read_bytes())
    except OSError as err:
        raise BadSetting(f"{path}: cannot be read ({err.strerror}): give a file, or opc.tcp://HOST:PORT") from err
    except ValueError as err:
        raise BadSetting(f"{path}: is not a certificate: give one in DER or PEM form") from err


def _from_server(url: str) -> x509.Certificate:
    try:
        endpoints = asyncio.run(bounded(Client(url, timeout=PATIENCE_S).connect_and_get_server_endpoints(), PATIENCE_S))
    except (OSError, TimeoutError, ValueError, ua.UaError) as err:
        raise BadSetting(f"{url}: does not answer ({str(err) or type(err).__name__}): check address and port") from err
    for endpoint in endpoints:
        if endpoint.ServerCertificate:
            return chain_of(endpoint.ServerCertificate)[0]
    raise BadSetting(f"{url}: shows no certificate: it offers no security, or has none yet")
