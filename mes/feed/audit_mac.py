"""The seal of audit entries: each covers its own row and the one before. Pure."""

import hmac
from collections.abc import Iterable, Sequence

# Texts of a row in the order of mes/feed/queries_sequencer.sql, `entries_to_seal`; None where it has none.
Row = Sequence[str | None]


def mac_of(key: bytes, before: bytes, row: Row) -> bytes:
    """HMAC-SHA-256 over the seal before and each text with its length, so that no text can run into the next."""
    made = hmac.new(key, before, "sha256")
    for text in row:
        part = None if text is None else text.encode()
        made.update(b"-" if part is None else f"{len(part)}:".encode() + part)
    return made.digest()


def first_broken(key: bytes, rows: Iterable[tuple[int, bytes, Row]]) -> int | None:
    """The first position, from 1 on, whose row was changed, or is missing; None where every seal is right."""
    before, expected = b"", 1
    for position, mac, row in rows:
        if position != expected or not hmac.compare_digest(mac, mac_of(key, before, row)):
            return expected
        before, expected = mac, expected + 1
    return None
