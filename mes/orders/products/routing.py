"""Product, routing and wish → the steps of an order and where each is made. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from mes.orders.wish import OrderFields

# The step of an order that has no routing.
ONLY_STEP = 10
SIX_DIGITS = 10**6


@dataclass(frozen=True, slots=True)
class Place:
    """Exactly one of machine and line."""

    machine: str | None = None
    line: str | None = None

    def __str__(self) -> str:
        return self.machine or self.line or ""


@dataclass(frozen=True, slots=True)
class RoutingStep:
    """A step and the places where it may be made, the usual one first."""

    step: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Ordered:
    """What an order's product says of it; `base_unit` None for one of the plant file, which takes any unit.

    `version` and `label` are those of the version in force, None where there is none.
    """

    base_unit: str | None = None
    retired: bool = False
    units: Mapping[str, Fraction] = field(default_factory=dict)
    version: UUID | None = None
    label: str | None = None
    steps: tuple[RoutingStep, ...] = ()


class Unfit(ValueError):
    """The wish does not fit its product; `key` of the wish, and what is wrong with the cure."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key, self.text = key, text


def settled(wish: OrderFields, ordered: Ordered) -> OrderFields:
    """The wish in the product's base unit and with the place of its first step; Unfit where that cannot be."""
    return _placed(_in_base_unit(wish, ordered), ordered.steps)


def steps_of(wish: OrderFields, ordered: Ordered) -> dict[int, Place]:
    """Each step of an order with its place; a settled wish without a routing has one, where it says."""
    wished = Place(wish.machine, wish.line)
    if not ordered.steps:
        return {ONLY_STEP: wished}
    first, *others = ordered.steps
    return {first.step: wished} | {one.step: one.places[0] for one in others}


def _in_base_unit(wish: OrderFields, ordered: Ordered) -> OrderFields:
    base = ordered.base_unit
    if base is None or wish.unit == base:
        return wish
    if "unit" not in wish.model_fields_set:
        return wish.model_copy(update={"unit": base})
    ratio = ordered.units.get(wish.unit)
    if ratio is None:
        known = ", ".join([base, *sorted(ordered.units)])
        raise Unfit("unit", f"'{wish.product}' is not measured in '{wish.unit}': give one of {known}.")
    whole = Fraction(wish.quantity) * ratio * SIX_DIGITS
    if whole.denominator != 1 or whole >= 10**18:
        raise Unfit("quantity", f"Is no exact quantity in '{base}' with 6 digits after the point: give it in '{base}'.")
    return wish.model_copy(update={"unit": base, "quantity": Decimal(whole.numerator).scaleb(-6)})


def _placed(wish: OrderFields, steps: tuple[RoutingStep, ...]) -> OrderFields:
    wished = Place(wish.machine, wish.line)
    if not steps:
        if wished == Place():
            raise Unfit("machine", f"Give either 'machine' or 'line': '{wish.product}' has no routing.")
        return wish
    allowed = steps[0].places
    if wished == Place():
        return wish.model_copy(update={"machine": allowed[0].machine, "line": allowed[0].line})
    if wished not in allowed:
        key = "machine" if wished.machine else "line"
        listed = ", ".join(str(place) for place in allowed)
        raise Unfit(key, f"Step {steps[0].step} of '{wish.product}' is not made at '{wished}': give one of {listed}.")
    return wish
