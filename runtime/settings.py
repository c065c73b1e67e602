"""Where the parts are: read from the environment, so that no secret stands in a file or a command line."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from string import ascii_letters, digits
from urllib.parse import unquote, urlsplit

from config.durations import parse_positive

PREFIX = "SHOPFLOOR_"
# How long an edge agent collects into one frame: shorter costs it more, longer is late on the wall.
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
NAME_OR_ADDRESS = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]{2,39}")
FRAME_EVERY = timedelta(milliseconds=50), timedelta(seconds=1)
GROUP_CHARACTERS = frozenset(ascii_letters + digits + "-_")


class BadSetting(ValueError):
    """A setting in the environment cannot be used; the text names it and the cure."""


@dataclass(frozen=True, slots=True)
class Broker:
    """An MQTT broker; `password` never appears in a repr or a log."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where something listens on this machine."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Tryton:
    """An ERP of the name; `password` never appears in a repr or a log."""

    url: str
    database: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenId:
    """A provider of accounts; `claim` is what holds the personnel number, `authority` a certificate file of its CA."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    claim: str = "preferred_username"
    scope: str = "openid profile"
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The parts of one installation; what is None is not set."""

    plant: Path
    data: Path
    broker: Broker | None
    database: str | None = field(repr=False)
    smtp: str | None = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8080
    orders: Path | None = None
    public_url: str = ""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    # Names and addresses of the certificate that an authority of our own gives; empty: there is none.
    https_names: tuple[str, ...] = ()
    api_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    api_scopes: Mapping[str, str] = field(default_factory=dict)
    audit_key: bytes | None = field(default=None, repr=False)
    webhook_hosts: frozenset[str] = frozenset()
    plaintext_allowed: bool = False
    roles_enforced: bool = False
    # Of the demo only: by this token its people are signed in without a password.
    demo: str = field(default="", repr=False)
    openid: OpenId | None = None
    tryton: Tryton | None = None
    collector_group: str = ""
    journal_bytes: int = 2 * 1024**3
    frame_every: timedelta = timedelta(milliseconds=200)
    health: Endpoint | None = None
    watchdog: timedelta = timedelta(seconds=90)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def own_authority(self) -> Path | None:
        """The folder of our own authority for HTTPS; None where a certificate was given, or none is wanted."""
        return self.data / "https" if self.https_names else None

    def need_broker(self) -> Broker:
        """The broker, or BadSetting when none is set."""
        if self.broker is None:
            raise BadSetting(f"{PREFIX}BROKER is not set: give the broker as mqtts://user:password@host:8883")
        return self.broker

    def need_database(self) -> str:
        """The database URL, or BadSetting when none is set."""
        if self.database is None:
            raise BadSetting(f"{PREFIX}DATABASE is not set: give it as postgresql://user:password@host/shopfloor")
        return self.database


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Settings from variables that start with SHOPFLOOR_, or BadSetting; an empty variable is not set.

    API keys are SHOPFLOOR_API_KEY_<WHO>=<key>: the name is who did it in every journal. SHOPFLOOR_API_SCOPES_<WHO>
    narrows what such a key is good for.
    """
    get = {
        name.removeprefix(PREFIX): text for name, text in environment.items() if name.startswith(PREFIX) and text
    }.get
    plaintext = get("ALLOW_PLAINTEXT", "no")
    if plaintext not in ("yes", "no"):
        raise BadSetting(f"{PREFIX}ALLOW_PLAINTEXT={plaintext!r}: write yes or no")
    roles = get("ROLES", "off")
    if roles not in ("off", "enforce"):
        raise BadSetting(f"{PREFIX}ROLES={roles!r}: write off or enforce")
    keys, scopes = _family("API_KEY_", environment), _family("API_SCOPES_", environment)
    weak = sorted(who for who, key in keys.items() if len(key) < 16)
    if weak:
        raise BadSetting(f"{PREFIX}API_KEY_{weak[0].upper()} is shorter than 16 characters: use a long random key")
    group = get("COLLECTOR_GROUP", "")
    if not set(group) <= GROUP_CHARACTERS:
        raise BadSetting(f"{PREFIX}COLLECTOR_GROUP={group!r}: write a name of letters, digits, - and _")
    orders, certificate, tls_key = get("ORDERS"), get("TLS_CERTIFICATE"), get("TLS_KEY")
    return Settings(
        plant=Path(get("PLANT", "config/demo.yaml")),
        data=Path(get("DATA", "data")),
        broker=broker_from(get("BROKER"), get("BROKER_CA"), plaintext == "yes"),
        database=get("DATABASE"),
        smtp=get("SMTP"),
        host=get("HOST", "127.0.0.1"),
        port=_port("PORT", get("PORT", "8080")),
        orders=Path(orders) if orders else None,
        public_url=get("PUBLIC_URL", "").rstrip("/"),
        tls_certificate=Path(certificate) if certificate else None,
        tls_key=Path(tls_key) if tls_key else None,
        https_names=_https_names(get("HTTPS", ""), get("HTTPS_NAMES", ""), certificate),
        api_keys=keys,
        api_scopes={who: text for who, text in scopes.items() if text},
        audit_key=_audit_key(get("AUDIT_KEY")),
        webhook_hosts=_hosts(get("WEBHOOK_HOSTS", "")),
        plaintext_allowed=plaintext == "yes",
        roles_enforced=roles == "enforce",
        openid=_openid(get, plaintext == "yes"),
        demo=_demo(get("DEMO", ""), get("HOST", "127.0.0.1")),
        tryton=_tryton(get, plaintext == "yes"),
        collector_group=group,
        journal_bytes=_megabytes("JOURNAL_MB", get("JOURNAL_MB", "2048")),
        frame_every=_frame_every(get("FRAME_EVERY", "200ms")),
        health=endpoint_from(get("HEALTH"), plaintext == "yes"),
        watchdog=_watchdog(get("WATCHDOG", "90s")),
        environment=dict(environment),
    )


def _family(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables whose name begins so, by the rest of it in small letters."""
    start = PREFIX + name
    return {key.removeprefix(start).lower(): text for key, text in environment.items() if key.startswith(start)}


