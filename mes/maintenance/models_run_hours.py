"""Counters of run hours as the API tells them."""

from pydantic import BaseModel, Field

from mes.web.models import Names, Time


class RunHours(BaseModel):
    """How long a machine has run since the work was done last; when it is due, a maintenance request is open."""

    counter: str = Field(description="Id of the service in the plant file.", examples=["filler-oil"])
    machine: str = Field(examples=["filler"])
    text: Names
    run_us: int = Field(description="Time in state running, as far as it is known.", examples=[1_800_000_000])
    threshold_us: int = Field(examples=[1_800_000_000_000])
    due: bool
    since: Time | None = Field(description="The last reset, or the first state that is known; null: nothing yet.")
