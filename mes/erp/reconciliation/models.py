"""Reconciliation as the API takes and tells it."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mes.erp.reconciliation.sides import Source, Standing
from mes.web.bounds import LINES
from mes.web.models import Time
from mes.web.quantity import Quantity

Words = Annotated[str, Field(min_length=1, max_length=500, pattern=LINES)]


class SaidAnswer(BaseModel):
    """Good and scrap; null where a source says nothing of it."""

    model_config = ConfigDict(from_attributes=True)

    good: Quantity | None
    scrap: Quantity | None


class ReconciliationAnswer(BaseModel):
    """What every source says of an order on a production day; `differences` are to what is booked."""

    order: str
    unit: str
    external_number: str | None
    said: dict[Source, SaidAnswer] = Field(description="booked, counter, operator, scan, erp_report, confirmed, erp.")
    differences: dict[Source, SaidAnswer]
    standing: Standing = Field(description="A reason holds only for the differences that it was given for.")
    owner: str | None
    reason: str | None
    person: str | None
    client: str | None
    at: Time | None


class UntakenAnswer(BaseModel):
    """An order of the ERP that is not followed here, and what a person does about it."""

    system: str
    external_number: str
    order: str | None
    state: str
    problem: str
    cure: str


class TallyAnswer(BaseModel):
    """How many documents, and what they say together."""

    model_config = ConfigDict(from_attributes=True)

    count: int
    said: SaidAnswer


class CertificateAnswer(BaseModel):
    """Of a production day: what was confirmed of orders of an ERP, and the documents that carry it."""

    model_config = ConfigDict(from_attributes=True)

    confirmed: TallyAnswer
    acknowledged: TallyAnswer
    waiting: TallyAnswer = Field(description="Not sent, or sent and not known to have arrived.")
    parked: TallyAnswer
    reversed: int = Field(description="How many of the documents take another one back.")
    missing: SaidAnswer = Field(description="What was confirmed and is in no document; 0 where the day adds up.")
    adds_up: bool


class ReconciliationDay(BaseModel):
    """A production day, order by order."""

    day: date
    items: list[ReconciliationAnswer]
    certificate: CertificateAnswer
    untaken: list[UntakenAnswer]


class RecordBody(BaseModel):
    """Why sources differ, or who looks into it; at least one of both."""

    model_config = ConfigDict(extra="forbid")

    owner: Annotated[str, Field(min_length=1, max_length=80, pattern=LINES, examples=["wang"])] | None = None
    reason: Words | None = Field(None, examples=["counted again by hand"])

    @model_validator(mode="after")
    def says_something(self) -> "RecordBody":
        """An empty record would look like an answer."""
        if self.owner is None and self.reason is None:
            raise ValueError("Give an owner, a reason, or both.")
        return self
