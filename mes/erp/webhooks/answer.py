"""What an answer to a webhook means, and when to try again. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 600.0
LONGEST_RETRY_AFTER_S = 86_400.0
# The receiver was not ready for it: request time-out, too early, too many requests.
TEMPORARY = frozenset({408, 425, 429})


class Outcome(Enum):
    """What becomes of a delivery."""

    SENT = "sent"
    RETRY = "retry"
    PARK = "park"
    DISABLE = "disable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `status` None where nothing did, `text` then says why."""

    status: int | None
    text: str
    retry_after_s: float | None = None


def outcome_of(status: int | None) -> Outcome:
    """2xx is sent; 410 says for ever; other 4xx and redirects want a person; all else is tried again."""
    if status is None or status in TEMPORARY or status < 200 or status >= 500:
        return Outcome.RETRY
    if status < 300:
        return Outcome.SENT
    return Outcome.DISABLE if status == 410 else Outcome.PARK


def delay_s(tries: int, retry_after_s: float | None, share: float) -> float:
    """Seconds until the next attempt after so many: doubled each time up to ten minutes; not before the receiver wants.

    `share`, 0 to 1, takes up to a quarter off, so that not all come back at once: after 3 tries 3 to 4 s.
    """
    doubled = min(FIRST_DELAY_S * 2.0 ** min(tries - 1, 30), LONGEST_DELAY_S)
    return max(doubled * (1 - share / 4), min(retry_after_s or 0.0, LONGEST_RETRY_AFTER_S))


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds of a header Retry-After, whether it gives seconds or a date; None where it gives neither."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header.strip()[:9])
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
