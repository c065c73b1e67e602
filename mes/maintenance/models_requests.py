"""Maintenance requests as the API takes and tells them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.web.bounds import Comment
from mes.web.models import Names, Time
from mes.web.quantity import Number


class RequestAnswer(BaseModel):
    """What maintenance is to do; open until closed_at is set."""

    id: UUID
    alarm: int | None = Field(description="The alarm for whose cause it was opened.", examples=[17])
    counter: str | None = Field(description="Of preventive work: the counter of run hours.", examples=["press-1-oil"])
    machine: str | None = Field(examples=["press-1"])
    priority: Literal["low", "medium", "high"]
    text: Names
    external_number: str | None = Field(description="Of the system that has taken it over.", examples=["MO-4711"])
    opened_at: Time
    closed_at: Time | None
    closed_by: str | None = Field(description="The person, where it was one.", examples=["Wang Fang"])
    closed_because: Literal["alarm_over", "alarm_follows", "person"] | None = Field(
        description="alarm_follows: its alarm turned out to follow from another."
    )
    comment: str


class RequestBody(BaseModel):
    """What another system says of it."""

    model_config = ConfigDict(extra="forbid")

    external_number: Annotated[Number | None, Field(description="Its number there; null: none.", examples=["MO-4711"])]


class CloseRequestBody(BaseModel):
    """That it is done."""

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[Comment, Field(max_length=500, description="What was done.", examples=["Seal changed."])] = ""
