"""Keys, tokens, cookies and links: 256 random bits as text, and their hash. Pure: the random bits are an argument.

SHA-256 without salt and without stretching is enough: nobody guesses 256 random bits, however fast the hash.
"""

import base64
import hashlib
import re
from typing import Literal

from mes.web.access.holder import SESSION

Kind = Literal["key", "token", "session", "station", "link"]
RANDOM_BYTES = 32
HEAD: dict[Kind, str] = {"key": "sfk_", "token": "sft_", "session": SESSION, "station": "sfb_", "link": "sfl_"}
FORM = re.compile(r"(sfk|sft|sfs|sfb|sfl)_[A-Za-z0-9_-]{43}")


def text_of(kind: Kind, random: bytes) -> str:
    """What its holder is given; the begin says what it is, so that a search for secrets that got lost can find it."""
    return HEAD[kind] + base64.urlsafe_b64encode(random).decode().rstrip("=")


def kind_of(text: str) -> Kind | None:
    """Which of them a text may be; None for what can be none, of which the database need not be asked."""
    if FORM.fullmatch(text) is None:
        return None
    return next(kind for kind, head in HEAD.items() if text.startswith(head))


def hash_of(text: str) -> bytes:
    """What the database holds."""
    return hashlib.sha256(text.encode()).digest()
