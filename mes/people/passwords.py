"""Passwords and PINs: argon2id hashes, and what a password must be. Pure: the salt is an argument.

A hash takes 64 MiB and a twentieth of a second on purpose: whoever has stolen the table tries few a second.
"""

import unicodedata

from pwdlib.hashers.argon2 import Argon2Hasher

SALT_BYTES = 16
SHORTEST, LONGEST = 10, 200
HASHER = Argon2Hasher()
# As slow as a right one: how long an answer takes tells nobody whether a number is on record.
NOBODY = HASHER.hash("nobody has this password", salt=bytes(SALT_BYTES))


def hash_of(secret: str, salt: bytes) -> str:
    """What the database holds."""
    return HASHER.hash(_same(secret), salt=salt)


def right(secret: str, hashed: str | None) -> bool:
    """Whether this is the password or PIN; None, of somebody who has none, is wrong and takes as long."""
    return HASHER.verify(_same(secret), hashed or NOBODY) and hashed is not None


def trouble_with(password: str, number: str, name: str) -> str | None:
    """The word that says why this is no password for a person; None for one that will do."""
    plain = _same(password)
    if len(plain) < SHORTEST:
        return "password_short"
    if len(plain) > LONGEST:
        return "password_long"
    own = {part.casefold() for part in (number, name, *name.split()) if len(part) >= 3}
    rest = plain.casefold()
    for part in own:
        rest = rest.replace(part, "")
    if len(rest) < SHORTEST // 2 or len(set(rest)) < 4:
        return "password_easy"
    return None


def _same(text: str) -> str:
    """The same characters, whichever keyboard has typed them."""
    return unicodedata.normalize("NFKC", text)
