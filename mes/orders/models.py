"""Orders as the API takes and tells them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mes.web.bounds import Instant, PlantId
from mes.web.models import Time


class OrderBody(BaseModel):
    """An order as the ERP sends it; exactly one of machine and line."""

    model_config = ConfigDict(extra="forbid")

    product: PlantId = Field(description="A product id of the plant file.", examples=["bracket-a"])
    quantity: Annotated[int, Field(gt=0, lt=2**53, description="Good parts to make.", examples=[2000])]
    due_at: Instant = Field(description="When it should be done.", examples=["2026-01-31T14:00:00Z"])
    machine: PlantId | None = Field(None, description="The machine that makes it, or null.", examples=[None])
    line: PlantId | None = Field(None, description="The line that makes it, or null.", examples=["stamping"])


class OrderAnswer(BaseModel):
    """An order with its progress; the progress of a running order is refreshed with every change of facts."""

    id: str = Field(examples=["WO-1042"])
    product: str = Field(examples=["bracket-a"])
    quantity: int = Field(examples=[2000])
    due_at: Time | None = Field(description="null: impossible, so no progress is told; PUT a right one.")
    machine: str | None
    line: str | None = Field(examples=["stamping"])
    condition: Literal["open", "running", "ended"]
    started_at: Time | None
    ended_at: Time | None
    changed_by: str = Field(description="Who changed it last.", examples=["erp"])
    done: int | None = Field(
        description="Good parts since the start; null: not begun, or not counted.",
        examples=[1204],
    )
    rate_per_hour: float | None = Field(description="Good parts an hour lately; null while unknown.", examples=[1650.0])
    expected_end: Time | None = Field(description="Null while there is no rate.")
    late_by_s: float | None = Field(description="Expected end after due_at, in seconds.", examples=[-420.0])
    late: bool | None = Field(
        description="Whether it counts as late, with a band against flapping: from 5 minutes, or a twentieth of the "
        "time until its end, after due_at until it is expected before due_at. null: not known.",
        examples=[False],
    )
    as_of: Time | None = Field(description="When the progress was computed.")
