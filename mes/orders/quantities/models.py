"""Quantities of operations as the API takes and tells them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.orders.quantities.booked import QuantityKind
from mes.web.bounds import LINES, ONE_LINE, Instant, PersonName
from mes.web.models import Time
from mes.web.quantity import Amount, Quantity

ReasonId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", max_length=63, examples=["burr"])]
Why = Annotated[str, Field(min_length=1, max_length=500, pattern=LINES, examples=["counted again"])]


class QuantityBody(BaseModel):
    """So much was made of an operation."""

    model_config = ConfigDict(extra="forbid")

    operation: UUID = Field(description="Of which it was made.")
    kind: QuantityKind
    quantity: Amount
    source: Literal["operator", "scan", "erp"] = "operator"
    reason: ReasonId | None = Field(None, description="Why it is scrap.")
    made_at: Instant | None = Field(None, description="When it was made; now where left out.")
    found_at: UUID | None = Field(None, description="Of scrap: the later operation at which it was found.")
    comment: Annotated[str, Field(max_length=500, pattern=LINES)] = ""


class QuantityCorrection(BaseModel):
    """What a quantity should be, and why."""

    model_config = ConfigDict(extra="forbid")

    quantity: Quantity = Field(description="What it should be; 0 takes it away.", examples=["5"])
    why: Why


class QuantityAnswer(BaseModel):
    """A report, or a correction of one; none is ever changed."""

    id: UUID
    operation: UUID
    made_at: Time
    kind: QuantityKind
    quantity: Quantity = Field(description="Signed in a correction: what it adds to the row that it corrects.")
    source: Literal["operator", "scan", "erp"]
    reason: str | None
    found_at: UUID | None
    corrects: UUID | None
    comment: str
    person: str | None
    client: str
    at: Time = Field(description="When it was told.")
    known: bool = Field(description="Whether sums have it already; within a second.")


class ReportAnswer(QuantityAnswer):
    """A report or correction that was just taken."""

    not_counted: Quantity = Field(
        description="How much scrap and rework is reported beyond all parts that counters have told for certain by "
        "now, in the run and shift of this row. More than 0 is a mistake, or parts that no counter has seen."
    )


class ReasonText(BaseModel):
    """Why something happened, in both languages."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["stop", "scrap", "defect", "hold", "correction"]
    name_en: PersonName = Field(examples=["Burr"])
    name_zh: PersonName = Field(examples=["毛刺"])
    parent: ReasonId | None = None
    erp_code: Annotated[str, Field(max_length=64, pattern=ONE_LINE)] | None = None
    retired: bool = Field(False, description="Nobody can choose it any more; what has it keeps it.")


class ReasonAnswer(ReasonText):
    """A reason."""

    id: str
    version: int


class Sum(BaseModel):
    """Booked quantities of whatever the keys beside them name; each at least, and at most (`_high`)."""

    good: Quantity
    good_high: Quantity
    scrap: Quantity
    scrap_high: Quantity
    rework: Quantity
    rework_high: Quantity
    not_counted: Quantity = Field(description="How much of scrap and rework people report and no counter has told.")
    scrap_by_reason: dict[str, Quantity] = Field(description="Certain scrap; 'unassigned' has no reason yet.")
    unit: str


class QuantitySum(Sum):
    """A line of the answer; keys that were not asked for are null."""

    order: str | None = None
    operation: UUID | None = None
    product: str | None = None
    machine: str | None = None
    day: date | None = Field(None, description="The production day.")
    shift: str | None = None
    hour: Time | None = None


class QuantitySums(BaseModel):
    """Quantities in a window."""

    from_: Time = Field(alias="from")
    to: Time
    as_of: Time = Field(description="Asked again with this, the same is answered.")
    items: list[QuantitySum]


class Unassigned(BaseModel):
    """Parts that were counted while no operation ran, of one machine, counter and hour."""

    machine: str
    counter: str
    hour: Time
    parts: int
    most: int
    first: Time
    last: Time
