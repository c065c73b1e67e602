"""An order as the ERP or a file wishes it, and what may be wrong with it. Pure."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from config.device import Role
from config.plant import Plant
from mes.web.bounds import ONE_LINE, Instant, PlantId
from mes.web.quantity import Amount, Number, UnitCode

OrderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", max_length=64)]
Words = Annotated[str, Field(min_length=1, max_length=80, pattern=ONE_LINE)]
# C62 is "one" in UN/ECE Recommendation 20: what is counted has it unless somebody says otherwise.
ONE = "C62"


class OrderFields(BaseModel):
    """What an order says of itself but its id; machine or line, or neither where the product's routing says where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    product: Number = Field(description="A material number of the plant.", examples=["bracket-a"])
    quantity: Amount = Field(description="Good parts to make, in `unit`, as exact text.", examples=["2000"])
    unit: UnitCode = ONE
    due_at: Instant = Field(description="When it should be done.", examples=["2026-01-31T14:00:00Z"])
    machine: PlantId | None = Field(None, description="The machine that makes it, or null.", examples=[None])
    line: PlantId | None = Field(None, description="The line that makes it, or null.", examples=["stamping"])
    priority: Annotated[int, Field(ge=0, le=100, description="Higher is more urgent.", examples=[50])] = 50
    customer_reference: Words | None = None
    project: Words | None = None
    external_system: Words | None = Field(None, description="The system that owns the order.", examples=["tryton"])
    external_number: Number | None = Field(None, description="Its number there.", examples=["PO/1042"])
    confirm_every: Amount | None = Field(
        None,
        description="Beside the end of each shift: an operation is confirmed whenever so many good parts more are "
        "certain, in `unit`.",
        examples=["500"],
    )


class OrderWish(OrderFields):
    """An order of a file: with its id and, where it has begun, since when."""

    id: OrderName
    started_at: Instant | None = None

    @model_validator(mode="after")
    def whole(self) -> Self:
        """Exactly one of machine and line; system and number of it together."""
        wrong = half_said(self)
        if wrong:
            raise ValueError(wrong[1])
        if self.machine is None and self.line is None:
            raise ValueError("Give 'machine' or 'line'.")
        return self


def half_said(wish: OrderFields) -> tuple[str, str] | None:
    """What does not go together in an order, and the key; None where all does. A routing may say the place."""
    if wish.machine is not None and wish.line is not None:
        return "machine", "Give either 'machine' or 'line', not both."
    if (wish.external_system is None) != (wish.external_number is None):
        return "external_number", "Give 'external_system' and 'external_number' together, or neither."
    return None


def unknown_place(plant: Plant, wish: OrderFields) -> tuple[str, str] | None:
    """Which machine or line of an order is not of the plant, and the key; None where nothing is unknown."""
    known = {
        "machine": (wish.machine, [machine.id for machine in plant.machines]),
        "line": (wish.line, [line.id for line in plant.lines]),
    }
    for key, (name, names) in known.items():
        if name is not None and name not in names:
            return key, f"'{name}' is not in the plant file; known are {', '.join(names) or 'none'}"
    return None


def in_plant_file(plant: Plant, product: str) -> bool:
    """Whether a product is one of the plant file."""
    return any(one.id == product for one in plant.products)


def counting_machine(plant: Plant, machine: str | None, line: str | None) -> str | None:
    """The machine whose good parts count for an order: its own, or the output machine of its line; None in no plant."""
    if machine is not None:
        return machine if any(one.id == machine for one in plant.machines) else None
    return next((one.output_machine for one in plant.lines if one.id == line), None)


def has_counter(plant: Plant, machine: str | None, line: str | None) -> bool:
    """Whether a counter of the machine or line says how many parts were good."""
    counting = counting_machine(plant, machine, line)
    roles = [tag.role for one in plant.machines if one.id == counting for tag in one.tags]
    return Role.GOOD_COUNT in roles or Role.TOTAL_COUNT in roles


def shortfall(quantity: Decimal, good: Decimal | None) -> Decimal:
    """How much of a quantity is not made; all of it where nothing is known."""
    return max(quantity - (good or Decimal(0)), Decimal(0))
