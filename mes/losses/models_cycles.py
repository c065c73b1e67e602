"""What the answer about cycle times holds. Models only."""

from pydantic import BaseModel, Field

from mes.losses.cycle_times import Pace
from mes.web.kpi_models import Judgement


class BinAnswer(BaseModel):
    """Cycles whose length is from `from_ratio` to below `to_ratio` times the ideal cycle of their product."""

    from_ratio: float = Field(description="Of the ideal cycle, included.", examples=[1.05])
    to_ratio: float | None = Field(description="Excluded; null: without end.", examples=[1.1])
    pace: Pace = Field(description="What such a cycle is.", examples=["slow"])
    cycles: int = Field(description="Cycles measured; a reading may bring several parts at once.", examples=[120])
    parts: int = Field(description="Parts made in them.", examples=[120])
    us: int = Field(description="Planned busy time they took.", examples=[252_000_000])
    minor_us: int = Field(description="Of it, in minor stops.")
    longer_us: int = Field(description="Of it, in longer stops.")


class TypicalAnswer(BaseModel):
    """How long a part of a product took on a machine."""

    equipment: str = Field(examples=["press-1"])
    product: str | None = Field(description="null: not known.", examples=["bracket-a"])
    ideal_us: int = Field(description="The ideal cycle in force.", examples=[2_000_000])
    parts: int = Field(description="Parts measured.", examples=[1180])
    fast_us: int = Field(
        description="A tenth of the parts took at most this; far below the ideal cycle: that one is too long.",
        examples=[2_000_000],
    )
    median_us: int = Field(description="Half of the parts took at most this.", examples=[2_100_000])
    slow_us: int = Field(description="Nine tenths took at most this.", examples=[3_000_000])
    read_us: int = Field(description="Between two readings, typically: no finer can be told. 0: by the PLC.")


class CyclesAnswer(Judgement):
    """How long parts took against the ideal cycle; of a line or site, of all its machines."""

    histogram: list[BinAnswer]
    typical: list[TypicalAnswer]
    measured: int = Field(description="Parts in the histogram.")
    unmeasured: int = Field(
        description="Parts that became known in planned time and are not in it: the first of the window, and those "
        "whose time was not seen from begin to end; where the PLC measures, those but the last of a reading."
    )
