"""A company's accounts: what is asked of the provider by OpenID Connect, code flow with PKCE, and what is believed."""

import hashlib
import secrets
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from runtime.settings import BadSetting, OpenId

TIMEOUT_S = 10.0
KNOWN_S = 3600.0
LEEWAY_S = 60
# Signed by the provider's own key: neither "none" nor a secret that both sides know.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")


class OpenIdTrouble(Exception):
    """The provider cannot be reached, or what it says is not believed; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a browser is sent, and what is remembered until it comes back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(slots=True)
class Provider:
    """One provider; what it says of itself is known for an hour."""

    settings: OpenId
    _about: dict[str, Any] = field(default_factory=dict)
    _keys: Any = None
    _asked_s: float = float("-inf")

    async def begin(self, redirect_uri: str) -> Begun:
        """A new log-in."""
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        async with self._client() as http:
            about = await self._known(http)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.settings.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        address = str(about["authorization_endpoint"])
        return Begun(f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", state, nonce, verifier)

    async def person(self, code: str, verifier: str, nonce: str, redirect_uri: str) -> str:
        """The personnel number of whoever has logged in at the provider; OpenIdTrouble where it is not proven."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.settings.client_id,
            "client_secret": self.settings.secret,
            "code_verifier": verifier,
        }
        async with self._client() as http:
            about = await self._known(http)
            token = await _json(http, "POST", str(about["token_endpoint"]), data=form)
            claims = await self._claims(http, token, nonce)
            found = claims.get(self.settings.claim)
            if found is None and "userinfo_endpoint" in about:
                bearer = {"Authorization": f"Bearer {token.get('access_token', '')}"}
                more = await _json(http, "GET", str(about["userinfo_endpoint"]), headers=bearer)
                found = more.get(self.settings.claim) if more.get("sub") == claims["sub"] else None
        if not isinstance(found, str | int) or isinstance(found, bool) or not str(found).strip():
            raise OpenIdTrouble(f"the account has no claim '{self.settings.claim}'")
        return str(found).strip()

    async def _claims(self, http: httpx.AsyncClient, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """What the signed token says, once issuer, audience, time and nonce are right."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        text, access = token.get("id_token"), token.get("access_token")
        if not isinstance(text, str):
            raise OpenIdTrouble("the provider has sent no id_token")
        own = self.settings
        options: dict[str, Any] = {
            "iss": {"essential": True, "value": own.issuer},
            "aud": {"essential": True, "value": own.client_id},
        }
        try:
            try:
                signed = jwt.decode(text, await self._key_set(http, anew=False), algorithms=list(ALGORITHMS))
            except (JoseError, ValueError):
                # The provider may have changed its keys since.
                signed = jwt.decode(text, await self._key_set(http, anew=True), algorithms=list(ALGORITHMS))
            params = {"nonce": nonce, "client_id": own.client_id, "access_token": access}
            claims = CodeIDToken(signed.claims, signed.header, options, params)
            claims.validate(leeway=LEEWAY_S)
        except (JoseError, ValueError) as err:
            raise OpenIdTrouble(f"the provider's token is not believed: {err}") from err
        return dict(signed.claims)

    async def _known(self, http: httpx.AsyncClient) -> dict[str, Any]:
        if self._about and time.monotonic() - self._asked_s < KNOWN_S:
            return self._about
        about = await _json(http, "GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        missing = [one for one in ("authorization_endpoint", "token_endpoint", "jwks_uri") if one not in about]
        if about.get("issuer") != self.settings.issuer or missing:
            raise OpenIdTrouble(f"{self.settings.issuer} says that it is {about.get('issuer')!r}, without {missing}")
        self._about, self._asked_s, self._keys = about, time.monotonic(), None
        return about

    async def _key_set(self, http: httpx.AsyncClient, *, anew: bool) -> Any:
        from joserfc.jwk import KeySet

        if self._keys is None or anew:
            about = await self._known(http)
            self._keys = KeySet.import_key_set(await _json(http, "GET", str(about["jwks_uri"])))  # type: ignore[arg-type]  # it looks
        return self._keys

    def _client(self) -> httpx.AsyncClient:
        trusted = ssl.create_default_context(cafile=self.settings.authority)
        return httpx.AsyncClient(timeout=TIMEOUT_S, verify=trusted, follow_redirects=False)


def need_library() -> None:
    """BadSetting where the extra is not installed."""
    try:
        import authlib.oidc.core  # noqa: F401  - whether it is there
    except ImportError as err:
        raise BadSetting("SHOPFLOOR_OPENID_ISSUER needs the extra: pip install 'shopfloor[openid]'") from err


def hash_of(text: str) -> bytes:
    """What the database holds of a state, and of the browser's cookie."""
    return hashlib.sha256(text.encode()).digest()


async def _json(http: httpx.AsyncClient, method: str, url: str, **more: Any) -> dict[str, Any]:
    try:
        answer = await http.request(method, url, **more)
        found = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as err:
        raise OpenIdTrouble(f"{url} does not answer as it should: {err!r}") from err
    if answer.status_code != 200 or not isinstance(found, dict):
        said = found.get("error") if isinstance(found, dict) else None
        raise OpenIdTrouble(f"{url} answers {answer.status_code} {said or ''}")
    return found
