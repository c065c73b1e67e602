"""The chain of one alarm as the API tells it: from samples to who did what, by one id."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from mes.alarms.models import AlarmAnswer
from mes.web.models import Time


class RuleVersion(BaseModel):
    """The wording of the rule by which the alarm was raised."""

    version: int = Field(examples=[4])
    rule: str = Field(examples=["hot"])
    definition: dict[str, Any] = Field(description="As the plant file said it then.", examples=[{"above": 60.0}])
    sha256: str = Field(description="Of the definition.", examples=["9f86d081884c7d65…"])
    since: Time = Field(description="In force since then.")


class ProviderAnswer(BaseModel):
    """One attempt to send a message, and what was answered."""

    at: Time
    answered_at: Time | None
    via: str = Field(description="The channel that sent it.", examples=["maintenance-chat"])
    result: Literal["under_way", "taken", "refused", "too_fast", "down", "cut_off"]
    status: int | None = Field(description="Of HTTP or SMTP.", examples=[200])
    code: int | None = Field(description="Of the provider, in its answer.", examples=[0])
    said: str | None = Field(description="Its words, without addresses.", examples=["ok"])


class ChainMessage(BaseModel):
    """One message to one receiver."""

    id: int = Field(examples=[31])
    channel: str = Field(examples=["maintenance-chat"])
    person: str | None = Field(description="Personnel number; null: the channel's group.", examples=["4711"])
    state: Literal["pending", "sending", "sent", "delivered", "bundled", "failed"]
    via: str | None = Field(description="The spare channel that took it over.")
    attempts: int
    possible_repeat: int = Field(description="How often its answer was cut off, so that it may have come twice.")
    bundled_in: int | None = Field(description="The message in which it stood.")
    posted_at: Time
    delivered_at: Time | None
    provider_answer: str | None
    answers: list[ProviderAnswer]


class ChainLine(BaseModel):
    """Something that happened, was decided, asked for or said."""

    at: Time
    event: str = Field(description="As in the journal; asked: by a person; commented.", examples=["raised"])
    by: str | None = Field(examples=["Li Wei"])
    comment: str
    detail: dict[str, Any] = Field(
        description="What the decision rests on: value, limit, span, root.", examples=[{"value": 65.2, "above": 60.0}]
    )
    journal: int | None = Field(description="The line's id, by which messages name it.", examples=[107])
    told_with: int | None = Field(description="The line in whose message it stands.")
    outcome: Literal["done", "nothing", "overtaken", "waiting"] | None = Field(description="Of what was asked for.")
    messages: list[ChainMessage]


class AlarmChain(BaseModel):
    """All that led to an alarm and followed from it."""

    alarm: AlarmAnswer
    samples: str | None = Field(
        description="The address of the samples that were judged: the half hour before.",
        examples=["/api/v1/equipment/press-1/values?tag=temperature&from=…&to=…"],
    )
    rule_version: RuleVersion | None = Field(description="null for alarms of before versions were kept.")
    lines: list[ChainLine]
    root: AlarmAnswer | None
    follows: list[AlarmAnswer]
