"""A request for a token as it came → who asks for what, or the error of RFC 6749, 5.2. Pure."""

import base64
import binascii
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, unquote_plus

Error = Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]
FORM = "application/x-www-form-urlencoded"
GRANT = "client_credentials"
MOST_FIELDS = 20


class Refused(Exception):
    """No token; `error` is the word of the standard, the text says what to do."""

    def __init__(self, error: Error, text: str) -> None:
        super().__init__(text)
        self.error = error


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A program by its name and key; `scopes` None: all that it has."""

    name: str
    key: str
    scopes: frozenset[str] | None


def token_request(content_type: str, authorization: str, body: bytes) -> TokenRequest:
    """Who asks for what, by HTTP Basic or by fields of the form, never both; Refused for anything else."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise Refused("invalid_request", f"Send the parameters as {FORM}.")
    fields = _fields(body)
    name, key = _basic(authorization) if authorization else ("", "")
    if authorization and "client_secret" in fields:
        raise Refused("invalid_request", "Send the key in the header or in the body, not in both.")
    if authorization and fields.get("client_id", name) != name:
        raise Refused("invalid_request", "client_id is not the name in the header.")
    name, key = name or fields.get("client_id", ""), key or fields.get("client_secret", "")
    grant = fields.get("grant_type")
    if grant is None:
        raise Refused("invalid_request", f"grant_type is missing: send {GRANT}.")
    if grant != GRANT:
        raise Refused("unsupported_grant_type", f"Only {GRANT} is known here.")
    if not name or not key:
        raise Refused("invalid_client", "Send the program's name as client_id and its key as client_secret.")
    scope = fields.get("scope")
    return TokenRequest(name, key, None if scope is None else frozenset(scope.split()))


def granted(has: frozenset[str], asked: frozenset[str] | None) -> frozenset[str]:
    """The scopes of the token; Refused where one is asked for that the program does not have."""
    wanted = has if asked is None else asked
    if not wanted:
        raise Refused("invalid_scope", "Name a scope, or leave the parameter out.")
    if not wanted <= has:
        raise Refused("invalid_scope", f"This program has only: {' '.join(sorted(has))}.")
    return wanted


def _fields(body: bytes) -> dict[str, str]:
    """Each field once; one without a value counts as left out."""
    try:
        pairs = parse_qsl(body.decode(), max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as err:
        raise Refused("invalid_request", "The body is no form in UTF-8.") from err
    if len(dict(pairs)) != len(pairs):
        raise Refused("invalid_request", "A parameter comes twice.")
    return dict(pairs)


def _basic(authorization: str) -> tuple[str, str]:
    """Name and key of HTTP Basic; in OAuth both are encoded as in a form."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        name, colon, key = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        if not colon:
            raise ValueError(encoded)
        return unquote_plus(name, errors="strict"), unquote_plus(key, errors="strict")
    except (ValueError, binascii.Error) as err:
        raise Refused("invalid_client", "The header is no HTTP Basic with the program's name and key.") from err
