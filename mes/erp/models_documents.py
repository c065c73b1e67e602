"""Documents for an ERP as the API tells them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.orders.wish import OrderName
from mes.web.models import Time
from mes.web.quantity import Quantity

DocumentState = Literal["waiting", "sent", "acknowledged", "parked"]


class SentDocument(BaseModel):
    """What an ERP is to have exactly once: an order's begin, a confirmation, its reversal, the order's end."""

    system: str = Field(examples=["tryton"])
    order: str
    external_number: str = Field(description="What the ERP calls the order.")
    number: int = Field(description="From 1 on for each order; written into the ERP as its key.")
    kind: Literal["begin", "confirmation", "reversal", "end"]
    operation: UUID | None
    confirmation: int | None = Field(description="The number of the confirmation of that operation.")
    good: Quantity = Field(description="Of the order's last step; below 0 in a reversal.")
    scrap: Quantity = Field(description="Of any step; below 0 in a reversal.")
    production_day: date | None
    state: DocumentState = Field(
        description="sent: an attempt was made whose end is not known; parked: a person has to act, as `cure` says."
    )
    tries: int
    problem: str | None
    cure: str | None
    at: Time
    settled_at: Time | None


class RetryBody(BaseModel):
    """A parked document is to be tried again."""

    model_config = ConfigDict(extra="forbid")

    system: Literal["tryton"] = "tryton"
    order: OrderName
    number: Annotated[int, Field(ge=1, le=1_000_000)]
