"""Calls for help as the API takes and tells them."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.maintenance.calls import CallKind
from mes.web.bounds import PlantId
from mes.web.models import Time


class CallBody(BaseModel):
    """Whom a machine needs."""

    model_config = ConfigDict(extra="forbid")

    machine: PlantId = Field(examples=["press-1"])
    kind: CallKind = Field(examples=["maintenance"])


class CallAnswer(BaseModel):
    """A call for help; open until ended_at is set."""

    id: UUID
    machine: str = Field(examples=["press-1"])
    kind: CallKind
    called_by: str | None = Field(description="The person, where one was named.", examples=["Li Wei"])
    client: str
    at: Time
    answered_by: str | None = Field(description="Who said that help is on the way.", examples=["Wang Fang"])
    answered_at: Time | None
    ended_by: str | None
    ended_at: Time | None
