"""Notes of shifts as the API takes and tells them."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.web.bounds import Day, PlantId, Reason
from mes.web.models import Time


class NoteBody(BaseModel):
    """What the next shift has to know of a line or machine."""

    model_config = ConfigDict(extra="forbid")

    equipment: PlantId = Field(description="The site, a line or a machine.", examples=["press-1"])
    day: Day = Field(description="The production day.", examples=["2026-01-31"])
    shift: PlantId | None = Field(None, description="Left out: of the whole day.", examples=["early"])
    note: Reason = Field(examples=["Seal of head 2 changed at 17:58; two spare ones are left."])


class NoteAnswer(NoteBody):
    """A note; it is added to, never changed."""

    id: UUID
    person: str | None
    client: str
    at: Time