def broker_from(url: str | None, ca_file: str | None, plaintext_allowed: bool) -> Broker | None:
    """The broker behind mqtt:// or mqtts://; plaintext only to this machine, unless allowed by name."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise BadSetting(f"{PREFIX}BROKER must look like mqtts://user:password@host:8883")
    tls = parts.scheme == "mqtts"
    if not tls and not plaintext_allowed and not is_loopback(parts.hostname):
        raise BadSetting(
            f"{PREFIX}BROKER is plain mqtt:// to {parts.hostname}: use mqtts://, "
            f"or set {PREFIX}ALLOW_PLAINTEXT=yes inside a network that you trust"
        )
    try:
        port = parts.port or (8883 if tls else 1883)
    except ValueError as err:
        raise BadSetting(f"{PREFIX}BROKER has a port outside 1 to 65535") from err
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return Broker(parts.hostname, port, tls, user, password, ca_file)


def is_loopback(host: str) -> bool:
    """True for this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _megabytes(name: str, text: str) -> int:
    try:
        size = round(float(text) * 1024**2)
    except (ValueError, OverflowError):
        size = 0
    if not 0 < size < 2**50:
        raise BadSetting(f"{PREFIX}{name}={text!r}: write how many megabytes, such as 2048")
    return size


def endpoint_from(text: str | None, plaintext_allowed: bool) -> Endpoint | None:
    """Where health is told, from host:port (0: any free one); plain HTTP only to this machine, unless allowed."""
    if text is None:
        return None
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or "/" in host:
        raise BadSetting(f"{PREFIX}HEALTH={text!r}: write host:port, such as 127.0.0.1:9464")
    if not is_loopback(host) and not plaintext_allowed:
        raise BadSetting(
            f"{PREFIX}HEALTH={text} would serve plain HTTP beyond this machine: give 127.0.0.1, "
            f"or set {PREFIX}ALLOW_PLAINTEXT=yes inside a network that you trust"
        )
    return Endpoint(host, 0 if port == "0" else _port("HEALTH", port))


def _hosts(text: str) -> frozenset[str]:
    """Names or addresses, each with a port or for any port; IPv6 in brackets."""
    hosts = frozenset(host.strip().lower() for host in text.split(",") if host.strip())
    for host in hosts:
        try:
            parts = urlsplit(f"//{host}")
            sound = bool(parts.hostname) and parts.netloc == host and not host.endswith(":") and parts.port != 0
        except ValueError:
            sound = False
        if not sound or "@" in host or " " in host:
            raise BadSetting(
                f"{PREFIX}WEBHOOK_HOSTS={text!r}: write hosts with commas between: erp.example,10.0.0.5:8443"
            )
    return hosts


