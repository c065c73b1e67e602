"""Control charts as the API tells them. Their numbers are estimates, so they are plain numbers and no quantities."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from config.rules.chart_rule_sets import RuleSet
from mes.quality.charts import Chart
from mes.quality.models import Title
from mes.web.bounds import Instant, PlantId
from mes.web.models import Time


class LimitsBody(BaseModel):
    """A reference span whose subgroups give the limits from now on (phase 2)."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: Title = Field(description="What span it is.", examples=["first week after the overhaul"])
    from_: Instant = Field(alias="from", examples=["2026-01-26T06:00:00Z"])
    to: Instant = Field(description="Excluded.", examples=["2026-01-31T06:00:00Z"])
    machine: PlantId | None = Field(None, description="Of its subgroups only; null: the plan's, or all.")


class LimitsAnswer(BaseModel):
    """Centre and sigma of a process that does not change, and from how many subgroups."""

    name: str | None = Field(description="Of the reference span; null: limits of the chart's own subgroups.")
    from_: Time | None = Field(alias="from")
    to: Time | None
    centre: float = Field(description="Of the points: a mean, a share, or a mean count.")
    sigma: float = Field(description="Of a single value.")
    subgroups: int = Field(description="Complete subgroups that they are made of.")
    missing: int = Field(description="Subgroups of the span that were incomplete, and so are not in them.")
    person: str | None
    client: str | None
    at: Time | None = Field(description="When they were frozen.")


class PointAnswer(BaseModel):
    """A subgroup on the chart; an incomplete one has no value, and breaks every run."""

    inspection: UUID | None = Field(description="null: read from a tag.")
    at: Time
    complete: bool
    value: float | None
    low: float | None = Field(description="Lower control limit of this point.")
    high: float | None
    spread: float | None = Field(description="Range, standard deviation or moving range; null for counts.")
    spread_low: float | None
    spread_high: float | None
    rules: list[str] = Field(description="The rules whose pattern this point is part of.")


class SignalAnswer(BaseModel):
    """A rule that was broken: at which point, and by which points of the list."""

    rule: str = Field(examples=["western_electric_2"])
    at: Time
    points: list[int]


class IndexAnswer(BaseModel):
    """A capability index and the interval in which it lies."""

    value: float
    low: float
    high: float


class CapabilityAnswer(BaseModel):
    """Capability of n values; without stability it is a description and no promise."""

    n: int
    confidence: float = Field(examples=[0.95])
    cp: IndexAnswer | None
    cpk: IndexAnswer | None
    pp: IndexAnswer | None
    ppk: IndexAnswer | None


class FalseAlarmAnswer(BaseModel):
    """How many points an unchanged process shows up to a false signal, by simulation of these rules."""

    autocorrelation: float | None = Field(description="Of neighbouring points; null: too few to tell.")
    autocorrelation_low: float | None
    autocorrelation_high: float | None
    pairs: int = Field(description="Neighbours that it was measured on.")
    mean_points: float | None = Field(description="With that autocorrelation; null: not known, or none came.")
    standard_error: float | None
    mean_points_independent: float | None = Field(description="If points knew nothing of each other.")
    simulated_charts: int
    seed: int


class InputsAnswer(BaseModel):
    """What the chart is made of."""

    subgroups: int
    complete: int
    missing: int = Field(description="Subgroups of which something is missing.")
    cut: bool = Field(description="true: there are older subgroups in the span; ask for a shorter one.")


class ChartAnswer(BaseModel):
    """A control chart with all that is needed to make it again."""

    model_config = ConfigDict(populate_by_name=True)

    characteristic: UUID
    plan: UUID
    name: str
    unit: str
    product: str
    machine: str | None
    chart: Chart
    subgroup_size: int
    rules: RuleSet
    tag: str | None = Field(description="Where its values are read; null: entered in inspections.")
    tag_every_s: int | None
    from_: Time = Field(alias="from")
    to: Time
    as_of: Time = Field(description="Send it back to get the same chart again.")
    phase: int = Field(description="1: limits of these subgroups themselves; 2: frozen ones.", ge=1, le=2)
    limits: LimitsAnswer | None = Field(description="null: too few subgroups, or no spread.")
    stable: bool | None = Field(description="No signal on the chart; null: no limits.")
    points: list[PointAnswer]
    signals: list[SignalAnswer]
    capability: CapabilityAnswer | None
    false_alarm: FalseAlarmAnswer | None
    inputs: InputsAnswer
