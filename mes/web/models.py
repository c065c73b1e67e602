"""What the ERP gets and sends. Times are UTC (ISO 8601 with Z), ratios 0…1, durations named with their unit."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mes.web.bounds import PersonName, Reason

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


By = Annotated[PersonName, Field(description="Name of the person.", examples=["Li Wei"])]
Why = Annotated[Reason, Field(description="The reason.", examples=["Spring Festival"])]


class Person(BaseModel):
    """Who changes something, and why; with keys in use the key's name is written before it."""

    model_config = ConfigDict(extra="forbid")

    by: By
    why: Why

    @field_validator("by", "why")
    @classmethod
    def said(cls, text: str) -> str:
        """Not only blanks."""
        if not text.strip():
            raise ValueError("Write who it is and why: whoever reads the number later must be able to ask.")
        return text.strip()


class TagInfo(BaseModel):
    """One value that is read from the machine."""

    name: str = Field(examples=["temperature"])
    role: str = Field(
        description="state, product, order, alarm_word, process_value, or total, good, scrap or rework _count."
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
    """A slice of the state tape; slices follow each other without hole or overlap."""

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
    scrap: int | None = Field(description="Parts rejected.", examples=[24])
