"""What an event may be about, and its id. Pure."""

from uuid import UUID

TYPES = frozenset(
    {
        "order.changed",
        "operation.state_changed",
        "quantity.booked",
        "quantity.restated",
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
        "maintenance_request.changed",
        "plan.applied",
        "product.changed",
        "day.closed",
    }
)
RANDOM_BYTES = 10


def time_ordered_id(at_ms: int, random: bytes) -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of Unix time in milliseconds, then 74 of the 80 random bits given."""
    number = (at_ms & (1 << 48) - 1) << 80 | int.from_bytes(random[:RANDOM_BYTES])
    number = number & ~(0xF << 76) | 0x7 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)
