"""What the answers about losses and stops hold. Models only."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mes.web.kpi_models import Judgement
from mes.web.models import Names


class LostAnswer(BaseModel):
    """A line of the balance, in time and in parts; below 0 where an ideal cycle or a count is wrong."""

    us: int = Field(description="Microseconds of planned busy time.", examples=[1_740_000_000])
    minutes: float = Field(description="The same in minutes.", examples=[29.0])
    parts: float = Field(description="What could have been made in it at the ideal cycle.", examples=[870.0])
    parts_exact: str = Field(description="The same as a fraction; the lines add up exactly.", examples=["870"])


class LossAnswer(LostAnswer):
    """One of the six big losses."""

    factor: Literal["availability", "performance", "quality"] = Field(description="The factor of OEE it takes from.")


class SixLosses(BaseModel):
    """The six big losses."""

    breakdown: LossAnswer
    setup: LossAnswer
    minor_stops: LossAnswer
    reduced_speed: LossAnswer
    defects: LossAnswer
    startup_rejects: LossAnswer


class NotLosses(BaseModel):
    """Planned busy time that is neither good nor one of the six."""

    no_work: LostAnswer = Field(description="There was nothing to make.")
    no_data: LostAnswer = Field(description="Nothing trustworthy was received.")
    not_counted: LostAnswer = Field(description="Running time of machines that tell no parts, or did not then.")


class LossesAnswer(Judgement):
    """Where planned busy time went: planned = good + the six losses + the others, to the microsecond and part.

    Of a line or site: of all its machines that tell state and counts, added.
    """

    planned: LostAnswer = Field(description="PBT, and the parts that would fit into it.")
    good: LostAnswer = Field(description="Ideal time of the good parts whose making was seen, and these parts.")
    losses: SixLosses
    others: NotLosses
    undecided_us: int = Field(description="Planned time in stops that may yet turn out to be minor or not.")
    unobserved_us: int = Field(
        description="Planned time that nobody saw, and what was held until that was noticed: so much at most of "
        "reduced_speed and no_data may have been good time or other losses."
    )
    bridged: int = Field(
        description="Parts made across a silence: real, but in no line, because nobody saw their time."
    )


class StopAnswer(BaseModel):
    """A stop, or the slice of it that has one reason."""

    model_config = ConfigDict(populate_by_name=True)

    equipment: str = Field(examples=["press-1"])
    state: str = Field(examples=["down"])
    reason: str | None = Field(description="An id of `reasons`; null: nobody has said why.", examples=["jam"])
    from_: datetime = Field(alias="from", description="UTC; its true begin, also before the window.")
    to: datetime = Field(description="UTC; its true end, also after the window; as far as is known when `open`.")
    duration_us: int = Field(description="Its true length.", examples=[74_500_000])
    planned_us: int = Field(description="What it takes of planned busy time in the window.", examples=[74_500_000])
    element: str = Field(description="The time element that the policy books it to.", examples=["delay"])
    loss: str = Field(description="minor_stops, breakdown, setup or no_work.", examples=["breakdown"])
    failure: bool = Field(description="True when it counts for MTBF and MTTR.")
    counted: bool = Field(description="True when it began in the window, in planned time.")
    open: bool = Field(description="True while its end is not known.")
    undecided: bool = Field(description="True when its begin or end was not seen: it may be of another class.")


class CostAnswer(BaseModel):
    """What stops cost together."""

    key: str | None = Field(description="A reason (null: none given) or a state.", examples=["jam"])
    name: Names | None = Field(description="Of the reason.")
    stops: int = Field(description="Stops that began.", examples=[3])
    us: int = Field(description="Planned busy time they took.", examples=[540_000_000])
    open: int = Field(description="Of the stops that took it, those whose end is not known.", examples=[0])
    undecided: int = Field(description="Those that may be of the other class: minor or not.", examples=[0])
    share: float | None = Field(description="Of all of this list's time.", examples=[0.45])
    cumulative: float | None = Field(description="Share of this one and all above it.", examples=[0.45])


class ParetoAnswer(BaseModel):
    """What costs most, first. Longer stops and minor stops are never mixed."""

    by_reason: list[CostAnswer]
    by_state: list[CostAnswer]
    minor_by_state: list[CostAnswer]


class StopsAnswer(Judgement):
    """Stops of a window: what they cost together, and one page of them, the oldest first.

    The times add up to the elements of the KPIs: breakdown + setup_loss + no_work, and minor.
    """

    pareto: ParetoAnswer
    items: list[StopAnswer]
    next_cursor: str | None = Field(description="Send as `cursor` with the answer's `as_of` for the next page.")
