"""Production events as the API takes and tells them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.orders.production_events.times import EventKind
from mes.web.bounds import Comment, Instant, PersonName, Reason
from mes.web.models import Time


class LabourBody(BaseModel):
    """Somebody works, or has worked, on an operation."""

    model_config = ConfigDict(extra="forbid")

    operation: UUID = Field(description="On which it is worked.")
    worker: PersonName | None = Field(
        None, description="Who works; left out: the person who asks.", examples=["Li Wei"]
    )
    from_: Annotated[Instant | None, Field(alias="from", description="Since when; left out: since now.")] = None
    to: Instant | None = Field(None, description="Until when; left out: it goes on.")
    comment: Comment = ""


class EndLabourBody(BaseModel):
    """Somebody has stopped to work on an operation."""

    model_config = ConfigDict(extra="forbid")

    at: Instant | None = Field(None, description="When; now where left out.")


class LabourCorrection(BaseModel):
    """What a span of labour should be, and why."""

    model_config = ConfigDict(extra="forbid")

    from_: Instant = Field(alias="from")
    to: Instant = Field(description="The same as 'from' takes it away.")
    why: Reason = Field(examples=["signed off too late"])


class ProductionEventAnswer(BaseModel):
    """Time that was spent on an operation."""

    id: UUID | None = Field(description="Of labour, for corrections; null for setup and run, which follow from runs.")
    kind: EventKind
    operation: UUID
    order: str
    step: int
    machine: str | None = Field(description="Of setup and run where parts counted; of labour the operation's.")
    line: str | None
    worker: str | None = Field(description="Of labour: who worked.")
    from_: Time = Field(alias="from")
    to: Time | None = Field(description="null: it goes on.")
    source: Literal["transitions", "entry"]
    corrected: bool = Field(description="Whether it was said otherwise before; the audit entries have it.")
    comment: str
    person: str | None = Field(description="Who told it last.")
    client: str | None
    at: Time | None = Field(description="When it was told last.")
