"""Alarm figures as the API tells them."""

from typing import Literal

from pydantic import BaseModel, Field

from mes.web.models import Time


class AlarmTarget(BaseModel):
    """One figure beside what ISA-18.2 says of it."""

    name: Literal[
        "per_day", "per_hour", "per_ten", "flood_share", "busy_share", "top_share", "chattering", "fleeting", "stale"
    ] = Field(description="Averages per day, hour and ten minutes; shares 0 to 1; counts.")
    value: float | None = Field(description="null where nothing was raised.", examples=[12.5])
    fine: float = Field(description="Likely fine up to this.", examples=[150.0])
    most: float = Field(description="Manageable up to this.", examples=[300.0])
    verdict: Literal["fine", "manageable", "beyond", "unknown"]


class FrequentAlarm(BaseModel):
    """How often one rule called somebody for one subject."""

    rule: str = Field(examples=["hot"])
    subject: str = Field(examples=["press-1"])
    times: int = Field(examples=[17])


class AlarmFigures(BaseModel):
    """Alarm figures of ISA-18.2 over a span, for the plant as one operator position."""

    from_: Time = Field(alias="from")
    to: Time
    alarms: int = Field(description="How often an alarm called somebody.", examples=[412])
    enough: bool = Field(description="false below 30 days, from which the standard's figures say little.")
    targets: list[AlarmTarget]
    peaks: dict[str, int] = Field(
        description="The most in any day, hour and ten minutes (ten) of the span.",
        examples=[{"day": 40, "hour": 9, "ten": 4}],
    )
    mix: dict[str, float] = Field(
        description="Shares of the priorities; healthy is about 0.05 high, 0.15 medium, 0.80 low.",
        examples=[{"high": 0.05, "medium": 0.15, "low": 0.8}],
    )
    most_frequent: list[FrequentAlarm] = Field(description="The ten most frequent.")
    ack_median_s: float | None = Field(description="Half of the acknowledgements came faster.", examples=[95.0])
    ack_p90_s: float | None = Field(description="Nine of ten came faster.", examples=[610.0])
    unacked: int = Field(description="How many were raised again, or are still waiting, without one.", examples=[3])
