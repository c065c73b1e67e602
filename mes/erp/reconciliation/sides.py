"""What each source says of an order on a production day → where they differ, and whether the day adds up. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

NONE = Decimal(0)


class Source(StrEnum):
    """Who says what was made; `booked` is what all others are compared with."""

    BOOKED = "booked"
    COUNTER = "counter"
    OPERATOR = "operator"
    SCAN = "scan"
    ERP_REPORT = "erp_report"
    CONFIRMED = "confirmed"
    ERP = "erp"


class Standing(StrEnum):
    """What became of the differences of an order on a day."""

    EQUAL = "equal"
    EXPLAINED = "explained"
    OWNED = "owned"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Said:
    """Good and scrap; None where a source says nothing of it."""

    good: Decimal | None = None
    scrap: Decimal | None = None

    def less(self, other: "Said") -> "Said":
        """The difference, None where either says nothing."""
        good = None if self.good is None or other.good is None else self.good - other.good
        return Said(good, None if self.scrap is None or other.scrap is None else self.scrap - other.scrap)

    @property
    def differs(self) -> bool:
        """Whether there is anything in it but 0."""
        return bool(self.good or self.scrap)


def differences(said: Mapping[Source, Said]) -> dict[Source, Said]:
    """Of each source what it says more or less than is booked; those without a difference are left out."""
    booked = said.get(Source.BOOKED, Said())
    found = {source: one.less(booked) for source, one in said.items() if source is not Source.BOOKED}
    return {source: one for source, one in found.items() if one.differs}


def standing(
    found: Mapping[Source, Said], recorded: Mapping[Source, Said] | None, owner: str | None, reason: str | None
) -> Standing:
    """A reason holds for the differences that it was given for; an owner looks into whatever there is."""
    if not found:
        return Standing.EQUAL
    if reason and recorded == found:
        return Standing.EXPLAINED
    return Standing.OWNED if owner else Standing.OPEN


@dataclass(frozen=True, slots=True)
class Tally:
    """How many documents, and what they say together."""

    count: int = 0
    said: Said = field(default_factory=lambda: Said(NONE, NONE))


@dataclass(frozen=True, slots=True)
class Certificate:
    """Signed confirmations of a day, and the documents that carry them, by what became of them."""

    confirmed: Tally
    acknowledged: Tally
    waiting: Tally
    parked: Tally
    reversed: int

    @property
    def missing(self) -> Said:
        """What was confirmed and is in no document; 0 and 0 where the day adds up."""
        good, scrap = (
            sum((getattr(one.said, name) for one in (self.acknowledged, self.waiting, self.parked)), NONE)
            for name in ("good", "scrap")
        )
        return self.confirmed.said.less(Said(good, scrap))

    @property
    def adds_up(self) -> bool:
        """Whether every confirmation is in one document, and every sum is the sum of its parts."""
        documents = self.acknowledged.count + self.waiting.count + self.parked.count
        return not self.missing.differs and documents == self.confirmed.count
