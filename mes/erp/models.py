"""What the ERP gets and sends. Times are UTC (ISO 8601 with Z), ratios 0…1, durations named with their unit."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from mes.bounds import Comment, Instant, PersonName, PlantId

Item = TypeVar("Item")
Time = Annotated[datetime, Field(description="UTC.", examples=["2026-01-31T06:00:00Z"])]


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null on the last one.")


class Names(BaseModel):
    """What people read."""

    en: str = Field(examples=["Press 1"])
    zh: str = Field(examples=["压力机 1"])


class GivenNames(BaseModel):
    """What people are to read, in both languages."""

    model_config = ConfigDict(extra="forbid")

    en: PersonName = Field(examples=["Saturday shift"])
    zh: PersonName = Field(examples=["周六班"])


class TagInfo(BaseModel):
    """One value that is read from the machine."""

    name: str = Field(examples=["temperature"])
    role: str = Field(
        description="state, product, order, alarm_word, process_value, or total, good, reject or rework _count."
    )
    unit: str = Field(description="Empty for counts, states and products.", examples=["°C"])


class Equipment(BaseModel):
    """A node of the role-based equipment hierarchy of ISA-95."""

    id: str = Field(examples=["press-1"])
    name: Names
    kind: Literal["site", "line", "machine"]
    isa95_level: Literal["Site", "WorkCenter", "WorkUnit"] = Field(description="Equipment level of IEC 62264-1.")
    parent: str | None = Field(description="The equipment it belongs to; null for the site.", examples=["stamping"])
    children: list[str] = Field(examples=[[]])
    zone: str | None = Field(None, description="IANA time zone, sites only.", examples=["Asia/Shanghai"])
    output: str | None = Field(None, description="The machine whose counts are the line's, lines only.")
    ideal_cycle_s: float | None = Field(None, description="Seconds a part, machines only.", examples=[2.0])
    tags: list[TagInfo] = Field(default=[], description="Machines only.")


class CurrentState(BaseModel):
    """What a machine does now."""

    equipment: str = Field(examples=["press-1"])
    state: str = Field(description="A word of the state tape.", examples=["running"])
    since: Time | None = Field(description="Begin of this state; null when there was never data.")
    product: str | None = Field(description="Product in force; null while unknown.", examples=["bracket-a"])
    data_at: Time | None = Field(description="When the newest state sample was taken; null when there was none.")
    age_s: float | None = Field(description="Seconds from data_at to the answer.", examples=[0.8])


class StateInterval(BaseModel):
    """A stretch of the state tape; stretches follow each other without hole or overlap."""

    model_config = ConfigDict(populate_by_name=True)

    state: str = Field(examples=["down"])
    reason: str | None = Field(description="Why, where somebody has said so: an id of `reasons`.", examples=["jam"])
    from_: datetime = Field(alias="from", description="UTC.", examples=["2026-01-31T06:02:11.5Z"])
    to: datetime = Field(description="UTC; where it was cut by the window or by now, `open` is true.")
    duration_us: int = Field(description="Microseconds.", examples=[74_500_000])
    open: bool = Field(description="True when the state may go on after `to`.")


class Window(BaseModel):
    """What was asked, cut at now."""

    model_config = ConfigDict(populate_by_name=True)

    equipment: str = Field(examples=["press-1"])
    from_: datetime = Field(alias="from", description="UTC, included.", examples=["2026-01-31T06:00:00Z"])
    to: datetime = Field(description="UTC, excluded.", examples=["2026-01-31T14:00:00Z"])
    as_of: datetime = Field(
        description="UTC. The answer holds what was known at this instant; send it back to get the same answer again.",
        examples=["2026-01-31T15:00:00.25Z"],
    )
    provisional: bool = Field(
        description="True until `final_at`: late data and corrections are taken in without a word. After that the "
        "window is final, and every change is a restatement with its cause and author."
    )
    final_at: Time = Field(description="When the last production day of the window is closed.")


class CountsAnswer(Window):
    """Parts in a window. Of a line: those of its output machine; of a site: the sum over its lines.

    null: not counted there, or not on every line of the site.
    """

    total: int | None = Field(description="Parts made.", examples=[1204])
    good: int | None = Field(description="Parts made and not rejected.", examples=[1180])
    reject: int | None = Field(description="Parts rejected.", examples=[24])


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


class AlarmAnswer(BaseModel):
    """One occurrence of an alarm (ISA-18.2)."""

    id: int = Field(examples=[17])
    rule: str = Field(description="Rule id of the plant file.", examples=["stopped"])
    subject: str = Field(description="The machine, or the order of an order_late rule.", examples=["press-2"])
    machine: str | None = Field(examples=["press-2"])
    priority: Literal["low", "medium", "high"]
    condition: Literal["active_unacked", "active_acked", "cleared_unacked", "normal"]
    text: Names
    raised_at: Time
    acked_at: Time | None
    acked_by: str | None
    cleared_at: Time | None
    pending: bool = Field(description="An acknowledgement has been asked for and is not yet in the journal.")
    undelivered: list[Undelivered] = Field(description="Messages of it that have not reached their receivers.")


class AcknowledgeBody(BaseModel):
    """Who acknowledges; with keys in use the key's name is written before it."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[PersonName, Field(description="Name of the person.", examples=["Li Wei"])]
    comment: Annotated[
        Comment, Field(max_length=500, description="What is done about it.", examples=["Die changed."])
    ] = ""
