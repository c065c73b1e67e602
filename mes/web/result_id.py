"""Which result was told ↔ the id in the answer. Pure; no table is needed to find the result again.

An id is signed with the installation's key: it holds the window and the instant of a question, and only those that mes
has answered are asked again.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from mes.kpi.formulas import Exact
from mes.web.problems import Problem

ALL = "all"
FORMAT = 3
SIGNATURE_BYTES = 16


@dataclass(frozen=True, slots=True)
class ResultId:
    """What was asked, by which policy it was answered, what was known then, and a digest of the numbers told."""

    equipment: str
    kpi: str
    from_us: int
    to_us: int
    as_of_us: int
    policy: str
    version: int
    policy_hash: str
    told: str


def told(numbers: Sequence[Exact]) -> str:
    """Eight hexadecimal digits that stand for numbers, exactly."""
    text = "\n".join(f"{one.value} {one.low} {one.high} {one.undefined}" for one in numbers)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def encode(result: ResultId, key: bytes) -> str:
    """The id: the result and a signature, in letters; it never begins with a sign that spreadsheets calculate."""
    text = json.dumps([FORMAT, *astuple(result)], separators=(",", ":")).encode()
    return _letters(text + _signature(text, key))


def decode(id_: str, key: bytes, longest_us: int) -> ResultId:
    """The result with this id, or a Problem 404 for what is none that an answer can have had."""
    try:
        raw = base64.urlsafe_b64decode(id_ + "=" * (-len(id_) % 4))
        given, text = raw[-SIGNATURE_BYTES:], raw[:-SIGNATURE_BYTES]
        # A letter's last bits may be lost in decoding: only the id that we would give is one.
        if not hmac.compare_digest(given, _signature(text, key)) or _letters(raw) != id_:
            raise ValueError(id_)
        format_, *parts = json.loads(text)
        if format_ != FORMAT:
            raise ValueError(id_)
        result = ResultId(*parts)
        if not 0 < result.to_us - result.from_us <= longest_us:
            raise ValueError(id_)
        return result
    except (ValueError, TypeError, binascii.Error) as err:
        raise Problem(
            404, "This is not the id of a result of this system.", "Copy the whole `id` of an answer of …/kpis."
        ) from err


def _letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _signature(text: bytes, key: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")[:SIGNATURE_BYTES]
