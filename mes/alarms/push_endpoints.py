"""Which addresses a browser may give for its push messages: those of push services that the plant file names. Pure."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

BASE64URL = re.compile(r"[A-Za-z0-9_-]{16,120}={0,2}")
MOST = 500


def allowed(endpoint: str, hosts: Iterable[str]) -> bool:
    """Whether alerts may send there: over https, to a host that is named or lies below one; localhost for tests."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and host == "127.0.0.1")
    named = any(host == one or host.endswith(f".{one}") for one in hosts)
    return secure and named and port != 0 and len(endpoint) <= MOST and parts.username is None


def sound(text: str) -> bool:
    """Whether a text is a key as browsers give it."""
    return BASE64URL.fullmatch(text) is not None
