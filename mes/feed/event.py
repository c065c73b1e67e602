"""An event, its id, and what it may be about. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

TYPES = frozenset(
    {
        "order.changed",
        "operation.state_changed",
        "quantity.booked",
        "quantity.restated",
        "labour.booked",
        "confirmation.posted",
        "confirmation.reversed",
        "inspection.recorded",
        "defect.recorded",
        "hold.placed",
        "hold.released",
        "lot.changed",
        "material.moved",
        "sign_on.changed",
        "stop.changed",
        "alarm.raised",
        "alarm.acknowledged",
        "alarm.cleared",
        "alarm.changed",
        "maintenance_request.changed",
        "plan.applied",
        "product.changed",
        "day.closed",
        "document.parked",
    }
)
RANDOM_BYTES = 10


@dataclass(frozen=True, slots=True)
class Event:
    """One event with its position."""

    id: UUID
    type: str
    position: int
    at: datetime
    subject: str
    subject_version: int
    data: dict[str, Any]


def time_ordered_id(at_ms: int, random: bytes) -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of Unix time in milliseconds, then 74 of the 80 random bits given."""
    number = (at_ms & (1 << 48) - 1) << 80 | int.from_bytes(random[:RANDOM_BYTES])
    number = number & ~(0xF << 76) | 0x7 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)
