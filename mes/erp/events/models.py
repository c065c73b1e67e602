"""Events and their consumers, as the API tells them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.web.bounds import Letters, PersonName
from mes.web.models import Time

EventCursor = Annotated[
    Letters, Field(description="`cursor` of an answer of /events, or `end`: what comes from now on.")
]


class EventAnswer(BaseModel):
    """Something that happened; never changed, told at least once."""

    id: UUID = Field(description="The same at each delivery, by which a receiver knows a repetition.")
    type: str = Field(examples=["confirmation.posted"])
    position: int = Field(description="Its place in the feed: dense, in the order of this feed.", examples=[4711])
    timestamp: Time
    subject: str = Field(
        description="What it happened to.", examples=["operation/0199aaaa-0000-7000-8000-000000000001"]
    )
    subject_version: int = Field(description="Rises by one with each event of the subject.", examples=[9])
    data: dict[str, Any] = Field(description="What happened; quantities are texts beside their `unit`.")


class EventsAnswer(BaseModel):
    """A page of the feed."""

    events: list[EventAnswer] = Field(description="In the order of their positions.")
    cursor: str = Field(description="Send it for what comes next; keep it together with what you made of the events.")
    scanned_to: int = Field(description="Up to this position the feed has been looked through.", examples=[4711])
    more: bool = Field(description="True: ask again at once, there is more.")


class ConsumerBody(BaseModel):
    """How far a consumer has read."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName | None = Field(None, description="For people; left out: as it was.", examples=["ERP orders"])
    cursor: EventCursor | None = Field(None, description="Left out: as it was, at first from the oldest event kept.")


class ConsumerAnswer(BaseModel):
    """A program that reads the feed, and how far it has come."""

    id: str = Field(examples=["erp"])
    name: str = Field(examples=["ERP orders"])
    cursor: str = Field(description="Go on reading from here.")
    position: int = Field(description="The newest event that it has taken in.", examples=[4700])
    lag: int | None = Field(description="How many events it has not taken in; null where nobody knows.", examples=[11])
    state: Literal["reading", "gone"] = Field(
        description="gone: its cursor is older than a restore, or than the events that are kept."
    )
    version: int
    changed_at: Time
    client: str = Field(description="Name of the key that said so last.")
