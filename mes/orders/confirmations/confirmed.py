"""What is certain of an operation and what was confirmed already → the next confirmation. Pure.

Signed confirmations always add up to what is certain: where more is certain than was told the difference is a
confirmation; where less is, earlier ones are reversed, the newest first, until the difference is none below 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from mes.facts.reported import NONE

ConfirmationKind = Literal["partial", "final", "reversal"]


@dataclass(frozen=True, slots=True)
class Amounts:
    """Quantities in the order's unit, and times in microseconds."""

    good: Decimal = NONE
    scrap: Mapping[str, Decimal] = field(default_factory=dict)
    rework: Decimal = NONE
    setup_us: int = 0
    run_us: int = 0
    labour_us: int = 0

    def plus(self, other: "Amounts", sign: int = 1) -> "Amounts":
        """The sum, or with sign -1 the difference; reasons of none are left out."""
        scrap = {
            reason: self.scrap.get(reason, NONE) + sign * other.scrap.get(reason, NONE)
            for reason in sorted({*self.scrap, *other.scrap})
        }
        return Amounts(
            self.good + sign * other.good,
            {reason: quantity for reason, quantity in scrap.items() if quantity},
            self.rework + sign * other.rework,
            self.setup_us + sign * other.setup_us,
            self.run_us + sign * other.run_us,
            self.labour_us + sign * other.labour_us,
        )

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return self == Amounts()

    @property
    def below_0(self) -> bool:
        """Whether anything of it is less than none."""
        times = (self.setup_us, self.run_us, self.labour_us)
        return min(times) < 0 or min(self.good, self.rework, *self.scrap.values()) < 0


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A document that was told; amounts of a reversal are those that it takes back, below 0."""

    number: int
    kind: ConfirmationKind
    amounts: Amounts
    reverses: int | None = None


def total(told: Iterable[Confirmation]) -> Amounts:
    """What all confirmations say together."""
    found = Amounts()
    for one in told:
        found = found.plus(one.amounts)
    return found


def standing(told: Sequence[Confirmation]) -> list[Confirmation]:
    """Confirmations that were not reversed and are no reversals, in their order."""
    reversed_ = {one.reverses for one in told}
    return [one for one in told if one.kind != "reversal" and one.number not in reversed_]


def final_of(told: Sequence[Confirmation]) -> Confirmation | None:
    """The final confirmation that stands, if there is one."""
    return next((one for one in standing(told) if one.kind == "final"), None)


def reversal(number: int, of: Confirmation) -> Confirmation:
    """What takes a confirmation back."""
    return Confirmation(number, "reversal", Amounts().plus(of.amounts, -1), of.number)


def following(told: Sequence[Confirmation], certain: Amounts, *, final: bool) -> list[Confirmation]:
    """The confirmations that are to be told now: none where all is told, unless it is the final one."""
    now = list(told)
    new: list[Confirmation] = []
    left = certain.plus(total(now), -1)
    while left.below_0 and standing(now):
        back = reversal(len(now) + 1, standing(now)[-1])
        now.append(back)
        new.append(back)
        left = certain.plus(total(now), -1)
    if final or not left.empty:
        new.append(Confirmation(len(now) + 1, "final" if final else "partial", left))
    return new
