"""What must hold, and what is said where it does not; spans of time. Standard library only."""

import json
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

Spans = tuple[list[int], list[int]]


class NotAReceipt(ValueError):
    """The file is no receipt: fetch it again from GET /api/v1/kpis/{id}/explain."""


class Differs(Exception):
    """Something in the receipt is not what the rest of it gives."""


def same(place: str, said: Any, computed: Any) -> None:
    """Differs unless the receipt says what was computed; 1 is not true and 1.0 is not 1."""
    if json.dumps(said, sort_keys=True) != json.dumps(computed, sort_keys=True):
        raise Differs(f"{place}: the receipt says {json.dumps(said)}, the rest of it gives {json.dumps(computed)}")


def need(place: str, holds: bool, law: str) -> None:
    """Differs unless a law holds."""
    if not holds:
        raise Differs(f"{place}: {law}")


def joined(spans: Iterable[Any]) -> Spans:
    """The same time as begins and ends, in order and apart."""
    begins: list[int] = []
    ends: list[int] = []
    for start, end in sorted(spans):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        elif start < end:
            begins.append(start)
            ends.append(end)
    return begins, ends


def within(at: int, spans: Spans) -> bool:
    """Whether an instant lies in spans that were joined."""
    n = bisect_right(spans[0], at) - 1
    return n >= 0 and at < spans[1][n]
