"""Instants in tests."""

from datetime import UTC, datetime

from contract.sample import to_us


def at(text: str) -> datetime:
    """A UTC instant, written as '2026-11-23 08:00'."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def later() -> int:
    """The clock of a collector that works after everything that happens at fixed dates in tests."""
    return to_us(at("2027-06-01 00:00"))
