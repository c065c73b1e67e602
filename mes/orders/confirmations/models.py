"""Confirmations as the API takes and tells them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mes.web.bounds import LINES
from mes.web.models import Time
from mes.web.quantity import Quantity


class ConfirmBody(BaseModel):
    """Tell what is certain of an operation and was not told yet."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["partial", "final"] = "partial"


class ReverseBody(BaseModel):
    """Take a confirmation back."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=LINES, examples=["wrong order"])]


class ConfirmationAnswer(BaseModel):
    """A document that was told; its amounts are what it adds, and below 0 in a reversal."""

    order: str
    step: int
    number: int = Field(description="From 1 on, without gaps, for each operation.")
    kind: Literal["partial", "final", "reversal"]
    good: Quantity
    scrap: dict[str, Quantity] = Field(description="By reason; 'unassigned' has none yet.")
    rework: Quantity
    unit: str
    setup_us: int = Field(description="From the begin of a run to its first part.")
    run_us: int = Field(description="From the first part of a run to its end.")
    labour_us: int = Field(description="Labour of people that has ended.")
    production_day: date
    as_of: Time = Field(description="Quantities asked for with this instant are those that are confirmed by then.")
    reverses: int | None
    reason: str
    person: str | None
    client: str
    at: Time
