"""Webhooks and their deliveries, as the API tells them. A secret is told once."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.erp.events.models import EventCursor
from mes.web.bounds import ONE_LINE, PersonName, Reason
from mes.web.models import Time

Position = Annotated[int, Field(ge=1, le=2**63 - 1)]
Type = Annotated[str, Field(max_length=80, pattern=ONE_LINE)]


class WebhookBody(BaseModel):
    """Where events are to be posted."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName = Field(description="For people.", examples=["ERP orders"])
    url: str = Field(
        max_length=2000,
        pattern=ONE_LINE,
        description="Its host is in SHOPFLOOR_WEBHOOK_HOSTS.",
        examples=["https://erp.example/in"],
    )
    types: list[Type] = Field([], max_length=100, description="Only these types; empty: all.", examples=[[]])
    state: Literal["active", "paused"] = Field("active", description="paused: events wait.")
    cursor: EventCursor | None = Field(
        None, description="Of a new webhook: from where on; left out: from now on. Of one that is there: leave it out."
    )


class WebhookAnswer(BaseModel):
    """A webhook and what waits for it."""

    id: str = Field(examples=["erp"])
    name: str
    url: str
    types: list[str]
    state: Literal["active", "paused", "disabled"] = Field(
        description="disabled: by mes, for `reason`; PUT makes it active again, and what waited goes then."
    )
    reason: str | None
    position: int = Field(description="Up to this event deliveries are planned.")
    waiting: int = Field(description="Deliveries that wait for an attempt.")
    parked: int = Field(description="Deliveries that wait for a person: replay or skip them.")
    both_secrets_until: Time | None = Field(description="Until then the secret before signs as well.")
    version: int
    changed_at: Time
    client: str


class NewSecretAnswer(WebhookAnswer):
    """A webhook with its new secret."""

    secret: str | None = Field(description="Told this once; null where it has not changed.", examples=["whsec_…"])


class DeliveryAnswer(BaseModel):
    """One event on its way."""

    position: int
    event: UUID
    type: str | None = Field(description="null: the event is not kept any more.")
    subject: str
    state: Literal["waiting", "sent", "parked", "skipped"]
    tries: int
    next_at: Time | None = Field(description="null: it waits behind another event of its subject, or for nothing.")
    tried_at: Time | None
    status: int | None = Field(description="HTTP status of the last attempt; null where no answer came.")
    answer: str | None = Field(description="The beginning of the last answer, or why there was none.")


class ReplayBody(BaseModel):
    """What to try again."""

    model_config = ConfigDict(extra="forbid")

    positions: list[Position] | None = Field(
        None, max_length=1000, description="Parked deliveries by position; left out: all."
    )


class ReplayAnswer(BaseModel):
    """What is tried again now."""

    positions: list[int]


class SkipBody(BaseModel):
    """What is not to be sent, and why."""

    model_config = ConfigDict(extra="forbid")

    position: Position = Field(description="A parked delivery.", examples=[4711])
    why: Reason = Field(examples=["Booked by hand in the ERP."])
