"""Alarms as the API tells them, and their acknowledgement."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mes.web.bounds import Comment, PersonName, Reason
from mes.web.models import Names, Time


class Undelivered(BaseModel):
    """Messages that a channel has not taken, refused or waiting for longer than five seconds."""

    channel: str = Field(description="Channel id of the plant file.", examples=["maintenance-chat"])
    messages: int = Field(description="How many.", examples=[1])
    since: Time = Field(description="What the oldest of them tells happened then.")
    condition: Literal["refused", "too_fast", "down", "waiting"] = Field(
        description="refused: the receiver does not take these messages. too_fast: it takes nothing for a while. "
        "down: it cannot be reached. waiting: for the channel's rate, or for alerts to run."
    )
    answer: str | None = Field(
        description="What the receiver said, without addresses.",
        examples=["HTTP 200, code 40008: invalid type"],
    )


class SetAside(BaseModel):
    """Who has set rule and subject aside, and why."""

    by: str = Field(examples=["Li Wei"])
    comment: str = Field(examples=["Cleaning."])
    since: Time | None = Field(default=None, description="Of what is out of service.")
    until: Time | None = Field(default=None, description="Of a timed shelving.")


class AlarmAnswer(BaseModel):
    """One occurrence of an alarm (ISA-18.2), with the sub-states of OPC UA Part 9."""

    id: int = Field(examples=[17])
    rule: str = Field(description="Rule id of the plant file.", examples=["stopped"])
    subject: str = Field(description="The machine, or the order of an order_late rule.", examples=["press-2"])
    machine: str | None = Field(examples=["press-2"])
    priority: Literal["low", "medium", "high"]
    condition: Literal[
        "active_unacked", "active_acked", "cleared_unacked", "cleared_unconfirmed", "latched", "normal"
    ] = Field(description="active, acked, confirmed and latched in one word; normal: it is over.")
    active: bool = Field(description="ActiveState: its rule holds.")
    acked: bool = Field(description="AckedState: somebody has it in hand.")
    confirmed: bool = Field(description="ConfirmedState: false while a rule with 'confirm' waits for it.")
    latched: bool = Field(description="LatchedState: it stays until somebody resets it.")
    shelving: Literal["unshelved", "one_shot", "timed"] = Field(
        description="ShelvingState. one_shot: until it returns to normal. timed: until shelved.until."
    )
    shelved: SetAside | None
    suppressed: bool = Field(description="SuppressedState: it only follows from the root alarm.")
    root: int | None = Field(description="The alarm from which it follows or has followed.", examples=[16])
    out_of_service: SetAside | None = Field(description="OutOfServiceState.")
    suppressed_or_shelved: bool = Field(description="Nobody is called; out of service counts too.")
    text: Names
    raised_at: Time
    acked_at: Time | None
    acked_by: str | None
    cleared_at: Time | None
    pending: bool = Field(description="Something was asked for, and alerts has not done it yet.")
    undelivered: list[Undelivered] = Field(description="Messages of it that have not reached their receivers.")

    @property
    def is_out(self) -> bool:
        """Whether it is out of service."""
        return self.out_of_service is not None


class AcknowledgeBody(BaseModel):
    """Who acknowledges; with keys in use the key's name is written before it."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[PersonName, Field(description="Name of the person.", examples=["Li Wei"])]
    comment: Annotated[
        Comment, Field(max_length=500, description="What is done about it.", examples=["Die changed."])
    ] = ""


class AlarmActionBody(BaseModel):
    """Who asks; with keys in use the key's name is written before it."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[PersonName, Field(description="Name of the person.", examples=["Li Wei"])]
    comment: Annotated[Comment, Field(max_length=500, description="What was done or seen.")] = ""


class OutOfServiceBody(BaseModel):
    """Who takes rule and subject out of service, and why."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[PersonName, Field(description="Name of the person.", examples=["Li Wei"])]
    comment: Annotated[Reason, Field(description="Why.", examples=["Sensor is sent for repair."])]


class ShelveBody(BaseModel):
    """Who shelves an alarm, for how long, and why."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[PersonName, Field(description="Name of the person.", examples=["Li Wei"])]
    comment: Annotated[Reason, Field(description="Why.", examples=["Cleaning until noon."])]
    minutes: Annotated[int, Field(ge=1, le=44_640)] | None = Field(
        default=None,
        description="For how long, at most what the plant file allows; left out: until the alarm returns to normal.",
        examples=[60],
    )


class AlarmCommentBody(BaseModel):
    """What somebody says about an alarm; it stays what it is."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[PersonName, Field(description="Name of the person.", examples=["Li Wei"])]
    comment: Annotated[Reason, Field(description="What is to be known about it.", examples=["Seal ordered."])]


class JournalEntry(BaseModel):
    """Something that happened to an alarm, or that somebody has said about it."""

    event: Literal[
        "raised",
        "raised_again",
        "cleared",
        "acknowledged",
        "confirmed",
        "reset",
        "shelved",
        "unshelved",
        "shelving_ended",
        "suppressed",
        "unsuppressed",
        "out_of_service",
        "in_service",
        "chattering",
        "calm",
        "stale",
        "escalated",
        "nobody_on_call",
        "handed_over",
        "commented",
    ]
    at: Time
    by: str | None = Field(examples=["Li Wei"])
    comment: str = Field(examples=["Die changed."])


class AlarmHistory(BaseModel):
    """One alarm with its journal, and the earlier ones of the same rule and subject."""

    alarm: AlarmAnswer
    cause: Names | None = Field(description="What is usually behind it, as the plant file says.")
    corrective_action: list[Names] = Field(description="What is to be done, as the plant file says; a step each.")
    document: str | None = Field(description="Where a drawing or instruction is found, as the plant file says.")
    journal: list[JournalEntry]
    earlier: list[AlarmAnswer] = Field(description="The newest first.")
