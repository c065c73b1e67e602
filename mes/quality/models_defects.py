"""Defects and holds as the API takes and tells them."""

from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mes.quality.models import OrderId
from mes.web.bounds import Comment, Instant, PlantId, Reason
from mes.web.models import Time
from mes.web.quantity import Amount, Number, Quantity, UnitCode

Disposition = Literal["scrap", "rework", "use_as_is"]
HoldKind = Literal["order", "operation", "lot", "serial", "machine"]


class DefectBody(BaseModel):
    """Parts that are not as they should be."""

    model_config = ConfigDict(extra="forbid")

    code: Number = Field(description="What is wrong with them.", examples=["burr"])
    quantity: Amount = Field(examples=["6"])
    unit: UnitCode = Field("H87", description="UN/ECE Rec 20; H87 is a piece.")
    disposition: Disposition | None = Field(None, description="null: it is decided later.", examples=["scrap"])
    found_at: Instant | None = Field(None, description="Left out: now. Not in the future.")
    made_at: Instant | None = Field(None, description="When they were made so, where that is known.")
    machine: PlantId | None = Field(None, description="Where they were found.", examples=["press-1"])
    operation: UUID | None = Field(None, description="The operation that found them.")
    caused_by: UUID | None = Field(None, description="The operation that made them so: it bears the quantity.")
    order: OrderId | None = None
    lot: Number | None = None
    serial: Number | None = None
    inspection: UUID | None = None
    comment: Comment = ""


class DispositionBody(BaseModel):
    """What becomes of defective parts; decided once."""

    model_config = ConfigDict(extra="forbid")

    disposition: Disposition
    why: Reason = Field(examples=["Burr is inside the drawing's note 4"])


class DefectAnswer(BaseModel):
    """A defect; its quantity is booked once, when it has a disposition."""

    id: UUID
    code: str
    quantity: Quantity
    unit: str
    disposition: Disposition | None
    disposition_at: Time | None
    disposition_by: str | None
    found_at: Time
    made_at: Time | None
    machine: str | None
    operation: UUID | None
    caused_by: UUID | None
    order: str | None
    lot: str | None
    serial: str | None
    inspection: UUID | None
    comment: str
    person: str | None
    client: str
    at: Time


class HoldBody(BaseModel):
    """What may not go on, and why."""

    model_config = ConfigDict(extra="forbid")

    kind: HoldKind = Field(examples=["lot"])
    subject: Number = Field(description="Id or number of it.", examples=["L-2026/117"])
    product: Number | None = Field(None, description="Of a lot or serial, whose numbers are its product's.")
    reason: Reason = Field(examples=["Hardness below limit"])

    @model_validator(mode="after")
    def names_its_subject(self) -> Self:
        """A lot has a product, an operation an id."""
        if (self.kind in ("lot", "serial")) != (self.product is not None):
            raise ValueError("Give 'product' for a lot or serial, and for nothing else.")
        if self.kind == "operation":
            try:
                self.subject = str(UUID(self.subject))
            except ValueError as err:
                raise ValueError("'subject' of kind 'operation' is the operation's id, a UUID.") from err
        return self


class ReleaseBody(BaseModel):
    """What becomes of what was held."""

    model_config = ConfigDict(extra="forbid")

    disposition: Disposition
    why: Reason = Field(examples=["Measured again: within limits"])


class HoldAnswer(BaseModel):
    """A hold; released_at is null while it holds."""

    id: UUID
    kind: HoldKind
    subject: str
    product: str | None
    reason: str
    person: str | None
    client: str
    at: Time
    released_at: Time | None
    released_by: str | None = Field(description="Person and client.")
    disposition: Disposition | None
    release_why: str | None
