"""Corrections as the API takes and tells them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mes.web.bounds import LARGEST, Comment, Instant, PlantId
from mes.web.models import Person, Time

StateName = Literal["no_data", "running", "idle", "starved", "blocked", "down", "setup", "stopped", "maintenance"]
From = Annotated[Instant, Field(alias="from", description="Included.", examples=["2026-01-31T06:02:11Z"])]
To = Annotated[Instant, Field(description="Excluded; not in the future.", examples=["2026-01-31T06:09:00Z"])]
ReasonId = Annotated[PlantId, Field(description="An id of `reasons` in the plant file.", examples=["jam"])]


class SplitBody(Person):
    """One interval becomes two of the same state, so that each can have its own state and reason."""

    kind: Literal["split"]
    at: Instant = Field(description="Inside an interval.", examples=["2026-01-31T06:05:00Z"])


class MergeBody(Person):
    """Everything from `from` to `to` becomes one interval with the state and reason of its first moment."""

    kind: Literal["merge"]
    from_: From
    to: To


class MoveBody(Person):
    """A boundary between two intervals was really earlier or later."""

    kind: Literal["move"]
    at: Instant = Field(description="Where the boundary is now, to the microsecond.")
    to: Instant = Field(description="Where it really was; not beyond a neighbouring boundary.")


class ReclassifyBody(Person):
    """The machine was really in another state."""

    kind: Literal["reclassify"]
    from_: From
    to: To
    state: StateName
    reason: ReasonId | None = None


class ReasonBody(Person):
    """Why the machine stood."""

    kind: Literal["reason"]
    from_: From
    to: To
    reason: ReasonId
    seen_edit: Annotated[int | None, Field(ge=1, le=LARGEST)] = Field(
        None,
        description="The edit whose reason stood there when the person looked, null: none did. Given, and another one "
        "holds by now, the answer is 412 with who said what. Left out, nothing is compared.",
    )


class CommentBody(Person):
    """What somebody has to say about a slice of time."""

    kind: Literal["comment"]
    from_: From
    to: To
    comment: Annotated[Comment, Field(min_length=1)]


EditBody = Annotated[
    SplitBody | MergeBody | MoveBody | ReclassifyBody | ReasonBody | CommentBody, Field(discriminator="kind")
]


class BeforeAnswer(BaseModel):
    """What stood there when the edit was made."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Time = Field(alias="from")
    to: Time
    state: str
    reason: str | None


class EditAnswer(BaseModel):
    """A correction with the span that it covers, and what stood there before."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    equipment: str
    kind: Literal["split", "merge", "move", "reclassify", "reason", "comment", "undo"]
    from_: Time = Field(alias="from")
    to: Time
    state: str | None = Field(description="The state that was put there.")
    reason: str | None = Field(description="The reason that was put there.")
    comment: str | None
    before: list[BeforeAnswer]
    by: str
    why: str
    at: Time = Field(description="When it was made.")
    undoes: int | None = Field(description="An undo names the edit that it undoes.")
    undone_by: int | None = Field(description="The undo that is in effect, null: this edit holds.")
    known_at: Time | None = Field(description="Since when numbers follow it; null for the moment until they do.")
