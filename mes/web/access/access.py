"""Who may do what: keys, persons' sessions, and no request from another site's page.

Without keys, and while nobody can log in, the service is open and answers this machine only.
After that every call of the API and every change needs a key or a person; looking at a wall does not.
"""

import hmac
import math
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address

import psycopg
import structlog
from starlette.requests import Request

from mes.web.access.holder import SESSION, Holder, SignedOn, StoredKeys
from mes.web.access.scopes import ALL, Scope
from mes.web.access.throttle import MOST_WRONG, WITHIN_S, Throttle, source_of
from mes.web.problems import Problem
from runtime.settings import is_loopback

log = structlog.get_logger()

COOKIE = "shopfloor_session"
STATION_COOKIE = "shopfloor_station"
# Which of several who are signed on at a station acts: the id of the sign-on.
CHOSEN_COOKIE, CHOSEN_HEADER = "shopfloor_sign_on", "Shopfloor-Sign-On"
API = "/api/v1"
SESSION_S = 12 * 3600
HOST = re.compile(r"(?:(?P<name>[A-Za-z0-9][A-Za-z0-9._-]{0,252})|\[(?P<v6>[0-9A-Fa-f:.]{2,45})\])(?::[0-9]{1,5})?")
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Access:
    """The keys of the environment by the name of who holds them, those in the database, and a secret.

    The secret lives as long as this process. A key of the environment is good for all scopes that `scopes` does not
    narrow.
    """

    keys: Mapping[str, str] = field(repr=False)
    own_host: str = "127.0.0.1"
    scopes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stored: StoredKeys | None = None
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    throttle: Throttle = field(default_factory=Throttle, repr=False)

    @property
    def open(self) -> bool:
        """True while no program has had a key and nobody can log in; never where other machines reach it."""
        return (
            is_loopback(self.own_host)
            and not self.keys
            and not (self.stored is not None and (self.stored.anyone or self.stored.people))
        )

    async def recognise(self, request: Request) -> None:
        """Find out who asks; once for a request."""
        if hasattr(request.state, "holder"):
            return
        request.state.holder, request.state.keys_away = None, None
        if self.stored is not None and self.open:
            await self.stored.look()
        try:
            request.state.holder = await self._asking(request)
        except psycopg.Error as err:
            request.state.keys_away = err

    async def _asking(self, request: Request) -> Holder | None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return await self.holder_with(key.strip())
        found = await self._in_session(request.cookies.get(COOKIE))
        station = request.cookies.get(STATION_COOKIE)
        if found is None and station and self.stored is not None:
            chosen = request.headers.get(CHOSEN_HEADER) or request.cookies.get(CHOSEN_COOKIE)
            return await self.stored.station_with(station, chosen)
        return found

    async def _in_session(self, cookie: str | None) -> Holder | None:
        """The person or the key of a session that is good."""
        if not cookie:
            return None
        if cookie.startswith(SESSION):
            return None if self.stored is None else await self.stored.person_with(cookie)
        credential = self.credential_in(cookie, time.time())
        return await self._holder_of(credential) if credential else None

    async def holder_with(self, key: str) -> Holder | None:
        """Who holds a key; takes the same time for every wrong key of the environment."""
        found = None
        for who, known in self.keys.items():
            if hmac.compare_digest(known.encode(), key.encode()):
                found = self._own(who)
        if found is None and self.stored is not None:
            return await self.stored.holder(key)
        return found

    async def _holder_of(self, credential: str) -> Holder | None:
        if credential in self.keys:
            return self._own(credential)
        return None if self.stored is None else await self.stored.holder_of(credential)

    def _own(self, who: str) -> Holder:
        return Holder(who, self.scopes.get(who, ALL), who)

    def session(self, credential: str, now_s: float) -> str:
        """The value of a session cookie: 'credential.until.signature'."""
        text = f"{credential}.{int(now_s) + SESSION_S}"
        return f"{text}.{self._sign(text)}"

    def credential_in(self, cookie: str, now_s: float) -> str | None:
        """The credential in a session cookie of ours that has not run out, or None."""
        text, _, signature = cookie.rpartition(".")
        credential, _, until = text.rpartition(".")
        if not hmac.compare_digest(self._sign(text).encode(), signature.encode()):
            return None
        return credential if int(until) > now_s else None

    def holder(self, request: Request) -> Holder | None:
        """Who asks, by bearer key or by session, as `recognise` has found out; None when there is nobody."""
        found: Holder | None = getattr(request.state, "holder", None)
        return found

    def who_asks(self, request: Request) -> str | None:
        """The name of who asks; None when there is nobody."""
        found = self.holder(request)
        return None if found is None else found.name

    def signed_on(self, request: Request) -> SignedOn | None:
        """The person who is signed on; None for a program, and for nobody."""
        found = self.holder(request)
        return None if found is None else found.person

    def forget(self, request: Request) -> None:
        """Ask anew who is logged in, or signed on, in this browser; within seconds everywhere else."""
        for cookie in (COOKIE, STATION_COOKIE):
            text = request.cookies.get(cookie)
            if text and self.stored is not None:
                self.stored.forget(text)

    def may(self, request: Request, scope: Scope) -> bool:
        """Whether who asks may do what needs this scope; everybody may while the service is open."""
        found = self.holder(request)
        return self.open or (found is not None and scope in found.scopes)

    def need_patience(self, request: Request) -> None:
        """A Problem 429 for a source that has given too many wrong keys."""
        wait_s = self.throttle.wait_s(source(request), time.monotonic())
        if wait_s:
            whole = math.ceil(wait_s)
            raise Problem(429, "Too many wrong keys came from this address.", f"Wait {whole} s.", retry_after_s=whole)

    def wrong_key(self, request: Request) -> None:
        """Count a wrong key; told once when its source has to wait from now on."""
        where = source(request)
        if self.throttle.wrong(where, time.monotonic()):
            log.warning("login_throttled", source=where, wrong_keys=MOST_WRONG, within_s=WITHIN_S)

    def stranger_host(self, request: Request) -> bool:
        """True in an open service for a name that is not this machine's: another site's page pretends to be ours."""
        host = host_in(request.headers.get("host", "")) or ""
        return self.open and not is_loopback(host) and host != self.own_host

    def _sign(self, text: str) -> str:
        return hmac.new(self.secret, text.encode(), "sha256").hexdigest()


def source(request: Request) -> str:
    """Where a request comes from, as it is counted and written down."""
    return source_of(request.client.host if request.client else None)


def route_address(request: Request) -> str:
    """The address of the route that was asked, with names in braces and with what stands before the API's own."""
    path = str(request.scope["route"].path)
    before = API if request.scope["path"].startswith(f"{API}/") else ""
    return path if path.startswith(before) else before + path


def from_another_site(request: Request) -> bool:
    """True for a change that a page of another origin has sent; tools that are not browsers say nothing and pass."""
    if request.method not in CHANGES:
        return False
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def host_in(header: str) -> str | None:
    """The name or address in a header Host, without its port; None where it holds neither."""
    found = HOST.fullmatch(header)
    if found is None:
        return None
    if found["v6"] is None:
        return found["name"].lower()
    try:
        return str(IPv6Address(found["v6"]))
    except ValueError:
        return None
