"""What the answer about two policies holds. Models only."""

from pydantic import BaseModel, ConfigDict, Field

from mes.web.kpi_models import ElementsAnswer, Judgement, KpiAnswer, PolicyAnswer


class PlaceAnswer(BaseModel):
    """Where a policy puts a slice of a state."""

    element: str = Field(description="producing, setup, delay, down, planned_stop or no_data.", examples=["delay"])
    loss: str | None = Field(description="minor_stops, breakdown, setup or no_work; null: none.")
    minor: bool = Field(description="A minor stop.")
    failure: bool = Field(description="A failure, for MTBF and MTTR.")


class MoveAnswer(BaseModel):
    """A class of time that the two policies book differently, and all that it changes."""

    model_config = ConfigDict(populate_by_name=True)

    state: str | None = Field(
        description="Of the tape; null: rejects that count as start-up rejects by one policy only.", examples=["down"]
    )
    from_: PlaceAnswer | None = Field(alias="from", description="Its place by the first policy.")
    to: PlaceAnswer | None = Field(description="Its place by the other one.")
    us: int = Field(description="Planned time that moved.", examples=[340_000_000])
    parts: float = Field(description="What could have been made in it at the ideal cycle.", examples=[170.0])
    parts_exact: str = Field(description="The same as a fraction.", examples=["170"])
    stops: int = Field(description="Stops of this class that began.", examples=[12])
    difference: dict[str, int] = Field(
        description="What it adds to each element that it changes.",
        examples=[{"producing_us": 340_000_000, "delay_us": -340_000_000}],
    )


class TwoKpis(BaseModel):
    """A KPI by both policies."""

    by_policy: KpiAnswer
    by_other: KpiAnswer
    difference: float | None = Field(description="The other one less the first; null where one has no value.")


class CompareAnswer(Judgement):
    """One window by two policies: each line of `moves` adds its `difference`, and together they are all there is."""

    other: PolicyAnswer = Field(description="The policy `with`.")
    moves: list[MoveAnswer] = Field(description="The largest first; empty: the policies differ in nothing here.")
    difference: dict[str, int] = Field(description="Elements by the other policy less those by the first.")
    elements: ElementsAnswer = Field(description="By the first policy.")
    kpis: dict[str, TwoKpis]
