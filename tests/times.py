"""Instants in tests."""

from datetime import UTC, datetime


def at(text: str) -> datetime:
    """A UTC instant, written as '2026-11-23 08:00'."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
