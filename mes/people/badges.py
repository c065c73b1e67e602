"""Badges and PINs: what may be one, and a badge's hash. Pure."""

import hashlib
import hmac
import re
import unicodedata
from itertools import pairwise

PIN = re.compile(r"[0-9]{4,8}")
BADGE = re.compile(r"[\x21-\x7e]{4,64}")


def badge_of(typed: str) -> str | None:
    """What a scanner has typed, without what some put around it; None for what is no badge."""
    text = unicodedata.normalize("NFKC", typed).strip()
    return text if BADGE.fullmatch(text) else None


def hash_of_badge(badge: str, key: bytes) -> bytes:
    """What the database holds: with the key nobody can try all badges against a copy of the table alone."""
    return hmac.new(key, badge.encode(), hashlib.sha256).digest()


def pin_trouble(pin: str) -> str | None:
    """The word that says why this is no PIN; None for one that will do."""
    if not PIN.fullmatch(pin):
        return "pin_form"
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return "pin_easy" if steps in ({0}, {1}, {9}) else None
