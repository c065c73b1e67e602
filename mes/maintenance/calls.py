"""A call for help from a machine. Pure."""

from dataclasses import dataclass
from typing import Literal

CallKind = Literal["maintenance", "material", "quality", "supervisor"]
KINDS: tuple[CallKind, ...] = ("maintenance", "material", "quality", "supervisor")


@dataclass(frozen=True, slots=True)
class Call:
    """An open call: whom a machine needs, since when, and who has said that help is on the way."""

    id: str
    machine: str
    kind: CallKind
    called_by: str | None
    at_us: int
    answered_by: str | None
    answered_at_us: int | None

    @property
    def answered(self) -> bool:
        """True when somebody is on the way."""
        return self.answered_at_us is not None