def _tryton(get: Callable[[str], str | None], plaintext_allowed: bool) -> Tryton | None:
    """Where Tryton is and who mes is there; None where none is set, BadSetting where half of it is."""
    names = ("TRYTON_URL", "TRYTON_DATABASE", "TRYTON_USER", "TRYTON_PASSWORD")
    url, database, user, password = (get(name) or "" for name in names)
    if not any((url, database, user, password)):
        return None
    missing = [name for name in names if not get(name)]
    if missing:
        raise BadSetting(f"{PREFIX}{missing[0]} is not set: the connector to Tryton needs all of {', '.join(names)}")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise BadSetting(f"{PREFIX}TRYTON_URL must look like https://erp.example:8000, without a user in it")
    if parts.scheme == "http" and not plaintext_allowed and not is_loopback(parts.hostname):
        raise BadSetting(
            f"{PREFIX}TRYTON_URL is plain http:// to {parts.hostname}: use https://, "
            f"or set {PREFIX}ALLOW_PLAINTEXT=yes inside a network that you trust"
        )
    if not set(database) <= GROUP_CHARACTERS:
        raise BadSetting(f"{PREFIX}TRYTON_DATABASE={database!r}: write a name of letters, digits, - and _")
    return Tryton(url.rstrip("/"), database, user, password)


def _audit_key(text: str | None) -> bytes | None:
    if text is not None and len(text) < 32:
        raise BadSetting(f"{PREFIX}AUDIT_KEY is shorter than 32 characters: use a long random key, and keep a copy")
    return None if text is None else text.encode()


def _https_names(https: str, names: str, certificate: str | None) -> tuple[str, ...]:
    """The first is what the certificate is called; this machine itself is always among them."""
    if https not in ("", "own"):
        raise BadSetting(f"{PREFIX}HTTPS={https!r}: write own, or leave it out")
    if https and certificate:
        raise BadSetting(f"{PREFIX}HTTPS=own makes a certificate: leave it out, or {PREFIX}TLS_CERTIFICATE")
    if not https:
        return ()
    given = [name for name in names.replace(",", " ").split() if name]
    if not given or not all(NAME_OR_ADDRESS.fullmatch(name) for name in given):
        raise BadSetting(f"{PREFIX}HTTPS_NAMES={names!r}: write by what tablets reach this machine: mes.local,10.0.0.5")
    return tuple(dict.fromkeys([*given, *THIS_MACHINE]))


def _openid(get: Callable[[str], str | None], plaintext_allowed: bool) -> OpenId | None:
    """The company's accounts; None where none are set, BadSetting where half of them is."""
    issuer, client_id, file = get("OPENID_ISSUER"), get("OPENID_CLIENT_ID"), get("OPENID_SECRET_FILE")
    if not any((issuer, client_id, file)):
        return None
    if issuer is None or client_id is None or file is None:
        raise BadSetting(f"{PREFIX}OPENID_ISSUER, _CLIENT_ID and _SECRET_FILE belong together: set all of them")
    parts = urlsplit(issuer)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadSetting(f"{PREFIX}OPENID_ISSUER must look like https://login.example/realms/plant")
    if parts.scheme == "http" and not plaintext_allowed and not is_loopback(parts.hostname):
        raise BadSetting(f"{PREFIX}OPENID_ISSUER={issuer} is plain http: use https://")
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as err:
        raise BadSetting(f"{PREFIX}OPENID_SECRET_FILE={file} cannot be read ({err})") from err
    scope, claim = get("OPENID_SCOPE") or "openid profile", get("OPENID_CLAIM") or "preferred_username"
    return OpenId(issuer, client_id, secret, claim, scope, get("OPENID_CA"))


def _demo(token: str, host: str) -> str:
    if token and (len(token) < 32 or not is_loopback(host)):
        raise BadSetting(f"{PREFIX}DEMO is for `shopfloor demo` on this machine: leave it out")
    return token


def _frame_every(text: str) -> timedelta:
    least, most = FRAME_EVERY
    try:
        every = parse_positive(text)
    except ValueError as err:
        raise BadSetting(f"{PREFIX}FRAME_EVERY: {err}") from err
    if not least <= every <= most:
        raise BadSetting(f"{PREFIX}FRAME_EVERY={text}: write a time from 50ms to 1s")
    return every


def _watchdog(text: str) -> timedelta:
    try:
        return parse_positive(text)
    except ValueError as err:
        raise BadSetting(f"{PREFIX}WATCHDOG: {err}") from err


def _port(name: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise BadSetting(f"{PREFIX}{name}={text!r}: write a number from 1 to 65535")
    return int(text)
