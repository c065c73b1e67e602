"""An order as the ERP or a file wishes it, and what may be wrong with it. Pure."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from config.plant import Plant
from mes.web.bounds import Instant, PlantId

OrderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", max_length=64)]


class OrderWish(BaseModel):
    """An order as the ERP or a file gives it; exactly one of machine and line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: OrderName
    product: PlantId
    quantity: Annotated[int, Field(gt=0, lt=2**53)]
    due_at: Instant
    machine: PlantId | None = None
    line: PlantId | None = None
    started_at: Instant | None = None

    @model_validator(mode="after")
    def one_place(self) -> Self:
        """Exactly one of machine and line."""
        if (self.machine is None) == (self.line is None):
            raise ValueError("give either 'machine' or 'line'")
        return self


def unknown_place(plant: Plant, wish: OrderWish) -> str | None:
    """What is wrong with the references of an order, or None."""
    known = {
        "product": (wish.product, [product.id for product in plant.products]),
        "machine": (wish.machine, [machine.id for machine in plant.machines]),
        "line": (wish.line, [line.id for line in plant.lines]),
    }
    for key, (name, names) in known.items():
        if name is not None and name not in names:
            return f"{key}: '{name}' is not in the plant file; known are {', '.join(names) or 'none'}"
    return None


def counting_machine(plant: Plant, machine: str | None, line: str | None) -> str | None:
    """The machine whose good parts count for an order: its own, or the output machine of its line; None in no plant."""
    if machine is not None:
        return machine if any(one.id == machine for one in plant.machines) else None
    return next((one.output_machine for one in plant.lines if one.id == line), None)
