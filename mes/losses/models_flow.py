"""What the answer about a line's flow holds. Models only."""

from pydantic import BaseModel, Field

from mes.losses.line_flow import Ground, WaitCause
from mes.web.kpi_models import Judgement


class BottleneckAnswer(BaseModel):
    """The machine that holds up the others longest, on the evidence of their tapes."""

    equipment: str | None = Field(description="null: see `ground`.", examples=["press-2"])
    ground: Ground = Field(description="Why this machine, or none, is named.", examples=["holds_up_most"])
    certain: bool = Field(description="True when no missing data can change it: lead_us > doubt_us.")
    lead_us: int = Field(description="How much longer it holds up others than the next machine does.")
    doubt_us: int = Field(description="Waiting whose cause is unknown, and time in which there may have been some.")


class LineMachineAnswer(BaseModel):
    """A machine of the line, in the order in which parts pass."""

    equipment: str = Field(examples=["press-2"])
    planned_us: int = Field(description="PBT.")
    no_data_us: int = Field(description="Of it, what was not seen.")
    starved_us: int = Field(description="Of it, waiting for parts.")
    blocked_us: int = Field(description="Of it, waiting for room.")
    working: float | None = Field(
        description="Share of the time seen in which it waited for nobody; null: nothing was seen.", examples=[0.93]
    )
    holds_up_stopped_us: int = Field(description="Waiting of others while it stood, and because it did.")
    holds_up_running_us: int = Field(description="Waiting of others while it ran.")


class WaitingAnswer(BaseModel):
    """Waiting of a machine with one cause."""

    equipment: str = Field(description="Who waited.", examples=["press-3"])
    waits: str = Field(description="starved or blocked.", examples=["starved"])
    cause: WaitCause = Field(description="What the one that it waited for did.", examples=["stop"])
    by: str | None = Field(description="The machine it waited for in the end; null: none of the line.")
    state: str | None = Field(description="The state of that machine.", examples=["down"])
    reason: str | None = Field(description="Why that machine stood, where somebody has said so.", examples=["jam"])
    us: int = Field(description="Planned busy time.", examples=[180_000_000])


class LineAnswer(Judgement):
    """Who waited for whom on a line, and which machine limits it.

    The lines of `waiting` of a machine add up to its starved_us and blocked_us to the microsecond.
    """

    bottleneck: BottleneckAnswer
    machines: list[LineMachineAnswer]
    waiting: list[WaitingAnswer] = Field(description="The longest first.")
