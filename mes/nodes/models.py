"""What the ERP and the page get to know of edge agents."""

from pydantic import BaseModel, Field

from mes.nodes.state import NodeState
from mes.web.models import Time


class ClockAnswer(BaseModel):
    """A clock against the collector's: Theil-Sen over the least difference of each minute since its last jump."""

    machine: str | None = Field(description="The machine whose device keeps a time; null: the node's own clock.")
    offset_ms: float = Field(
        description="Theirs minus ours; the time that the way takes makes a clock look that much behind.",
        examples=[-3.2],
    )
    drift_ppm: float | None = Field(
        description="Microseconds it gains a second; null: too little known.", examples=[12.5]
    )
    minutes: int = Field(description="On how many minutes this rests, six hours of them at most.", examples=[360])
    at: Time = Field(description="The newest minute.")
    age_s: float = Field(description="Seconds from the end of that minute to the answer.", examples=[42.0])


class HeldOutAnswer(BaseModel):
    """Samples whose time cannot be true: kept, and in no KPI; of the newest frames of the node."""

    samples: int = Field(description="Held out.", examples=[0])
    of: int = Field(description="Of so many.", examples=[4800])
    since: Time | None = Field(description="When the oldest of these frames came; null: there is none.")


class NodeAnswer(BaseModel):
    """An edge agent."""

    id: str = Field(examples=["line-1"])
    state: NodeState = Field(description="unknown: it has never told, or nothing has come from it for too long.")
    since: Time | None = Field(description="Since when it is in this state; null: it has never told.")
    epoch: int | None = Field(description="Grows with each start of the agent; null while unknown.")
    machines: list[str] = Field(description="The machines that it reads.", examples=[["press-1"]])
    last_frame_at: Time | None = Field(description="When its newest frame came; null: never one.")
    last_frame_age_s: float | None = Field(description="Seconds from then to the answer.", examples=[0.4])
    lag_s: float | None = Field(
        description="From the newest reading of that frame, by the node's clock, to its commit.", examples=[0.08]
    )
    missing_frames: int = Field(
        description="Numbered and not come: still in its journal, or lost; without those that it told as dropped."
    )
    held_out: HeldOutAnswer
    clocks: list[ClockAnswer] = Field(description="Its own, then those of devices that keep a time.")
